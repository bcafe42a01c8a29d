// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The segments of an unpacked kernel, as the boot wrapper loads them.
//!
//! `parse_elf` of arch/x86/boot/compressed/misc.c copies each `PT_LOAD` to its *physical* address; the kernel then
//! runs at that address + 0xffffffff80000000 (`__START_KERNEL_map`; KASLR moves both alike). So an address of
//! System.map is looked up by `p_paddr`, and what a second segment would overwrite counts as not found.
//!
//! Format: ELF-64 object file format, "ELF header" and "Program header". Little-endian, offsets in the header:
//! `e_type` 16, `e_machine` 18, `e_phoff` 32, `e_phentsize` 54, `e_phnum` 56; in a program header: `p_type` 0,
//! `p_offset` 8, `p_paddr` 24, `p_filesz` 32, `p_memsz` 40.

#[cfg(test)]
mod tests;

use std::ops::Range;

use crate::error::KernelImageError;

/// Where the kernel maps physical address 0 (arch/x86/include/asm/page_64_types.h).
const START_KERNEL_MAP: u64 = 0xffff_ffff_8000_0000;

const PROGRAM_HEADER: usize = 56;
const PT_LOAD: u32 = 1;

/// What the boot wrapper puts into memory.
#[derive(Debug)]
pub(crate) struct Segments(Vec<Segment>);

#[derive(Debug)]
struct Segment {
    physical: u64,
    in_memory: u64,
    /// Inside of the file.
    in_file: Range<usize>,
}

impl Segments {
    /// Reads the program headers at the begin of an unpacked kernel; what follows its segments is ignored.
    pub(crate) fn parse(kernel: &[u8]) -> Result<Self, KernelImageError> {
        let wrong = |offset, reason| Err(KernelImageError::Segments { offset, reason });
        if number::<6>(kernel, 0)? != [0x7f, b'E', b'L', b'F', 2, 1] {
            return wrong(0, "there is no 64-bit little-endian ELF file");
        }
        if number(kernel, 16)? != 2_u16.to_le_bytes() {
            return wrong(16, "the ELF file is not an executable");
        }
        if number(kernel, 18)? != 62_u16.to_le_bytes() {
            return wrong(18, "the ELF file is not for x86-64");
        }
        if usize::from(u16::from_le_bytes(number(kernel, 54)?)) != PROGRAM_HEADER {
            return wrong(54, "program headers have another size than 56");
        }
        let headers = index(u64::from_le_bytes(number(kernel, 32)?), 32)?;
        let count = usize::from(u16::from_le_bytes(number(kernel, 56)?));
        let mut segments = Vec::new();
        for header in (0..count).map(|header| headers.saturating_add(header * PROGRAM_HEADER)) {
            if u32::from_le_bytes(number(kernel, header)?) == PT_LOAD {
                segments.push(Segment::parse(kernel, header)?);
            }
        }
        Ok(Self(segments))
    }

    /// Where in the file the `length` bytes lie that the kernel sees at a virtual address of System.map; always inside of
    /// it.
    pub(crate) fn range(
        &self,
        symbol: &'static str,
        address: u64,
        length: u64,
    ) -> Result<Range<usize>, KernelImageError> {
        let wrong = |reason| KernelImageError::SymbolBytes { symbol, reason };
        let start =
            address.checked_sub(START_KERNEL_MAP).ok_or_else(|| wrong("its address is not the kernel's"))?;
        let end = start.checked_add(length).ok_or_else(|| wrong("it is longer than memory"))?;
        let mut holding = self.0.iter().filter(|segment| {
            segment.physical < end && start < segment.physical.saturating_add(segment.in_memory)
        });
        let segment = holding.next().ok_or_else(|| wrong("no segment holds it"))?;
        if holding.next().is_some() {
            return Err(wrong("two segments hold it"));
        }
        let range = start.checked_sub(segment.physical).and_then(|start| {
            let start = segment.in_file.start.checked_add(usize::try_from(start).ok()?)?;
            let range = start..start.checked_add(usize::try_from(length).ok()?)?;
            (range.end <= segment.in_file.end).then_some(range)
        });
        range.ok_or_else(|| wrong("its segment holds only a part of it, or no bytes of the file"))
    }
}

impl Segment {
    fn parse(kernel: &[u8], header: usize) -> Result<Self, KernelImageError> {
        let field = |offset| Ok(u64::from_le_bytes(number(kernel, header.saturating_add(offset))?));
        let (start, in_file) = (index(field(8)?, header)?, index(field(32)?, header)?);
        let in_file = start.checked_add(in_file).map(|end| start..end);
        let reason = "a segment that is not inside of the file";
        let in_file = in_file
            .filter(|range| range.end <= kernel.len())
            .ok_or(KernelImageError::Segments { offset: header, reason })?;
        let (physical, in_memory) = (field(24)?, field(40)?.max(field(32)?));
        Ok(Self { physical, in_memory, in_file })
    }
}

fn index(value: u64, offset: usize) -> Result<usize, KernelImageError> {
    let reason = "a number that is beyond the file";
    usize::try_from(value).map_err(|_| KernelImageError::Segments { offset, reason })
}

fn number<const N: usize>(kernel: &[u8], offset: usize) -> Result<[u8; N], KernelImageError> {
    let bytes = kernel.get(offset..).and_then(|rest| rest.first_chunk());
    bytes.copied().ok_or(KernelImageError::Segments { offset, reason: "the file ends" })
}
