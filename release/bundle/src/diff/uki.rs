// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A unified kernel image by its sections.
//!
//! Parts: each section by its name (its bytes without the zeroes that fill it up); `headers`, everything before the
//! first section, with zeroes in the fields that say sizes and places; `places`, those fields; `appended`, what follows
//! the last section (a Secure Boot signature). Between sections there are only zeroes, so nothing is in no part.
//!
//! Format: Microsoft's "PE Format". The fields that are places:
//! ```text
//! optional header   +8 initialized data, +56 image size, +64 checksum, +144 security directory (8 bytes)
//! section header    +8 virtual size, virtual address, raw size, raw offset (4 bytes each)
//! ```

use std::ops::Range;

use super::decode::{Decoder, Part};

const MAGIC_PE32_PLUS: u32 = 0x20b;
/// Bytes of the optional header with all its data directories.
const OPTIONAL_HEADER: usize = 240;
const SECTION_HEADER: usize = 40;
/// The fields of the optional header that say sizes and places.
const PLACES: [Range<usize>; 4] = [8..12, 56..60, 64..68, 144..152];
/// The fields of a section header that do.
const SECTION_PLACES: Range<usize> = 8..24;

/// Takes apart every file of a release whose name ends with `.efi`.
#[derive(Clone, Copy, Debug)]
pub struct UkiDecoder;

impl Decoder for UkiDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        if !path.ends_with(".efi") || path.contains('!') {
            return Ok(None);
        }
        let pe = number(bytes, 0x3c, 4)?;
        if slice(bytes, 0, 2)? != b"MZ" || slice(bytes, pe, 4)? != b"PE\0\0" {
            return Err("it is no PE image".to_owned());
        }
        let optional = pe.saturating_add(24);
        if number(bytes, optional, 2)? != MAGIC_PE32_PLUS as usize
            || number(bytes, pe.saturating_add(20), 2)? != OPTIONAL_HEADER
        {
            return Err("it is not PE32+ with 16 data directories".to_owned());
        }
        let table = optional + OPTIONAL_HEADER;
        let headers: Vec<usize> =
            (0..number(bytes, pe + 6, 2)?).map(|index| table + SECTION_HEADER * index).collect();
        let mut at = number(bytes, optional + 60, 4)?;
        if at < table + SECTION_HEADER * headers.len() {
            return Err("its headers are longer than they say".to_owned());
        }
        let (fixed, places) = split(slice(bytes, 0, at)?, optional, &headers);
        let mut parts = vec![Part::owned("headers", fixed), Part::owned("places", places)];
        for header in headers {
            parts.push(section(bytes, header, &mut at)?);
        }
        if at < bytes.len() {
            parts.push(Part::borrowed("appended", &bytes[at..]));
        }
        Ok(Some(parts))
    }
}

/// The section of the header at `header`; `at` is where the one before ended.
fn section<'a>(bytes: &'a [u8], header: usize, at: &mut usize) -> Result<Part<'a>, String> {
    let name = slice(bytes, header, 8)?;
    let name = &name[..name.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1)];
    let name = std::str::from_utf8(name).map_err(|_| "the name of a section is not UTF-8")?;
    let virtual_size = number(bytes, header + 8, 4)?;
    let (size, offset) = (number(bytes, header + 16, 4)?, number(bytes, header + 20, 4)?);
    if size == 0 {
        return Ok(Part::borrowed(name, &[]));
    }
    let raw = slice(bytes, offset, size)?;
    let gap = bytes.get(*at..offset).ok_or_else(|| format!("its section {name} overlaps the one before"))?;
    let used = size.min(virtual_size);
    if gap.iter().chain(&raw[used..]).any(|byte| *byte != 0) {
        return Err(format!("around its section {name} are bytes that belong to none"));
    }
    *at = offset + size;
    Ok(Part::borrowed(name, &raw[..used]))
}

/// The headers with zeroes for sizes and places, and these.
fn split(headers: &[u8], optional: usize, sections: &[usize]) -> (Vec<u8>, Vec<u8>) {
    let mut fixed = headers.to_vec();
    let mut places = Vec::new();
    let shifted = |at: usize, range: &Range<usize>| at + range.start..at + range.end;
    let fields = PLACES.iter().map(|range| shifted(optional, range));
    for field in fields.chain(sections.iter().map(|at| shifted(*at, &SECTION_PLACES))) {
        places.extend_from_slice(&headers[field.clone()]);
        fixed[field].fill(0);
    }
    (fixed, places)
}

fn slice(bytes: &[u8], at: usize, length: usize) -> Result<&[u8], String> {
    let end = at.checked_add(length);
    end.and_then(|end| bytes.get(at..end))
        .ok_or_else(|| format!("it ends before offset {at:#x} + {length:#x}"))
}

/// A little-endian number of up to four bytes.
fn number(bytes: &[u8], at: usize, length: usize) -> Result<usize, String> {
    Ok(slice(bytes, at, length)?.iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte)))
}

#[cfg(test)]
mod tests;
