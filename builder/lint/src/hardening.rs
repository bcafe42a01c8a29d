// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Rules for what the linker made: each is a question to one [`Elf`].

use ashlar_recipe::Rule;
use ashlar_tree::TreePath;

use crate::book::Book;
use crate::elf::{Elf, Kind, Stack};

/// Programs with less code often have nothing that a stack protector would protect.
const LEAST_CODE: u64 = 16 << 10;

/// Judges one ELF file.
pub(crate) fn check(path: &TreePath, elf: &Elf, book: &mut Book<'_>) {
    let mut find = |rule, message: String| book.find(rule, path.as_str(), message);
    if let Some(what) = burden(elf) {
        find(Rule::Stripped, format!("it carries {what}"));
    }
    if !elf.is_linked() {
        return;
    }
    if elf.is_fixed {
        find(Rule::PositionIndependent, "it is linked to a fixed address (ELF type EXEC)".to_owned());
    }
    if elf.is_dynamic && !elf.has_relro {
        find(Rule::Relro, "it has no segment PT_GNU_RELRO, so nothing becomes read-only".to_owned());
    }
    if elf.has_late_functions && !elf.binds_at_once {
        find(Rule::BindNow, "it has a table of functions that are found at their first call".to_owned());
    }
    match elf.stack {
        Stack::Executable => find(Rule::WriteXorExecute, "it asks for an executable stack".to_owned()),
        Stack::Unsaid => {
            find(
                Rule::WriteXorExecute,
                "it does not say whether its stack is executable (no PT_GNU_STACK)".to_owned(),
            );
        }
        Stack::Plain => {}
    }
    if elf.has_writable_code {
        find(Rule::WriteXorExecute, "a segment of it is writable and executable".to_owned());
    }
    if elf.has_text_relocations {
        find(Rule::NoTextRelocations, "the loader has to change its code (DT_TEXTREL)".to_owned());
    }
    if !elf.run_paths.is_empty() {
        find(Rule::NoRunPath, format!("it looks for libraries in {}", elf.run_paths.join(":")));
    }
    if elf.is_x86_64 && elf.code_bytes >= LEAST_CODE && elf.language.is_none() && !elf.reads_guard {
        let kib = elf.code_bytes >> 10;
        find(
            Rule::StackProtector,
            format!("none of its {kib} KiB of code reads the guard of a stack protector"),
        );
    }
}

/// What it carries and does not need to run.
fn burden(elf: &Elf) -> Option<&'static str> {
    match elf.kind {
        Kind::Program | Kind::Library if elf.has_debug_sections => Some("debug sections"),
        Kind::Program | Kind::Library if elf.has_symbols => Some("a symbol table (.symtab)"),
        Kind::Kernel | Kind::Module if elf.has_debug_sections => Some("debug sections"),
        _ => None,
    }
}
