// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A table, and which of its keys were asked for.

use std::cell::RefCell;
use std::collections::BTreeSet;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::leaf::{distinct, list};
use super::value::{Value, without_index};
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::error::Invalid;
use crate::file::{Document, child_path};
use crate::suggest::{did_you_mean, nearest};

/// A table that is being read.
pub(crate) struct Scope<'a, 'i> {
    document: &'a Document,
    faults: &'a RefCell<Vec<Diagnostic>>,
    path: String,
    table: &'a DeTable<'i>,
    asked: RefCell<BTreeSet<&'static str>>,
    missing: RefCell<Vec<&'static str>>,
}

impl<'a, 'i> Scope<'a, 'i> {
    pub(super) fn new(
        document: &'a Document,
        faults: &'a RefCell<Vec<Diagnostic>>,
        path: String,
        table: &'a DeTable<'i>,
    ) -> Self {
        Self { document, faults, path, table, asked: RefCell::default(), missing: RefCell::default() }
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
            self.missing.borrow_mut().push(key);
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

    /// Reports keys that were not asked for, then keys that are missing, except where one is a slip for the other.
    pub(super) fn report_keys(&self) {
        let asked = self.asked.borrow();
        let mut missing = self.missing.borrow_mut();
        for key in self.table.keys() {
            let text: &str = key.get_ref();
            if asked.contains(text) {
                continue;
            }
            // Keys that stand there already are no help to somebody who mistyped another one.
            let free: Vec<&str> =
                asked.iter().copied().filter(|key| !self.table.contains_key(*key)).collect();
            if let Some(near) = nearest(text, free.iter().copied()) {
                missing.retain(|key| *key != near);
            }
            let message = format!("unknown key `{text}` {}", self.place());
            let help = did_you_mean(text, "keys that could stand here", free);
            self.report_key(text, Invalid::new(Code::UnknownKey, message).help(help));
        }
        if missing.is_empty() {
            return;
        }
        let keys: Vec<String> = missing.iter().map(|key| format!("`{key}`")).collect();
        let noun = if keys.len() == 1 { "key" } else { "keys" };
        let message = format!("missing {noun} {}: {}", self.place(), keys.join(", "));
        self.report("", Invalid::new(Code::MissingKey, message));
    }

    fn place(&self) -> String {
        if self.path.is_empty() {
            "at the top of the file".to_owned()
        } else {
            format!("in `{}`", without_index(&self.path))
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
