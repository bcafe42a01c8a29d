// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The places of a PE32+ image that signing is about.
//!
//! Format: Microsoft's "PE Format". The image has to be one stretch without holes, as the unified kernel image is:
//! ```text
//! headers | section data in the order of the section headers, each at the end of the one before | certificate table
//! ```
//! Then Authenticode's digest, which goes section by section, leaves out nothing but checksum, security directory and
//! certificate table, and nothing can hide where readers differ about what is hashed.

use object::LittleEndian as LE;
use object::read::pe::PeFile64;

use crate::SecureBootError;

/// Where the optional header begins behind the PE signature.
const OPTIONAL: usize = 24;
const OPTIONAL_FIXED: usize = 112;
const CHECKSUM: usize = 64;
const SECURITY_DIRECTORY: usize = 4;

/// The places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    /// Of the checksum, 4 bytes, at an even offset.
    pub(crate) checksum: usize,
    /// Of the security directory's entry: offset and size of the certificate table, 4 bytes each.
    pub(crate) security: usize,
    /// Where the last section ends, a multiple of 8.
    pub(crate) end: usize,
}

fn fault<T>(offset: usize, reason: &'static str) -> Result<T, SecureBootError> {
    Err(SecureBootError::Image { offset, reason })
}

impl Layout {
    fn of(pe: &[u8]) -> Result<Self, SecureBootError> {
        let Ok(file) = PeFile64::parse(pe) else {
            return fault(0, "it is no PE32+ image");
        };
        if u32::try_from(pe.len()).is_err() {
            return fault(0, "it is longer than 4 GiB");
        }
        let start = file.dos_header().nt_headers_offset() as usize;
        let headers = file.nt_headers();
        let directories = headers.optional_header.number_of_rva_and_sizes.get(LE) as usize;
        let optional_size = usize::from(headers.file_header.size_of_optional_header.get(LE));
        if !start.is_multiple_of(8) {
            return fault(0x3c, "its headers are not at a multiple of 8");
        }
        let optional = start + OPTIONAL;
        if !(SECURITY_DIRECTORY + 1..=16).contains(&directories)
            || optional_size != OPTIONAL_FIXED + 8 * directories
        {
            return fault(optional, "it has no room for a certificate table's place");
        }
        let mut end = u64::from(headers.optional_header.size_of_headers.get(LE));
        let sections = file.section_table();
        if (optional + optional_size + 40 * sections.len()) as u64 > end {
            return fault(optional + 60, "its headers are longer than they say");
        }
        for (index, section) in sections.iter().enumerate() {
            let (offset, size) = (section.pointer_to_raw_data.get(LE), section.size_of_raw_data.get(LE));
            if size == 0 {
                continue;
            }
            if u64::from(offset) != end {
                let at = optional + optional_size + 40 * index + 20;
                return fault(at, "a section's data does not begin where the data before it ends");
            }
            end += u64::from(size);
        }
        if end > pe.len() as u64 {
            return fault(pe.len(), "it ends before its last section does");
        }
        let end = end as usize;
        if !end.is_multiple_of(8) {
            return fault(end, "its last section does not end at a multiple of 8");
        }
        let security = optional + OPTIONAL_FIXED + 8 * SECURITY_DIRECTORY;
        Ok(Self { checksum: optional + CHECKSUM, security, end })
    }

    /// Of an image that has no certificate table.
    pub(crate) fn unsigned(pe: &[u8]) -> Result<Self, SecureBootError> {
        let layout = Self::of(pe)?;
        if layout.directory(pe) != (0, 0) {
            return fault(layout.security, "it is signed already");
        }
        if layout.end != pe.len() {
            return fault(layout.end, "there is something behind its last section");
        }
        // What detaching gives back has this checksum, whatever was here.
        if u32_at(pe, layout.checksum) != checksum(pe, layout.checksum) {
            return fault(layout.checksum, "its checksum is wrong");
        }
        Ok(layout)
    }

    /// Of an image whose certificate table is all that follows the last section.
    pub(crate) fn signed(pe: &[u8]) -> Result<Self, SecureBootError> {
        let layout = Self::of(pe)?;
        let (offset, size) = layout.directory(pe);
        let refuse = |offset, reason| Err(SecureBootError::Table { offset, reason });
        if (offset, size) == (0, 0) {
            return refuse(layout.security, "it has none");
        }
        if offset as usize != layout.end {
            return refuse(layout.security, "it does not begin where the last section ends");
        }
        if size as usize != pe.len() - layout.end {
            return refuse(layout.security + 4, "it does not end where the file ends");
        }
        Ok(layout)
    }

    fn directory(&self, pe: &[u8]) -> (u32, u32) {
        (u32_at(pe, self.security), u32_at(pe, self.security + 4))
    }
}

/// The number at `offset`; 0 outside.
pub(crate) fn u32_at(bytes: &[u8], offset: usize) -> u32 {
    bytes.get(offset..).and_then(|rest| rest.first_chunk()).map_or(0, |chunk| u32::from_le_bytes(*chunk))
}

/// The image checksum (as ImageHlp's `CheckSumMappedFile`): one's complement sum of the 16-bit words without the
/// checksum's own, plus the length. `offset` is even.
pub(crate) fn checksum(pe: &[u8], offset: usize) -> u32 {
    let words = |bytes: &[u8]| -> u64 {
        let word = |pair: &[u8]| u64::from(pair[0]) | u64::from(pair.get(1).copied().unwrap_or(0)) << 8;
        bytes.chunks(2).map(word).sum()
    };
    let (before, rest) = pe.split_at(offset.min(pe.len()));
    let mut sum = words(before) + words(rest.get(4..).unwrap_or_default());
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    (sum as u32).wrapping_add(pe.len() as u32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, OPTIONAL as AT, SECTIONS};

    #[test]
    fn an_image_with_holes_or_more_than_its_sections_is_refused() {
        let cases: [(&str, usize, &[u8]); 10] = [
            ("no PE32+", 0, b"ELF"),
            ("no PE32+", AT, &0x10b_u16.to_le_bytes()),
            ("multiple of 8", 0x3c, &0x7c_u32.to_le_bytes()),
            ("no room", AT + 108, &4_u32.to_le_bytes()),
            ("longer than they say", AT + 60, &0x100_u32.to_le_bytes()),
            ("does not begin where", SECTIONS + 20, &0x200_u32.to_le_bytes()),
            ("does not begin where", SECTIONS + 60, &0x608_u32.to_le_bytes()),
            ("does not begin where", SECTIONS + 56, &0x1f0_u32.to_le_bytes()),
            ("ends before", SECTIONS + 56, &u32::MAX.to_le_bytes()),
            ("checksum", AT + 64, &7_u32.to_le_bytes()),
        ];
        for (reason, offset, change) in cases {
            let mut pe = fixture::image();
            pe[offset..offset + change.len()].copy_from_slice(change);
            if reason == "multiple of 8" {
                pe.copy_within(0x80..0x3fc, 0x7c);
            }
            let error = Layout::unsigned(&pe).unwrap_err().to_string();
            if offset == SECTIONS + 56 && change[0] == 0xf0 {
                assert!(error.contains("behind its last section"), "{error}");
            } else {
                assert!(error.contains(reason), "{reason}: {error}");
            }
        }
        for length in 0..fixture::image().len() {
            assert!(Layout::unsigned(&fixture::image()[..length]).is_err(), "cut at {length}");
        }
    }

    proptest::proptest! {
        #[test]
        fn hostile_images_never_panic(changes: Vec<(u16, u8)>, signed: bool, cut: u16) {
            let mut pe = if signed { fixture::signed() } else { fixture::image() };
            for (offset, value) in changes {
                pe[usize::from(offset) % 0x400] = value;
            }
            pe.truncate(pe.len() - usize::from(cut) % 4096 % pe.len());
            for layout in [Layout::unsigned(&pe), Layout::signed(&pe)].into_iter().flatten() {
                proptest::prop_assert!(layout.security + 8 <= layout.end && layout.end <= pe.len());
            }
        }
    }
}
