// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A value, and faults that are reported at its place.

use std::cell::RefCell;

use toml::de::DeValue;

use super::scope::Scope;
use crate::code::Code;
use crate::diagnostic::Diagnostic;
use crate::error::Invalid;
use crate::file::Document;

/// A value that is being read.
pub(crate) struct Value<'a, 'i> {
    pub(super) document: &'a Document,
    pub(super) faults: &'a RefCell<Vec<Diagnostic>>,
    pub(super) path: String,
    pub(super) value: &'a DeValue<'i>,
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
        scope.report_keys();
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

fn a(type_name: &str) -> String {
    let article = if type_name.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {type_name}")
}

/// `output[0].name` as people write it: `output.name`.
pub(super) fn without_index(path: &str) -> String {
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
