// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The parts of a PE32+ image that are read and changed when sections are added.
//!
//! Format: Microsoft's "PE Format", sections of the same names. Offsets used here:
//! ```text
//! 0x00 "MZ" … 0x3c: offset P of
//! P+0  "PE\0\0"
//! P+4  COFF header: machine, sections, time, symbol table, symbols, optional size, characteristics
//! P+24 optional header (112 bytes), then 16 data directories of 8 bytes
//!      then one header of 40 bytes per section
//! ```

use crate::PeFault;

const MACHINE_X86_64: u16 = 0x8664;
const MAGIC_PE32_PLUS: u16 = 0x20b;
const OPTIONAL_FIXED: usize = 112;
const SECURITY_DIRECTORY: usize = 4;
/// Bytes in a section header.
pub(crate) const SECTION_HEADER: usize = 40;
/// `IMAGE_DLLCHARACTERISTICS_NX_COMPAT`.
pub(crate) const NX_COMPAT: u16 = 0x100;

/// Where the headers of a PE32+ image for x86-64 lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Headers {
    coff: usize,
    optional: usize,
    sections: usize,
    section_count: usize,
}

/// One section header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Section {
    pub(crate) name: [u8; 8],
    pub(crate) virtual_size: u32,
    pub(crate) virtual_address: u32,
    pub(crate) raw_size: u32,
    pub(crate) raw_offset: u32,
    pub(crate) characteristics: u32,
}

fn fault<T>(offset: usize, reason: &'static str) -> Result<T, PeFault> {
    Err(PeFault { offset, reason })
}

fn field<const N: usize>(bytes: &[u8], offset: usize) -> Result<[u8; N], PeFault> {
    match bytes.get(offset..).and_then(|rest| rest.first_chunk::<N>()) {
        Some(chunk) => Ok(*chunk),
        None => fault(offset, "the file ends inside its headers"),
    }
}

pub(crate) fn u16_at(bytes: &[u8], offset: usize) -> Result<u16, PeFault> {
    field(bytes, offset).map(u16::from_le_bytes)
}

pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> Result<u32, PeFault> {
    field(bytes, offset).map(u32::from_le_bytes)
}

impl Headers {
    /// Finds the headers.
    pub(crate) fn find(bytes: &[u8]) -> Result<Self, PeFault> {
        if field(bytes, 0)? != *b"MZ" {
            return fault(0, "it does not begin with MZ");
        }
        let signature = u32_at(bytes, 0x3c)? as usize;
        if field(bytes, signature)? != *b"PE\0\0" {
            return fault(signature, "the PE signature is missing");
        }
        let coff = signature + 4;
        if u16_at(bytes, coff)? != MACHINE_X86_64 {
            return fault(coff, "it is not for x86-64");
        }
        let optional = coff + 20;
        if u16_at(bytes, optional)? != MAGIC_PE32_PLUS {
            return fault(optional, "it is not PE32+");
        }
        let directories = u32_at(bytes, optional + 108)? as usize;
        let optional_size = usize::from(u16_at(bytes, coff + 16)?);
        if directories > 16 || optional_size != OPTIONAL_FIXED + 8 * directories {
            return fault(coff + 16, "the optional header has another size than its data directories need");
        }
        let section_count = usize::from(u16_at(bytes, coff + 2)?);
        Ok(Self { coff, optional, sections: optional + optional_size, section_count })
    }

    pub(crate) const fn section_count_offset(&self) -> usize {
        self.coff + 2
    }
    pub(crate) const fn initialized_size_offset(&self) -> usize {
        self.optional + 8
    }
    pub(crate) const fn section_alignment_offset(&self) -> usize {
        self.optional + 32
    }
    pub(crate) const fn file_alignment_offset(&self) -> usize {
        self.optional + 36
    }
    pub(crate) const fn image_size_offset(&self) -> usize {
        self.optional + 56
    }
    pub(crate) const fn headers_size_offset(&self) -> usize {
        self.optional + 60
    }
    pub(crate) const fn checksum_offset(&self) -> usize {
        self.optional + 64
    }
    pub(crate) const fn dll_characteristics_offset(&self) -> usize {
        self.optional + 70
    }
    /// End of the section headers.
    pub(crate) const fn end(&self) -> usize {
        self.sections + SECTION_HEADER * self.section_count
    }

    /// Refuses symbol tables and signatures, whose places would be wrong after a change.
    pub(crate) fn refuse_trailers(&self, bytes: &[u8]) -> Result<(), PeFault> {
        if field(bytes, self.coff + 8)? != [0; 8] {
            return fault(self.coff + 8, "it has a symbol table; strip it");
        }
        let security = self.optional + OPTIONAL_FIXED + 8 * SECURITY_DIRECTORY;
        if security < self.sections && field(bytes, security)? != [0; 8] {
            return fault(security, "it is signed; the signature would not hold for the result");
        }
        Ok(())
    }

    /// Reads all section headers and checks that the sections are in order, aligned, apart and in the file,
    /// and that nothing follows them.
    pub(crate) fn sections(&self, bytes: &[u8]) -> Result<Vec<Section>, PeFault> {
        let section_alignment = u32_at(bytes, self.section_alignment_offset())?;
        let file_alignment = u32_at(bytes, self.file_alignment_offset())?;
        if section_alignment != 4096 || !file_alignment.is_power_of_two() || file_alignment < 512 {
            return fault(self.section_alignment_offset(), "its alignments are not 4096 and 512 or more");
        }
        let headers_size = u32_at(bytes, self.headers_size_offset())?;
        if (headers_size as usize) < self.end() || headers_size % file_alignment != 0 {
            return fault(self.headers_size_offset(), "the headers' size is too small or unaligned");
        }
        let mut sections = Vec::new();
        let mut next_address = u64::from(headers_size);
        let mut next_offset = u64::from(headers_size);
        for index in 0..self.section_count {
            let at = self.sections + SECTION_HEADER * index;
            let section = Section::read(bytes, at)?;
            let address = u64::from(section.virtual_address);
            if section.virtual_address % section_alignment != 0 || address < next_address {
                return fault(at + 12, "a section's address is unaligned or not behind the section before");
            }
            next_address = address + u64::from(section.virtual_size.max(section.raw_size));
            if section.raw_size != 0 {
                let offset = u64::from(section.raw_offset);
                if section.raw_offset % file_alignment != 0
                    || section.raw_size % file_alignment != 0
                    || offset < next_offset
                {
                    return fault(at + 20, "a section's data is unaligned or not behind the section before");
                }
                next_offset = offset + u64::from(section.raw_size);
            }
            if next_address > u64::from(u32::MAX) {
                return fault(at + 12, "a section lies beyond 4 GiB");
            }
            sections.push(section);
        }
        if sections.is_empty() {
            return fault(self.section_count_offset(), "it has no sections");
        }
        if next_offset != bytes.len() as u64 {
            return fault(bytes.len(), "the file does not end with its last section");
        }
        Ok(sections)
    }
}

impl Section {
    fn read(bytes: &[u8], at: usize) -> Result<Self, PeFault> {
        Ok(Self {
            name: field(bytes, at)?,
            virtual_size: u32_at(bytes, at + 8)?,
            virtual_address: u32_at(bytes, at + 12)?,
            raw_size: u32_at(bytes, at + 16)?,
            raw_offset: u32_at(bytes, at + 20)?,
            characteristics: u32_at(bytes, at + 36)?,
        })
    }

    /// The header's bytes; relocations and line numbers, which images never have, are zero.
    pub(crate) fn encode(&self) -> [u8; SECTION_HEADER] {
        let mut header = [0; SECTION_HEADER];
        header[..8].copy_from_slice(&self.name);
        header[8..12].copy_from_slice(&self.virtual_size.to_le_bytes());
        header[12..16].copy_from_slice(&self.virtual_address.to_le_bytes());
        header[16..20].copy_from_slice(&self.raw_size.to_le_bytes());
        header[20..24].copy_from_slice(&self.raw_offset.to_le_bytes());
        header[36..40].copy_from_slice(&self.characteristics.to_le_bytes());
        header
    }
}

/// The image checksum (as ImageHlp's `CheckSumMappedFile`): the 16-bit words folded to 16 bits, with the checksum
/// itself as zero, plus the length.
pub(crate) fn checksum(bytes: &[u8], checksum_offset: usize) -> u32 {
    let mut sum: u32 = 0;
    for (index, pair) in bytes.chunks(2).enumerate() {
        let offset = index * 2;
        if offset >= checksum_offset && offset < checksum_offset + 4 {
            continue;
        }
        sum += u32::from(pair[0]) | u32::from(pair.get(1).copied().unwrap_or(0)) << 8;
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum.wrapping_add(bytes.len() as u32)
}
