// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The frame of a module zip: one place where its directory begins, and one where it ends.
//!
//! Readers find the end of the directory in three ways: by the number of entries, by its size, or where the end record begins.
//! Where these differ, one file is several zips, and what is unpacked has other files than what was hashed. So they have to be
//! the same, with nothing in front of the zip and nothing behind it, as go writes it. A zip of 65535 files or more would need
//! other records; no module has so many.
//!
//! Format: PKWARE's APPNOTE.TXT, 4.3.12 "Central directory structure" and 4.3.16 "End of central directory record":
//! ```text
//! files
//! directory    per file: "PK\1\2", at 28 the lengths of name, extra field and comment (u16 each), 46 bytes; then these
//! end record   "PK\5\6", u16 disk, first disk, entries on it, entries; u32 size, offset of the directory; u16 length of comment
//! ```

use std::io::{self, Read, Seek, SeekFrom};

const END_RECORD: usize = 22;
const HEADER: usize = 46;

/// Where the directory of a zip begins, and how many entries it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Frame {
    pub(super) directory: u64,
    pub(super) entries: usize,
}

impl Frame {
    /// The frame of `zip`, and why it is none.
    pub(super) fn read(zip: &mut (impl Read + Seek)) -> Result<Self, String> {
        let unread = |error: io::Error| format!("its directory cannot be read: {error}");
        let end = zip.seek(SeekFrom::End(-(END_RECORD as i64))).map_err(unread)?;
        let mut record = [0; END_RECORD];
        zip.read_exact(&mut record).map_err(unread)?;
        let wide = |at: usize| u64::from(short(&record, at)) | u64::from(short(&record, at + 2)) << 16;
        let (count, size, directory) = (short(&record, 10), wide(12), wide(16));
        if !record.starts_with(b"PK\x05\x06") || short(&record, 20) != 0 {
            return Err("it does not end with the end record of a zip".to_owned());
        }
        if short(&record, 4) != 0 || short(&record, 6) != 0 || short(&record, 8) != count || count == u16::MAX
        {
            return Err("it is split, or has 65535 files or more".to_owned());
        }
        if directory + size != end {
            return Err("its directory does not lie where its end record says".to_owned());
        }
        zip.seek(SeekFrom::Start(directory)).map_err(unread)?;
        let mut rest = zip.take(size);
        for _ in 0..count {
            let mut header = [0; HEADER];
            rest.read_exact(&mut header).map_err(unread)?;
            if !header.starts_with(b"PK\x01\x02") {
                return Err("its directory has fewer entries than it counts".to_owned());
            }
            let length = [28, 30, 32].map(|at| u64::from(short(&header, at))).iter().sum();
            if io::copy(&mut (&mut rest).take(length), &mut io::sink()).map_err(unread)? != length {
                return Err("its directory ends inside an entry".to_owned());
            }
        }
        if rest.limit() != 0 {
            return Err("its directory holds more than the entries that it counts".to_owned());
        }
        Ok(Self { directory, entries: usize::from(count) })
    }
}

fn short(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

#[cfg(test)]
mod tests;
