// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is wrong, where, and what to do about it: one value, rendered for people or as JSON.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

use serde_json::{Value, json};

use crate::code::Code;
use crate::file::SourceFile;

/// A range of a file and what is to be said about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Path of the file as shown.
    pub file: String,
    /// Bytes of the file that are meant.
    pub span: Range<usize>,
    /// A few words beside the marked text; may be empty.
    pub text: String,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable name of the kind of fault.
    pub code: Code,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// The places concerned; the first is where the fault is, the others explain it.
    pub labels: Vec<Label>,
    /// The next step to take.
    pub help: Option<String>,
}

impl Diagnostic {
    /// A fault without a place.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), labels: Vec::new(), help: None }
    }

    /// Adds a place.
    #[must_use]
    pub fn at(mut self, file: &SourceFile, span: Range<usize>, text: impl Into<String>) -> Self {
        self.labels.push(Label { file: file.path().to_owned(), span, text: text.into() });
        self
    }

    /// Says what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// Everything that is wrong with the files of a project, with the texts that are needed to show it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    files: BTreeMap<String, SourceFile>,
}

impl Diagnostics {
    /// No faults so far.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a fault. The texts that its labels point into are added by [`Self::add_file`], in any order.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        self.list.push(diagnostic);
    }

    /// Makes the text of a file known, so that excerpts of it can be shown.
    pub fn add_file(&mut self, file: &SourceFile) {
        self.files.entry(file.path().to_owned()).or_insert_with(|| file.clone());
    }

    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Takes over all faults of `other`.
    pub fn append(&mut self, other: Self) {
        self.list.extend(other.list);
        self.files.extend(other.files);
    }

    /// The faults in the order of their files and places.
    #[must_use]
    pub fn sorted(&self) -> Vec<&Diagnostic> {
        let mut list: Vec<&Diagnostic> = self.list.iter().collect();
        list.sort_by_key(|diagnostic| {
            diagnostic.labels.first().map(|label| (label.file.as_str(), label.span.start))
        });
        list
    }

    pub(crate) fn file(&self, path: &str) -> Option<&SourceFile> {
        self.files.get(path)
    }

    /// The same as JSON, for editors and CI: an array of objects with `code`, `message`, `help` and `labels`
    /// (each `file`, `line`, `column`, `end_line`, `end_column`, `text`).
    #[must_use]
    pub fn to_json(&self) -> Value {
        Value::Array(self.sorted().into_iter().map(|diagnostic| self.diagnostic_json(diagnostic)).collect())
    }

    fn diagnostic_json(&self, diagnostic: &Diagnostic) -> Value {
        let labels: Vec<Value> = diagnostic
            .labels
            .iter()
            .map(|label| {
                let mut value = json!({ "file": label.file, "text": label.text });
                if let Some(file) = self.files.get(&label.file) {
                    let (start, end) = (file.position(label.span.start), file.position(label.span.end));
                    value["line"] = json!(start.line);
                    value["column"] = json!(start.column);
                    value["end_line"] = json!(end.line);
                    value["end_column"] = json!(end.column);
                }
                value
            })
            .collect();
        json!({
            "code": diagnostic.code.as_str(),
            "message": diagnostic.message,
            "help": diagnostic.help,
            "labels": labels,
        })
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}
