// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The build information that Go puts into every program: its version, its modules, its settings.
//!
//! Format: `debug/buildinfo` and `runtime/debug` of Go 1.18 and later, where both texts stand inline.
//!
//! ```text
//! offset 0   ff 20 47 6f 20 62 75 69 6c 64 69 6e 66 3a   "\xff Go buildinf:", at a multiple of 16
//! offset 14  size of a pointer, flags (2: the texts are inline)
//! offset 32  length (LEB128), version; length (LEB128), modules, between two marks of 16 bytes
//! ```

use std::collections::BTreeMap;

use crate::elf::Elf;
use crate::error::SbomError;

const MAGIC: &[u8] = b"\xff Go buildinf:";
const ALIGNMENT: usize = 16;
const HEADER: usize = 32;
const INLINE: u8 = 2;
/// Length of the mark before and after the modules (`cmd/go/internal/modload`).
const MARK: usize = 16;
/// Most of a line that a message shows.
const SHOWN: usize = 80;

/// A module, as a program names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoModule {
    /// Its path.
    pub path: String,
    /// Its version, such as `v2.1.0`; `(devel)` or empty where the build did not know it.
    pub version: String,
    /// Its checksum as in go.sum, `h1:…`; empty for the main module and for folders.
    pub sum: String,
    /// What was built in its place.
    pub replaced_by: Option<Box<Self>>,
}

impl GoModule {
    /// What was really built: the replacement, if there is one.
    #[must_use]
    pub fn built(&self) -> &Self {
        self.replaced_by.as_deref().unwrap_or(self)
    }
}

/// What Go says of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoBuild {
    /// The version of Go, such as `go1.26.8`, with experiments behind it if there are any.
    pub go_version: String,
    /// The path of the main package.
    pub path: String,
    /// The module of the main package; programs of Go's own distribution may have none.
    pub main: Option<GoModule>,
    /// All other modules of which something is linked in.
    pub modules: Vec<GoModule>,
    /// Settings of the build: `GOOS`, `GOARCH`, `CGO_ENABLED`, `-tags` and others.
    pub settings: BTreeMap<String, String>,
}

impl GoBuild {
    /// Reads it from a program; `None` if no Go built it.
    ///
    /// # Errors
    /// [`SbomError::Elf`] if it is no ELF file, [`SbomError::GoBuild`] or [`SbomError::GoLine`] if what is there is
    /// damaged or of a Go before 1.18.
    pub fn of_program(program: &[u8]) -> Result<Option<Self>, SbomError> {
        let elf = Elf::parse(program)?;
        let found = match elf.section(".go.buildinfo") {
            Some(section) => from_magic(section),
            // A section's name can be stripped; the loader needs none.
            None => elf.writable_segments().find_map(from_magic),
        };
        found.map(Self::parse).transpose()
    }

    /// Reads what begins with the magic bytes.
    fn parse(bytes: &[u8]) -> Result<Self, SbomError> {
        let wrong = |reason| SbomError::GoBuild { reason };
        let flags = bytes.get(MAGIC.len() + 1).copied().unwrap_or_default();
        if flags & INLINE == 0 {
            return Err(wrong("it is of a Go before 1.18, which kept pointers there"));
        }
        let rest = bytes.get(HEADER..).ok_or_else(|| wrong("it ends in its header"))?;
        let cut = || wrong("a text in it has no end");
        let (version, rest) = counted(rest).ok_or_else(cut)?;
        let (modules, _) = counted(rest).ok_or_else(cut)?;
        let text = |bytes| std::str::from_utf8(bytes).map_err(|_| wrong("a text in it is no UTF-8"));
        let modules = match modules.len() {
            0 => "",
            length if length >= 2 * MARK => text(&modules[MARK..length - MARK])?,
            _ => return Err(wrong("its list of modules is shorter than the marks around it")),
        };
        Ok(Self { go_version: text(version)?.to_owned(), ..Self::parse_modules(modules)? })
    }

    /// Reads the lines of the modules, as `go version -m` prints them without the tab before each.
    ///
    /// # Errors
    /// [`SbomError::GoLine`].
    pub fn parse_modules(text: &str) -> Result<Self, SbomError> {
        let mut build = Self::default();
        // Whether a replacement may follow, and for which: the main module or the last of the others.
        let mut last: Option<bool> = None;
        for (number, line) in (1..).zip(text.lines()) {
            let wrong =
                |reason| SbomError::GoLine { number, reason, line: line.chars().take(SHOWN).collect() };
            let mut fields = line.split('\t');
            let word = fields.next().unwrap_or_default();
            let fields: Vec<&str> = fields.collect();
            match word {
                "" if fields.is_empty() => {}
                "path" => build.path = fields.join("\t"),
                "mod" => {
                    build.main =
                        Some(module(&fields).ok_or_else(|| wrong("a module has a path and a version"))?);
                    last = Some(true);
                }
                "dep" => {
                    let module = module(&fields).ok_or_else(|| wrong("a module has a path and a version"))?;
                    build.modules.push(module);
                    last = Some(false);
                }
                "=>" => {
                    let replaced = match last.take() {
                        Some(true) => build.main.as_mut(),
                        Some(false) => build.modules.last_mut(),
                        None => None,
                    };
                    let replaced =
                        replaced.ok_or_else(|| wrong("there is no module that it could replace"))?;
                    let module = module(&fields).ok_or_else(|| wrong("a module has a path and a version"))?;
                    replaced.replaced_by = Some(Box::new(module));
                }
                "build" => {
                    let setting = fields.join("\t");
                    let (key, value) = setting.split_once('=').ok_or_else(|| wrong("a setting has a `=`"))?;
                    build.settings.insert(unquoted(key), unquoted(value));
                }
                // Words of later versions of Go.
                _ => {}
            }
        }
        Ok(build)
    }
}

/// What begins with the magic bytes, at the first multiple of 16 where they stand.
fn from_magic(bytes: &[u8]) -> Option<&[u8]> {
    let starts = (0..bytes.len()).step_by(ALIGNMENT);
    starts.filter_map(|at| bytes.get(at..)).find(|rest| rest.starts_with(MAGIC))
}

/// The bytes behind their number, and what comes after them.
fn counted(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length: u64 = 0;
    for (index, byte) in bytes.iter().enumerate().take(10) {
        let value = u64::from(byte & 0x7f);
        let shift = u32::try_from(7 * index).ok()?;
        // The tenth byte has room for one bit.
        length |= value.checked_shl(shift).filter(|shifted| shifted >> shift == value)?;
        if byte & 0x80 == 0 {
            return bytes.get(index + 1..)?.split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

fn module(fields: &[&str]) -> Option<GoModule> {
    let (path, version, sum) = match fields {
        [path, version] => (path, version, ""),
        [path, version, sum] => (path, version, *sum),
        _ => return None,
    };
    let module = GoModule {
        path: (*path).to_owned(),
        version: (*version).to_owned(),
        sum: sum.to_owned(),
        replaced_by: None,
    };
    (!path.is_empty()).then_some(module)
}

/// A key or value without its quotes. What Go quotes otherwise than JSON does stays as it is written.
fn unquoted(text: &str) -> String {
    match text.strip_prefix('`').and_then(|rest| rest.strip_suffix('`')) {
        Some(raw) => raw.to_owned(),
        None if text.starts_with('"') => serde_json::from_str(text).unwrap_or_else(|_| text.to_owned()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
