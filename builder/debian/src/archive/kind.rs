// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a source is by its first bytes: a tar archive, an archive that is not read here, or one file. Names say nothing.
//!
//! A tar archive begins with a header that has `ustar` at byte 257 (POSIX.1-2017, pax, "ustar Interchange Format"), or at least
//! a right checksum, as before POSIX. A damaged one that has either is still one: reading it says what is wrong.

use std::io::Read;

use super::format::{Format, detect};
use super::input::Ledger;
use crate::{ArchiveProblem, DebianError};

/// Bytes of a header.
const HEADER: usize = 512;
/// Where the checksum stands, which counts as blanks in itself.
const CHECKSUM: std::ops::Range<usize> = 148..156;
/// First bytes of what holds files, or a compressed archive, and is not read here.
const FOREIGN: [(&[u8], &str); 11] = [
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"PK\x07\x08", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "rar"),
    (b"!<arch>\n", "ar"),
    (b"07070", "cpio"),
    (b"LZIP", "lzip"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x5d\x00\x00", "lzma"),
    (b"\x1f\x9d", "compress"),
];

/// What a source is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArchiveKind {
    /// A tar archive, compressed or not.
    Tar,
    /// Another archive, or one compressed in another way, with the name of the format.
    Foreign(&'static str),
    /// Of no known format: one file, which may be compressed.
    File,
}

impl ArchiveKind {
    /// Looks at the first bytes of `reader`. `archive` names it in errors.
    ///
    /// # Errors
    /// [`DebianError::Archive`] if it cannot be read, or is compressed and damaged at its begin.
    pub fn of(archive: &str, reader: impl Read) -> Result<Self, DebianError> {
        kind_of(reader).map_err(|problem| DebianError::archive(archive, None, problem))
    }
}

fn kind_of(reader: impl Read) -> Result<ArchiveKind, ArchiveProblem> {
    let ledger = Ledger::default();
    let (format, mut input) = detect(reader, &ledger)?;
    let corrupt = |cause| match format {
        Format::Plain => ArchiveProblem::Input(cause),
        _ => ArchiveProblem::Compression { format: format.name(), cause },
    };
    let decoder = format.decoder(&mut *input).map_err(|error| ledger.problem(&error, corrupt))?;
    let mut start = Vec::new();
    let read = decoder.take(HEADER as u64).read_to_end(&mut start);
    read.map_err(|error| ledger.problem(&error, corrupt))?;
    if start.get(257..262) == Some(b"ustar") || has_checksum(&start) {
        return Ok(ArchiveKind::Tar);
    }
    let foreign = FOREIGN.iter().find(|(magic, _)| start.starts_with(magic));
    Ok(foreign.map_or(ArchiveKind::File, |(_, name)| ArchiveKind::Foreign(name)))
}

/// Whether it is a whole header whose checksum is right.
fn has_checksum(start: &[u8]) -> bool {
    let Ok(header) = <&[u8; HEADER]>::try_from(start) else { return false };
    let byte = |(at, byte): (usize, &u8)| u32::from(if CHECKSUM.contains(&at) { b' ' } else { *byte });
    let sum: u32 = header.iter().enumerate().map(byte).sum();
    tar::Header::from_byte_slice(header).cksum().is_ok_and(|said| said == sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tar(old: bool) -> Vec<u8> {
        let mut header = if old { tar::Header::new_old() } else { tar::Header::new_ustar() };
        header.set_path("it/COPYING").unwrap();
        header.set_size(5);
        header.set_cksum();
        let mut builder = tar::Builder::new(Vec::new());
        builder.append(&header, &b"terms"[..]).unwrap();
        builder.into_inner().unwrap()
    }

    fn kind(bytes: &[u8]) -> ArchiveKind {
        ArchiveKind::of("x", bytes).unwrap()
    }

    #[test]
    fn archives_are_told_from_files_whatever_they_are_called() {
        for old in [false, true] {
            let bytes = tar(old);
            assert_eq!(kind(&bytes), ArchiveKind::Tar);
            assert_eq!(kind(&zstd::encode_all(&bytes[..], 1).unwrap()), ArchiveKind::Tar);
        }
        assert_eq!(kind(b"PK\x03\x04\x14\x00"), ArchiveKind::Foreign("zip"));
        assert_eq!(kind(b"!<arch>\ndebian-binary"), ArchiveKind::Foreign("ar"));
        for file in [&b""[..], b"#!/bin/sh\n", &[0; 2000], b"P"] {
            assert_eq!(kind(file), ArchiveKind::File);
            assert_eq!(kind(&zstd::encode_all(file, 1).unwrap()), ArchiveKind::File);
        }
    }

    #[test]
    fn a_damaged_archive_is_no_file() {
        let mut bytes = tar(false);
        // In the size: the checksum is wrong, and reading it will say so.
        bytes[130] ^= 1;
        assert_eq!(kind(&bytes), ArchiveKind::Tar);
        assert_eq!(kind(&bytes[..300]), ArchiveKind::Tar);
        let packed = zstd::encode_all(&bytes[..], 1).unwrap();
        assert!(ArchiveKind::of("x", &packed[..packed.len() / 2]).is_err());
        assert!(ArchiveKind::of("x", &b"\x1f\x8bdamaged"[..]).is_err());
    }
}
