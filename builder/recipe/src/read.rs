// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a TOML tree to checked values, collecting every fault on the way.
//!
//! Serde stops at the first error and cannot say where a semantic one stands, so tables are lowered by hand.
//! The rule for a reader of a table: ask for *all* keys first, only then combine them with `?`. Keys that were
//! never asked for are unknown; so the keys of a table are written down once, in the code that reads it.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::error::Invalid;
use crate::file::{Document, SourceFile, child_path};
use crate::suggest::did_you_mean;

/// A checked value with the document it was read from.
#[derive(Clone, Debug)]
pub(crate) struct Parsed<T> {
    pub(crate) value: T,
    pub(crate) document: Document,
}

/// Parses `file` and reads its root table with `read`.
pub(crate) fn parse_document<T>(
    file: SourceFile,
    read: impl FnOnce(&Scope<'_, '_>) -> Option<T>,
) -> Result<Parsed<T>, Diagnostics> {
    let text = file.text().to_owned();
    let (root, syntax) = DeTable::parse_recoverable(&text);
    let document = Document::new(file, &root);
    let faults = RefCell::new(Vec::new());
    for error in &syntax {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim_end().replace('\n', "; ");
        faults.borrow_mut().push(Diagnostic::new(Code::Syntax, message).at(document.file(), span, ""));
    }
    let scope = Scope::new(&document, &faults, String::new(), root.get_ref());
    let value = read(&scope);
    // After a syntax error the tree is a guess: what it lacks may stand in the part that could not be read.
    if syntax.is_empty() {
        scope.report_unknown_keys();
    } else {
        faults.borrow_mut().retain(|fault| fault.code == Code::Syntax);
    }
    drop(scope);
    let faults = faults.into_inner();
    match value {
        Some(value) if faults.is_empty() => Ok(Parsed { value, document }),
        _ => {
            let mut diagnostics = Diagnostics::new();
            diagnostics.add_file(document.file());
            faults.into_iter().for_each(|fault| diagnostics.push(fault));
            Err(diagnostics)
        }
    }
}

/// A table that is being read.
pub(crate) struct Scope<'a, 'i> {
    document: &'a Document,
    faults: &'a RefCell<Vec<Diagnostic>>,
    path: String,
    table: &'a DeTable<'i>,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'a, 'i> Scope<'a, 'i> {
    fn new(
        document: &'a Document,
        faults: &'a RefCell<Vec<Diagnostic>>,
        path: String,
        table: &'a DeTable<'i>,
    ) -> Self {
        Self { document, faults, path, table, asked: RefCell::default() }
    }

    /// Whether `key` is there, whatever it holds. Counts as having asked for it.
    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.asked.borrow_mut().insert(key);
        self.table.contains_key(key)
    }

    /// Reads `key`, which may be absent. After a fault the result is `None` as well: the whole is then discarded.
    pub(crate) fn optional<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Value<'a, 'i>) -> Option<T>,
    ) -> Option<T> {
        self.asked.borrow_mut().insert(key);
        let (_, value) = self.table.get_key_value(key)?;
        read(&self.value(key, value))
    }

    /// Reads `key`, whose absence is a fault.
    pub(crate) fn required<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Value<'a, 'i>) -> Option<T>,
    ) -> Option<T> {
        if !self.has(key) {
            let table = if self.path.is_empty() {
                "the file".to_owned()
            } else {
                format!("`{}`", without_index(&self.path))
            };
            self.fault(Diagnostic::new(Code::MissingKey, format!("{table} lacks the key `{key}`")), "", "");
            return None;
        }
        self.optional(key, read)
    }

    /// Reads the array `key`: empty where it is absent, `None` after any fault, so that positions in it stay true.
    pub(crate) fn array<T>(
        &self,
        key: &'static str,
        read: impl Fn(&Value<'a, 'i>) -> Option<T>,
    ) -> Option<Vec<T>> {
        if self.has(key) { self.optional(key, list(read)) } else { Some(Vec::new()) }
    }

    /// Reads the array `key` of texts, none of which may stand there twice; empty where it is absent.
    pub(crate) fn array_of<T, E: Into<Invalid>>(
        &self,
        key: &'static str,
        parse: impl Fn(&str) -> Result<T, E>,
    ) -> Option<Vec<T>> {
        if self.has(key) { self.optional(key, distinct(parse)) } else { Some(Vec::new()) }
    }

    /// Reads every entry of a table whose keys are names.
    pub(crate) fn entries<K, T>(
        &self,
        parse_key: impl Fn(&str) -> Result<K, Invalid>,
        read: impl Fn(&K, &Value<'a, 'i>) -> Option<T>,
    ) -> Vec<(K, T)> {
        let mut entries = Vec::new();
        for (key, value) in self.table {
            let text: &str = key.get_ref();
            match parse_key(text) {
                Ok(key) => {
                    if let Some(item) = read(&key, &self.value(text, value)) {
                        entries.push((key, item));
                    }
                }
                Err(invalid) => self.report_key(text, invalid),
            }
        }
        entries
    }

    /// Reports a fault at `key` of this table; an empty key means the table itself.
    pub(crate) fn report(&self, key: &str, invalid: Invalid) {
        let Invalid { code, message, help } = invalid;
        let mut fault = Diagnostic::new(code, message);
        fault.help = help;
        self.fault(fault, key, "");
    }

    /// Reports that `later` repeats what `earlier` says; both are key paths inside this table.
    pub(crate) fn report_duplicate(&self, what: &str, later: &str, earlier: &str) {
        let fault = Diagnostic::new(Code::Duplicate, format!("{what} is stated twice"))
            .at(self.document.file(), self.document.value(&self.child(later)), "the second time")
            .at(self.document.file(), self.document.value(&self.child(earlier)), "the first time");
        self.faults.borrow_mut().push(fault);
    }

    fn report_key(&self, key: &str, invalid: Invalid) {
        let mut fault = Diagnostic::new(invalid.code, invalid.message);
        fault.help = invalid.help;
        let span = self.document.key(&self.child(key));
        self.faults.borrow_mut().push(fault.at(self.document.file(), span, ""));
    }

    fn report_unknown_keys(&self) {
        let asked = self.asked.borrow();
        for key in self.table.keys() {
            let text: &str = key.get_ref();
            if asked.contains(text) {
                continue;
            }
            let place = if self.path.is_empty() {
                "at the top of the file".to_owned()
            } else {
                format!("in `{}`", without_index(&self.path))
            };
            // Keys that stand there already are no help to somebody who mistyped another one.
            let free = asked.iter().copied().filter(|key| !self.table.contains_key(*key));
            let help = did_you_mean(text, "keys that could stand here", free);
            self.report_key(
                text,
                Invalid::new(Code::UnknownKey, format!("unknown key `{text}` {place}")).help(help),
            );
        }
    }

    fn fault(&self, fault: Diagnostic, key: &str, label: &str) {
        let path = if key.is_empty() { self.path.clone() } else { self.child(key) };
        let span = self.document.value(&path);
        self.faults.borrow_mut().push(fault.at(self.document.file(), span, label));
    }

    fn child(&self, key: &str) -> String {
        child_path(&self.path, key)
    }

    fn value(&self, key: &str, value: &'a Spanned<DeValue<'i>>) -> Value<'a, 'i> {
        Value { document: self.document, faults: self.faults, path: self.child(key), value: value.get_ref() }
    }
}

/// A value that is being read.
pub(crate) struct Value<'a, 'i> {
    document: &'a Document,
    faults: &'a RefCell<Vec<Diagnostic>>,
    path: String,
    value: &'a DeValue<'i>,
}

impl<'a, 'i> Value<'a, 'i> {
    pub(crate) const fn raw(&self) -> &'a DeValue<'i> {
        self.value
    }

    /// Reports a fault at this value.
    pub(crate) fn report(&self, invalid: Invalid) {
        let span = self.document.value(&self.path);
        let mut fault = Diagnostic::new(invalid.code, invalid.message).at(self.document.file(), span, "");
        fault.help = invalid.help;
        self.faults.borrow_mut().push(fault);
    }

    pub(crate) fn wrong_type(&self, expected: &str) {
        let key = without_index(self.path.rsplit('.').next().unwrap_or_default());
        let found = self.value.type_str();
        self.report(Invalid::new(Code::WrongType, format!("`{key}` takes {expected}, this is {}", a(found))));
    }

    /// Reads the table with `read`, then reports keys that it did not ask for.
    pub(crate) fn table<T>(&self, read: impl Fn(&Scope<'a, 'i>) -> Option<T>) -> Option<T> {
        let DeValue::Table(table) = self.value else {
            self.wrong_type("a table");
            return None;
        };
        let scope = Scope::new(self.document, self.faults, self.path.clone(), table);
        let value = read(&scope);
        scope.report_unknown_keys();
        value
    }

    /// Reads a table whose keys are names, all of them known by definition.
    pub(crate) fn map<K, T>(
        &self,
        parse_key: impl Fn(&str) -> Result<K, Invalid>,
        read: impl Fn(&K, &Value<'a, 'i>) -> Option<T>,
    ) -> Option<Vec<(K, T)>> {
        let DeValue::Table(table) = self.value else {
            self.wrong_type("a table");
            return None;
        };
        let scope = Scope::new(self.document, self.faults, self.path.clone(), table);
        Some(scope.entries(parse_key, read))
    }
}

/// A reader of texts that `parse` accepts.
pub(crate) fn text<'a, 'i: 'a, T, E: Into<Invalid>>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value<'a, 'i>) -> Option<T> {
    move |value| {
        let DeValue::String(found) = value.value else {
            value.wrong_type("a string");
            return None;
        };
        parse(found).map_err(|cause| value.report(cause.into())).ok()
    }
}

/// A reader of any text that is not blank.
pub(crate) fn words(found: &str) -> Result<String, Invalid> {
    if found.trim().is_empty() {
        return Err(Invalid::new(Code::OutOfRange, "this must not be empty"));
    }
    Ok(found.to_owned())
}

/// A reader of one line of text.
pub(crate) fn line(found: &str) -> Result<String, Invalid> {
    if found.chars().any(char::is_control) {
        return Err(Invalid::new(Code::OutOfRange, "this must be one line without control characters"));
    }
    words(found)
}

/// A reader of any text at all.
pub(crate) fn any(found: &str) -> Result<String, Invalid> {
    Ok(found.to_owned())
}

/// A reader of integers in a range.
pub(crate) fn integer<'a, 'i: 'a>(range: RangeInclusive<i64>) -> impl Fn(&Value<'a, 'i>) -> Option<i64> {
    move |value| {
        let DeValue::Integer(found) = value.value else {
            value.wrong_type("an integer");
            return None;
        };
        match i64::from_str_radix(found.as_str(), found.radix()) {
            Ok(number) if range.contains(&number) => Some(number),
            _ => {
                let (low, high) = (range.start(), range.end());
                let message = format!("{found} is not between {low} and {high}");
                value.report(Invalid::new(Code::OutOfRange, message));
                None
            }
        }
    }
}

/// A reader of `true` and `false`.
pub(crate) fn boolean(value: &Value<'_, '_>) -> Option<bool> {
    match value.value {
        DeValue::Boolean(found) => Some(*found),
        _ => {
            value.wrong_type("`true` or `false`");
            None
        }
    }
}

/// A reader of tables.
pub(crate) fn table<'a, 'i: 'a, T>(
    read: impl Fn(&Scope<'a, 'i>) -> Option<T>,
) -> impl Fn(&Value<'a, 'i>) -> Option<T> {
    move |value| value.table(&read)
}

/// A reader of arrays; after a fault in any item there is no result.
pub(crate) fn list<'a, 'i: 'a, T>(
    read: impl Fn(&Value<'a, 'i>) -> Option<T>,
) -> impl Fn(&Value<'a, 'i>) -> Option<Vec<T>> {
    move |value| {
        let DeValue::Array(items) = value.value else {
            value.wrong_type("an array");
            return None;
        };
        let mut list = Vec::new();
        let mut whole = true;
        for (index, item) in items.iter().enumerate() {
            let item = Value {
                document: value.document,
                faults: value.faults,
                path: format!("{}[{index}]", value.path),
                value: item.get_ref(),
            };
            match read(&item) {
                Some(item) => list.push(item),
                None => whole = false,
            }
        }
        whole.then_some(list)
    }
}

/// A reader of arrays of texts, none of which may stand there twice.
pub(crate) fn distinct<'a, 'i: 'a, T, E: Into<Invalid>>(
    parse: impl Fn(&str) -> Result<T, E>,
) -> impl Fn(&Value<'a, 'i>) -> Option<Vec<T>> {
    move |value| {
        let seen = RefCell::new(BTreeSet::new());
        list(|item| {
            let parsed = text(&parse)(item)?;
            if let DeValue::String(found) = item.value
                && !seen.borrow_mut().insert(found.as_ref())
            {
                item.report(Invalid::new(Code::Duplicate, format!("`{found}` is stated twice")));
            }
            Some(parsed)
        })(value)
    }
}

fn a(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {type_name}")
}

/// `output[0].name` as people write it: `output.name`.
fn without_index(path: &str) -> String {
    let mut out = String::new();
    let mut inside = false;
    for character in path.chars() {
        match character {
            '[' => inside = true,
            ']' => inside = false,
            other if !inside => out.push(other),
            _ => {}
        }
    }
    out
}
