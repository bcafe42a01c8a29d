// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a file of an image says of how it was linked.

use object::elf::{DT_NEEDED, DT_SONAME, ET_REL, PT_INTERP};
use object::read::elf::{Dyn as _, ElfFile64, FileHeader as _, ProgramHeader as _};
use object::{Endianness, Object as _};

use crate::crate_list::CrateList;
use crate::error::SbomError;
use crate::go_build::GoBuild;

/// What every ELF file begins with.
const MAGIC: &[u8] = b"\x7fELF";

/// A program or a shared library.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// Whether it is complete without a loader, so that all it uses was copied into it.
    pub(crate) is_static: bool,
    /// What Go says of it.
    pub(crate) go: Option<GoBuild>,
    /// The crates of it.
    pub(crate) crates: Option<CrateList>,
}

impl Program {
    /// Reads a file; `None` if it is neither program nor library. A kernel module is neither: it is linked when it is loaded.
    ///
    /// # Errors
    /// [`SbomError::Elf`] and those of [`GoBuild::of_program`] and [`CrateList::of_program`].
    pub(crate) fn read(bytes: &[u8]) -> Result<Option<Self>, SbomError> {
        if !bytes.starts_with(MAGIC) {
            return Ok(None);
        }
        let wrong = |source| SbomError::Elf { source };
        let elf = ElfFile64::<Endianness>::parse(bytes).map_err(wrong)?;
        let endian = elf.endian();
        if elf.elf_header().e_type(endian) == ET_REL {
            return Ok(None);
        }
        let mut needs_loader = false;
        for header in elf.elf_program_headers() {
            needs_loader |= header.p_type(endian) == PT_INTERP;
            let entries = header.dynamic(endian, bytes).map_err(wrong)?.unwrap_or_default();
            needs_loader |= entries.iter().any(|entry| matches!(entry.tag(endian), DT_NEEDED | DT_SONAME));
        }
        let is_static = !needs_loader && elf.entry() != 0;
        Ok(Some(Self { is_static, go: GoBuild::of_program(bytes)?, crates: CrateList::of_program(bytes)? }))
    }

    /// Whether something else than Go's own linker may have put C into it.
    pub(crate) fn may_hold_c(&self) -> bool {
        self.go.as_ref().is_none_or(|go| go.settings.get("CGO_ENABLED").is_none_or(|value| value != "0"))
    }
}
