// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A whole file: TOML syntax first, then its root table.

use std::cell::RefCell;

use toml::de::DeTable;

use super::scope::Scope;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file::{Document, SourceFile};

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
    let document = Document::new(file);
    let faults = RefCell::new(Vec::new());
    for error in &syntax {
        let span = error.span().unwrap_or(0..0);
        let message = error.message().trim_end().trim_end_matches(", expected nothing").replace('\n', "; ");
        faults.borrow_mut().push(Diagnostic::new(Code::Syntax, message).at(document.file(), span, ""));
    }
    let scope = Scope::new(&document, &faults, String::new(), root.get_ref());
    let value = read(&scope);
    // After a syntax error the tree is a guess: what it lacks may stand in the part that could not be read.
    if syntax.is_empty() {
        scope.report_keys();
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
