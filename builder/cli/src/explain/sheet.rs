// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The list of values, each with its origin.
//!
//! ```text
//! source[musl].sha256 = "a9a1…"           # recipes/musl/recipe.toml:14
//! build.target+ = "musl:runtime"          # recipes/musl/recipe.toml:63, propagated by musl:dev
//! boot.cpus = 1                           # default
//! ```
//! Keys are those of the file; a number that counts tables is replaced by the table's name where it has one. `+` marks what is
//! added to an array from elsewhere.

use ashlar_compare::{escaped, printable};
use ashlar_recipe::Document;
use serde_json::{Value, json};

/// Columns before the origin, where the value leaves so much.
const COLUMN: usize = 64;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: String,
    /// As TOML.
    pub(crate) value: String,
    pub(crate) origin: Origin,
}

/// Who says so: a place in a file, words, both, or nobody, which is a default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// File and line, counted from 1.
    pub(crate) place: Option<(String, usize)>,
    pub(crate) note: Option<String>,
}

impl Origin {
    /// The place of what `document` states at `key_path`; a default if it does not.
    pub(crate) fn of(document: &Document, key_path: &str) -> Self {
        let range = document.exact(key_path);
        let place = range.map(|range| {
            let line = document.file().position(range.start).line;
            (document.file().path().to_owned(), line)
        });
        Self { place, note: None }
    }

    pub(crate) fn because(self, note: impl Into<String>) -> Self {
        Self { note: Some(note.into()), ..self }
    }

    fn words(&self) -> String {
        let place = self.place.as_ref().map(|(file, line)| format!("{file}:{line}"));
        let words: Vec<String> = place.into_iter().chain(self.note.clone()).collect();
        if words.is_empty() { "default".to_owned() } else { words.join(", ") }
    }
}

/// All values of one recipe or image.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    pub(crate) entries: Vec<Entry>,
}

impl Sheet {
    pub(crate) fn push(&mut self, key: impl Into<String>, value: impl Into<String>, origin: Origin) {
        self.entries.push(Entry { key: key.into(), value: value.into(), origin });
    }

    /// A text, quoted.
    pub(crate) fn push_text(&mut self, key: impl Into<String>, value: &str, origin: Origin) {
        self.push(key, toml::Value::from(value).to_string(), origin);
    }

    /// What `document` states at `key_path` is listed already; where it says nothing, `value` is the default.
    pub(crate) fn push_default(&mut self, document: &Document, key_path: &str, value: impl Into<String>) {
        if document.exact(key_path).is_none() {
            self.push(named(document, key_path), value, Origin::default());
        }
    }

    /// Everything that `document` states and `keep` wants; `keep` may give a key path another name, and a note.
    pub(crate) fn push_stated(
        &mut self,
        document: &Document,
        keep: impl Fn(&str) -> Option<(String, Option<String>)>,
    ) {
        for (key_path, range) in document.leaves() {
            let Some((shown, note)) = keep(key_path) else { continue };
            let value = document.file().text().get(range).unwrap_or_default().trim();
            let origin = Origin { note, ..Origin::of(document, key_path) };
            self.push(named_as(document, key_path, &shown), value, origin);
        }
    }

    /// Only what begins with `prefix`, or everything. Whole values are shown where somebody asked for them.
    pub(crate) fn lines(&self, prefix: Option<&str>) -> Vec<String> {
        self.chosen(prefix).flat_map(|entry| entry.lines(prefix.is_some())).collect()
    }

    pub(crate) fn to_json(&self, prefix: Option<&str>) -> Value {
        let entries = self.chosen(prefix).map(|entry| {
            let (file, line) = entry.origin.place.clone().unzip();
            let origin = match (&entry.origin.place, &entry.origin.note) {
                (Some(_), None) => "stated",
                (None, None) => "default",
                _ => "derived",
            };
            json!({
                "key": entry.key, "value": parsed(&entry.value), "origin": origin,
                "file": file, "line": line, "note": entry.origin.note,
            })
        });
        Value::Array(entries.collect())
    }

    fn chosen(&self, prefix: Option<&str>) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(move |entry| prefix.is_none_or(|prefix| entry.key.starts_with(prefix)))
    }
}

impl Entry {
    fn lines(&self, whole: bool) -> Vec<String> {
        let origin = self.origin.words();
        let value = parsed(&self.value);
        let many = value.as_str().filter(|text| text.trim_end().contains('\n'));
        match many {
            Some(text) if whole => {
                let text = text.lines().map(|line| format!("    {}", escaped(line)));
                std::iter::once(format!("{} =  # {origin}", self.key)).chain(text).collect()
            }
            Some(text) => {
                let first = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
                let shown = format!("{} = {} … ({} lines)", self.key, printable(first), text.lines().count());
                vec![format!("{shown:<COLUMN$} # {origin}")]
            }
            None => {
                let value = if whole { escaped(&self.value) } else { printable(&self.value) };
                vec![format!("{:<COLUMN$} # {origin}", format!("{} = {value}", self.key))]
            }
        }
    }
}

/// A value as JSON; what is no TOML is a text.
fn parsed(value: &str) -> Value {
    let table: Option<toml::Table> = toml::from_str(&format!("it = {value}")).ok();
    let found =
        table.and_then(|mut table| table.remove("it")).and_then(|value| serde_json::to_value(value).ok());
    found.unwrap_or_else(|| Value::from(value))
}

/// A key path with the names of tables instead of their numbers.
pub(crate) fn named(document: &Document, key_path: &str) -> String {
    named_as(document, key_path, key_path)
}

/// The same for a key path that is shown as another, whose numbers are those of `key_path` all the same.
fn named_as(document: &Document, key_path: &str, shown: &str) -> String {
    let mut names = Vec::new();
    for (at, _) in key_path.match_indices(']') {
        let prefix = &key_path[..=at];
        let name = ["name", "path"].iter().find_map(|key| document.exact(&format!("{prefix}.{key}")));
        let text = name.and_then(|range| document.file().text().get(range));
        names.push(text.map(|text| text.trim_matches(['"', '\'']).to_owned()));
    }
    let mut names = names.into_iter();
    let mut result = String::new();
    let mut rest = shown;
    while let Some((before, more)) = rest.split_once('[') {
        let (number, after) = more.split_once(']').unwrap_or((more, ""));
        let name = names.next().flatten().unwrap_or_else(|| number.to_owned());
        result.extend([before, "[", &name, "]"]);
        rest = after;
    }
    result + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_recipe::SourceFile;

    #[test]
    fn tables_with_names_are_called_by_them() {
        let text = "[[source]]\nname = \"musl\"\nurl = \"x\"\n[[root.link]]\npath = 'bin'\ntarget = \"b\"\n[[x]]\ny = [1]\n";
        let document = Document::new(SourceFile::new("f", text));
        let mut sheet = Sheet::default();
        sheet.push_stated(&document, |key| Some((key.to_owned(), None)));
        let lines: Vec<String> =
            sheet.lines(None).iter().map(|line| line.split(" #").next().unwrap().trim().to_owned()).collect();
        let expected = [
            "source[musl].name = \"musl\"",
            "source[musl].url = \"x\"",
            "root.link[bin].path = 'bin'",
            "root.link[bin].target = \"b\"",
            "x[0].y[0] = 1",
        ];
        assert_eq!(lines, expected);
        assert!(sheet.lines(None)[1].ends_with(" # f:3"), "{:?}", sheet.lines(None));
    }

    #[test]
    fn a_long_text_is_shown_whole_only_where_it_was_asked_for() {
        let text = "run = '''\none\ntwo\n'''\n";
        let document = Document::new(SourceFile::new("f", text));
        let mut sheet = Sheet::default();
        sheet.push_stated(&document, |key| Some((key.to_owned(), None)));
        assert!(sheet.lines(None)[0].starts_with("run = one … (2 lines) "), "{:?}", sheet.lines(None));
        assert_eq!(sheet.lines(Some("run")), ["run =  # f:1", "    one", "    two"]);
        assert_eq!(sheet.lines(Some("other")), Vec::<String>::new());
        assert_eq!(sheet.to_json(None)[0]["value"], "one\ntwo\n");
        sheet.push_text("long", &"x".repeat(1000), Origin::default());
        assert!(!sheet.lines(None)[1].contains(&"x".repeat(1000)), "{:?}", sheet.lines(None));
        assert!(sheet.lines(Some("long"))[0].contains(&"x".repeat(1000)), "{:?}", sheet.lines(Some("long")));
    }
}
