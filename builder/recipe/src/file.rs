// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A text file of a project, and where in it each value stands.
//!
//! Checked types carry no positions; whoever finds a fault later (an unknown reference, a pattern that takes
//! no file) asks the [`Document`] for the place of a key path such as `output[0].paths[1]`.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::OnceLock;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// The path and text of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    path: String,
    text: String,
}

/// A place in a file as people count it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl SourceFile {
    /// A file with its path as it is to be shown.
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: path.into(), text: text.into() }
    }

    /// The path as shown to people.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Line and column of a byte offset; an offset beyond the end is the end.
    #[must_use]
    pub fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let before = &self.text[..offset];
        let line_start = before.rfind('\n').map_or(0, |index| index + 1);
        Position { line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
    }
}

/// A file and the byte range of every key and value in it, by key path.
#[derive(Clone, Debug)]
pub struct Document {
    file: SourceFile,
    /// Made at the first question: places are asked for where something is wrong, and in most files nothing is.
    places: OnceLock<Places>,
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        self.file == other.file
    }
}

impl Eq for Document {}

/// Byte ranges by key path.
#[derive(Clone, Debug, Default)]
struct Places {
    values: BTreeMap<String, Range<usize>>,
    keys: BTreeMap<String, Range<usize>>,
}

impl Document {
    /// The places in any TOML text, such as that of a lock. What cannot be read has none.
    #[must_use]
    pub const fn new(file: SourceFile) -> Self {
        Self { file, places: OnceLock::new() }
    }

    fn places(&self) -> &Places {
        self.places.get_or_init(|| {
            let (root, _) = DeTable::parse_recoverable(self.file.text());
            let mut places = Places::default();
            places.values.insert(String::new(), 0..0);
            places.record_table("", root.get_ref());
            places
        })
    }

    /// The file itself.
    #[must_use]
    pub const fn file(&self) -> &SourceFile {
        &self.file
    }

    /// Where the value at `key_path` stands; where the key path does not exist, its nearest parent.
    #[must_use]
    pub fn value(&self, key_path: &str) -> Range<usize> {
        let mut path = key_path;
        loop {
            if let Some(range) = self.places().values.get(path) {
                return range.clone();
            }
            path = path.rfind(['.', '[']).map_or("", |index| &path[..index]);
        }
    }

    /// Where the key of `key_path` stands; where there is none, its value.
    #[must_use]
    pub fn key(&self, key_path: &str) -> Range<usize> {
        self.places().keys.get(key_path).cloned().unwrap_or_else(|| self.value(key_path))
    }

    /// Where the value at `key_path` stands, if there is one.
    #[must_use]
    pub fn exact(&self, key_path: &str) -> Option<Range<usize>> {
        self.places().values.get(key_path).cloned()
    }

    /// Every value that holds no others, by key path, in the order of the file.
    #[must_use]
    pub fn leaves(&self) -> Vec<(&str, Range<usize>)> {
        let holds_others = |path: &str| {
            // What lies below begins with the path and `.` or `[`, but other keys may stand in between.
            let below = self.places().values.range(format!("{path}.")..).next().into_iter();
            let below = below.chain(self.places().values.range(format!("{path}[")..).next());
            below.into_iter().any(|(key, _)| {
                key.strip_prefix(path).is_some_and(|rest| rest.starts_with('.') || rest.starts_with('['))
            })
        };
        let all = self.places().values.iter().filter(|(path, _)| !path.is_empty() && !holds_others(path));
        let mut leaves: Vec<(&str, Range<usize>)> =
            all.map(|(path, range)| (path.as_str(), range.clone())).collect();
        leaves.sort_by_key(|(_, range)| range.start);
        leaves
    }

    /// The text of the file with other texts at some key paths; everything else stays as it is, byte for byte.
    ///
    /// # Errors
    /// The first key path at which there is no text of one line.
    pub fn rewritten(&self, changes: &[(String, String)]) -> Result<String, String> {
        let mut edits = Vec::new();
        for (key_path, text) in changes {
            let range = self.places().values.get(key_path).ok_or_else(|| key_path.clone())?;
            let before = self.file.text.get(range.clone()).ok_or_else(|| key_path.clone())?;
            let is_literal = before.starts_with('\'') && !before.starts_with("\'\'\'");
            let is_basic = before.starts_with('"') && !before.starts_with("\"\"\"");
            let new = match (is_literal, is_basic) {
                (true, _) if !text.contains('\'') => format!("'{text}'"),
                (true, _) | (_, true) => quoted(text),
                _ => return Err(key_path.clone()),
            };
            edits.push((range.clone(), new));
        }
        edits.sort_by_key(|(range, _)| range.start);
        let mut result = String::new();
        let mut at = 0;
        for (range, new) in edits {
            result += self.file.text.get(at..range.start).unwrap_or_default();
            result += &new;
            at = range.end;
        }
        Ok(result + self.file.text.get(at..).unwrap_or_default())
    }
}

impl Places {
    fn record_table(&mut self, path: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let child = child_path(path, key.get_ref());
            self.keys.insert(child.clone(), key.span());
            self.record_value(child, value);
        }
    }

    fn record_value(&mut self, path: String, value: &Spanned<DeValue<'_>>) {
        match value.get_ref() {
            DeValue::Table(table) => self.record_table(&path, table),
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.record_value(format!("{path}[{index}]"), item);
                }
            }
            _ => {}
        }
        self.values.insert(path, value.span());
    }
}

/// A basic string of TOML.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '"' | '\\' => format!("\\{c}"),
        c if c.is_control() => format!("\\u{:04X}", u32::from(c)),
        c => c.to_string(),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// The key path of `key` inside the table at `path`.
pub(crate) fn child_path(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters_and_offsets_may_be_wild() {
        let file = SourceFile::new("x", "é = 1\nzwei = 2\n");
        assert_eq!(file.position(0), Position { line: 1, column: 1 });
        assert_eq!(file.position(2), Position { line: 1, column: 2 });
        assert_eq!(file.position(1), Position { line: 1, column: 1 });
        assert_eq!(file.position(7), Position { line: 2, column: 1 });
        assert_eq!(file.position(999), Position { line: 3, column: 1 });
    }

    #[test]
    fn a_place_is_found_by_its_key_path() {
        let text = "[[output]]\nname = \"a\"\npaths = [\"x\", \"yy\"]\n";
        let document = Document::new(SourceFile::new("x", text));
        assert_eq!(&text[document.value("output[0].paths[1]")], "\"yy\"");
        assert_eq!(&text[document.key("output[0].name")], "name");
        assert_eq!(document.value("output[0].runtime[3]"), document.value("output[0]"));
        assert_eq!(document.value("nothing"), 0..0);
        assert_eq!(document.exact("output[0].runtime"), None);
    }

    #[test]
    fn a_text_is_replaced_and_nothing_around_it() {
        let text = "# Why.\n[a]\nb   = 'x' # here\nc = { d = \"y\", e = [ \"z\", ] }\nf = 1\n";
        let document = Document::new(SourceFile::new("x", text));
        let changes = |list: &[(&str, &str)]| -> Vec<(String, String)> {
            list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(
            document
                .rewritten(&changes(&[("a.c.e[0]", "9"), ("a.b", "longer"), ("a.c.d", "quote \" and \\")]))
                .unwrap(),
            "# Why.\n[a]\nb   = 'longer' # here\nc = { d = \"quote \\\" and \\\\\", e = [ \"9\", ] }\nf = 1\n"
        );
        assert_eq!(
            document.rewritten(&changes(&[("a.b", "it's")])).unwrap().lines().nth(2),
            Some("b   = \"it's\" # here")
        );
        assert_eq!(document.rewritten(&[]).unwrap(), text);
        for missing in ["a.z", "a.f", "a.c"] {
            assert_eq!(document.rewritten(&changes(&[(missing, "x")])), Err(missing.to_owned()));
        }
    }

    #[test]
    fn leaves_are_what_holds_nothing_else() {
        let text = "z = 1\n[a]\nb-c = []\nb = { d = 2 }\n[[a.e]]\nf = ['x', 'y']\n";
        let document = Document::new(SourceFile::new("x", text));
        let leaves = document.leaves();
        let paths: Vec<&str> = leaves.iter().map(|(path, _)| *path).collect();
        assert_eq!(paths, ["z", "a.b-c", "a.b.d", "a.e[0].f[0]", "a.e[0].f[1]"]);
        assert_eq!(
            leaves.iter().map(|(_, range)| &text[range.clone()]).collect::<Vec<_>>(),
            ["1", "[]", "2", "'x'", "'y'"]
        );
    }
}
