// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Faults of one file, by the key paths of its values.

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::error::Invalid;
use crate::file::Document;

/// Faults of one file.
pub(super) struct Reporter<'a> {
    pub(super) document: &'a Document,
    pub(super) faults: &'a mut Diagnostics,
}

impl Reporter<'_> {
    pub(super) fn report(&mut self, key_path: &str, invalid: Invalid) {
        self.faults.add_file(self.document.file());
        let span = self.document.value(key_path);
        let mut fault = Diagnostic::new(invalid.code, invalid.message).at(self.document.file(), span, "");
        fault.help = invalid.help;
        self.faults.push(fault);
    }
}
