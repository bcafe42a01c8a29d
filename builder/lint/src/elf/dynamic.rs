// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The dynamic section, read as the loader reads it: from the segment PT_DYNAMIC, strings at the address that it gives.

use object::Endianness;
use object::StringTable;
use object::elf::{
    DF_1_NOW, DF_1_PIE, DF_BIND_NOW, DF_TEXTREL, DT_BIND_NOW, DT_FLAGS, DT_FLAGS_1, DT_JMPREL, DT_NEEDED,
    DT_NULL, DT_RPATH, DT_RUNPATH, DT_STRSZ, DT_STRTAB, DT_TEXTREL, DynamicFlags, DynamicFlags1, PT_LOAD,
};
use object::read::elf::{Dyn as _, FileHeader, ProgramHeader as _};

use super::read::{text, told};

/// What it says.
#[derive(Debug, Default)]
pub(super) struct Dynamic {
    pub(super) libraries: Vec<String>,
    pub(super) run_paths: Vec<String>,
    pub(super) has_late_functions: bool,
    pub(super) binds_at_once: bool,
    pub(super) has_text_relocations: bool,
    /// DF_1_PIE.
    pub(super) says_program: bool,
}

impl Dynamic {
    /// Reads it; `None` where no segment holds one.
    pub(super) fn read<H: FileHeader<Endian = Endianness>>(
        endian: Endianness,
        segments: &[H::ProgramHeader],
        bytes: &[u8],
    ) -> Result<Option<Self>, String> {
        let mut entries = None;
        for segment in segments {
            entries = entries.or(segment.dynamic(endian, bytes).map_err(told)?);
        }
        let Some(entries) = entries else { return Ok(None) };
        let mut dynamic = Self::default();
        let (mut names, mut strings, mut size) = (Vec::new(), None, 0);
        for entry in entries {
            let (tag, value) = (entry.tag(endian), entry.val(endian));
            match tag {
                DT_NULL => break,
                DT_NEEDED | DT_RPATH | DT_RUNPATH => names.push((tag, value)),
                DT_STRTAB => strings = Some(value),
                DT_STRSZ => size = value,
                DT_JMPREL => dynamic.has_late_functions = true,
                DT_BIND_NOW => dynamic.binds_at_once = true,
                DT_TEXTREL => dynamic.has_text_relocations = true,
                DT_FLAGS => {
                    let flags = DynamicFlags(value);
                    dynamic.binds_at_once |= flags.contains(DF_BIND_NOW);
                    dynamic.has_text_relocations |= flags.contains(DF_TEXTREL);
                }
                DT_FLAGS_1 => {
                    let flags = DynamicFlags1(value);
                    dynamic.binds_at_once |= flags.contains(DF_1_NOW);
                    dynamic.says_program = flags.contains(DF_1_PIE);
                }
                _ => {}
            }
        }
        if names.is_empty() {
            return Ok(Some(dynamic));
        }
        let strings = strings.ok_or("it names libraries and has no table of names")?;
        let strings = string_table::<H>(endian, segments, bytes, strings, size)?;
        for (tag, offset) in names {
            let name = u32::try_from(offset).ok().and_then(|offset| strings.get(offset).ok());
            let name = text(name.ok_or("a name of a library lies outside of the table of names")?);
            if tag == DT_NEEDED {
                dynamic.libraries.push(name);
            } else {
                dynamic.run_paths.push(name);
            }
        }
        Ok(Some(dynamic))
    }
}

/// The bytes that stand at `address` once the file is loaded.
fn string_table<'d, H: FileHeader<Endian = Endianness>>(
    endian: Endianness,
    segments: &[H::ProgramHeader],
    bytes: &'d [u8],
    address: u64,
    size: u64,
) -> Result<StringTable<'d>, String> {
    for segment in segments.iter().filter(|segment| segment.p_type(endian) == PT_LOAD) {
        let found = segment.data_range(endian, bytes, address, size);
        if let Some(table) = found.map_err(|()| "a segment lies outside of it")? {
            return Ok(StringTable::new(table, 0, table.len() as u64));
        }
    }
    Err("its table of names lies in no segment that is loaded".to_owned())
}
