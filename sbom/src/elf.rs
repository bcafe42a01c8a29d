// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Parts of ELF files (System V ABI, chapters 4 and 5) that compilers leave notes in.
//!
//! The file is a stranger's: offsets and lengths are checked by the library, which reads nothing outside of the bytes.

use object::{Object as _, ObjectSection as _, ObjectSegment as _, SegmentFlags};

use crate::error::SbomError;

const WRITABLE: u32 = 2;

/// An ELF file that was read.
pub(crate) struct Elf<'a>(object::File<'a>);

impl<'a> Elf<'a> {
    /// # Errors
    /// [`SbomError::Elf`] if the bytes are no ELF file.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, SbomError> {
        object::File::parse(bytes).map(Self).map_err(|source| SbomError::Elf { source })
    }

    /// The content of the section called `name`; `None` if there is no such section, or it lies outside of the file.
    pub(crate) fn section(&self, name: &str) -> Option<&'a [u8]> {
        self.0.section_by_name(name)?.data().ok().filter(|bytes| !bytes.is_empty())
    }

    /// The contents of the segments that the program may write to.
    pub(crate) fn writable_segments(&self) -> impl Iterator<Item = &'a [u8]> {
        let writable =
            |flags| matches!(flags, SegmentFlags::Elf { p_flags, .. } if p_flags.0 & WRITABLE != 0);
        let segments = self.0.segments().filter(move |segment| writable(segment.flags()));
        segments.filter_map(|segment| segment.data().ok())
    }
}
