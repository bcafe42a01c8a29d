// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What an ELF file says of itself, as far as rules ask (System V gABI, chapters 4 and 5; GNU extensions as binutils writes
//! them).
//!
//! What matters at run time is read as the loader reads it, by segments; sections only say who compiled it and what it
//! carries along.

mod dynamic;
mod read;

#[cfg(test)]
mod tests;

pub(crate) use read::read;

/// What kind of thing an ELF file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It is started: it has a fixed address, names its loader, or says that it is a program.
    Program,
    /// It is loaded by programs.
    Library,
    /// A kernel: its addresses are in the upper half.
    Kernel,
    /// A relocatable file with the section `.modinfo`: a kernel module.
    Module,
    /// Another relocatable file, for linking.
    Object,
    /// A core dump, or a type that nobody has defined.
    Other,
}

/// What the segment PT_GNU_STACK says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    /// There is none, so the system decides.
    Unsaid,
    Executable,
    Plain,
}

/// Who compiled it, where it can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Go,
    Rust,
}

/// A library that is loaded by name, as a note says (UAPI group, "ELF dlopen metadata").
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dlopen {
    /// Names of which one suffices.
    pub(crate) names: Vec<String>,
    /// Whether the file does not work without it.
    pub(crate) is_required: bool,
}

/// What one ELF file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Elf {
    pub(crate) kind: Kind,
    /// It is linked to a fixed address.
    pub(crate) is_fixed: bool,
    pub(crate) is_x86_64: bool,
    /// Absolute path of the loader.
    pub(crate) interpreter: Option<String>,
    pub(crate) is_dynamic: bool,
    /// DT_NEEDED.
    pub(crate) libraries: Vec<String>,
    /// DT_RPATH and DT_RUNPATH.
    pub(crate) run_paths: Vec<String>,
    pub(crate) dlopen: Vec<Dlopen>,
    pub(crate) has_relro: bool,
    /// It has functions that are found at their first call, unless it binds at once.
    pub(crate) has_late_functions: bool,
    pub(crate) binds_at_once: bool,
    pub(crate) has_text_relocations: bool,
    pub(crate) stack: Stack,
    pub(crate) has_writable_code: bool,
    pub(crate) has_debug_sections: bool,
    pub(crate) has_symbols: bool,
    /// Bytes of executable segments.
    pub(crate) code_bytes: u64,
    /// Some instruction reads the stack protector's guard.
    pub(crate) reads_guard: bool,
    pub(crate) language: Option<Language>,
}

impl Elf {
    /// Whether it is a program or library of the user's side.
    pub(crate) const fn is_linked(&self) -> bool {
        matches!(self.kind, Kind::Program | Kind::Library)
    }
}
