// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The initramfs by its entries: one newc archive or several, one behind the other, as `ashlar-images` writes them.
//!
//! Of each entry two parts: `<archive>/<path>`, its content, and `<archive>/<path>#header`, its header without the
//! content's size, which the content says itself. Only what that writer writes is taken: padding of zeroes, a trailer with
//! nothing in it, the end at a multiple of 512. So nothing of the file is in no part.
//!
//! What may differ is said by the names of parts, so a name has to be the file that the kernel makes of the entry
//! (init/initramfs.c). Refused is a file with more than one link, whose content the kernel writes into an earlier file of
//! the same inode number; a name that leads to the place of another one; and what the kernel leaves out, because a folder
//! has content, or its folder is not there yet.
//!
//! Format: Documentation/driver-api/early-userspace/buffer-format.rst.
//! ```text
//! "070701" ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize check   13 fields of 8 hex digits
//! name NUL, padded to 4        data, padded to 4
//! ```

use std::collections::BTreeSet;

use super::decode::{Decoder, Part};

const HEADER: usize = 110;
const MAGIC: &[u8] = b"070701";
const END: usize = 512;
const TRAILER: &[u8] = b"TRAILER!!!";
const MODE: usize = 1;
const LINKS: usize = 4;
const FILE_SIZE: usize = 6;
const NAME_SIZE: usize = 11;
const FIELDS: usize = 13;
/// The type bits of a mode, and two of the types.
const TYPE: usize = 0o170_000;
const FILE: usize = 0o100_000;
const FOLDER: usize = 0o040_000;
/// Longest name that Linux has.
const MAX_NAME: usize = 4096;

/// Takes apart `initramfs.cpio` and the `.initrd` section of a unified kernel image.
#[derive(Clone, Copy, Debug)]
pub struct NewcDecoder;

impl Decoder for NewcDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        if path != "initramfs.cpio" && !path.ends_with("!.initrd") {
            return Ok(None);
        }
        let mut reader = Reader { bytes, at: 0, folders: BTreeSet::new() };
        let mut parts = Vec::new();
        let mut archive = 0_usize;
        while reader.at < bytes.len() {
            reader.archive(archive, &mut parts)?;
            archive += 1;
        }
        Ok(Some(parts))
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Those of all archives up to here.
    folders: BTreeSet<&'a str>,
}

impl<'a> Reader<'a> {
    fn fault(&self, what: &str) -> String {
        format!("{what} at offset {}", self.at)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len());
        let end = end.ok_or_else(|| self.fault("the archive ends inside an entry"))?;
        let taken = &self.bytes[self.at..end];
        self.at = end;
        Ok(taken)
    }

    fn padding(&mut self, multiple: usize) -> Result<(), String> {
        let length = self.at.next_multiple_of(multiple) - self.at;
        let zeroes = self.take(length)?.iter().all(|byte| *byte == 0);
        if zeroes { Ok(()) } else { Err(self.fault("padding is not zero before")) }
    }

    fn archive(&mut self, archive: usize, parts: &mut Vec<Part<'a>>) -> Result<(), String> {
        loop {
            let header = self.take(HEADER)?;
            if !header.starts_with(MAGIC) {
                return Err(self.fault("there is no newc header before"));
            }
            let field = |index: usize| -> Result<usize, String> {
                let at = MAGIC.len() + 8 * index;
                hex(&header[at..at + 8])
                    .ok_or_else(|| self.fault("a field is not 8 upper-case hex digits before"))
            };
            let fields = (0..FIELDS).map(field).collect::<Result<Vec<_>, _>>()?;
            let (size, name_size) = (fields[FILE_SIZE], fields[NAME_SIZE]);
            if name_size == 0 || name_size > MAX_NAME {
                return Err(self.fault("a name is empty or too long"));
            }
            let name = self.take(name_size)?;
            let Some((0, name)) = name.split_last().map(|(last, name)| (*last, name)) else {
                return Err(self.fault("a name does not end with NUL before"));
            };
            self.padding(4)?;
            if name == TRAILER {
                let one_link = |(index, value): (usize, &usize)| match index {
                    LINKS => *value == 1,
                    NAME_SIZE => true,
                    _ => *value == 0,
                };
                if !fields.iter().enumerate().all(one_link) {
                    return Err(self.fault("the trailer is not empty before"));
                }
                return self.padding(END);
            }
            let name = std::str::from_utf8(name).map_err(|_| self.fault("a name is not UTF-8 before"))?;
            if name.is_empty() || name.contains(['\0', '#', '!']) {
                return Err(self.fault("a name holds NUL, `#` or `!` before"));
            }
            if let Some(what) = self.hidden(name, fields[MODE], fields[LINKS], size) {
                return Err(self.fault(what));
            }
            let content = self.take(size)?;
            self.padding(4)?;
            let without_size =
                [&header[..MAGIC.len() + 8 * FILE_SIZE], &header[MAGIC.len() + 8 * (FILE_SIZE + 1)..]];
            parts.push(Part::owned(format!("{archive}/{name}#header"), without_size.concat()));
            parts.push(Part::borrowed(format!("{archive}/{name}"), content));
        }
    }

    /// What the kernel would make of an entry that its name does not say. Remembers folders.
    fn hidden(&mut self, name: &'a str, mode: usize, links: usize, size: usize) -> Option<&'static str> {
        if name.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Some("a name is no plain path below the root before");
        }
        if name.rsplit_once('/').is_some_and(|(folder, _)| !self.folders.contains(folder)) {
            return Some("a name lies in a folder that no entry makes before");
        }
        match mode & TYPE {
            FILE if links != 1 => Some("a file has more links than one, or none, before"),
            FOLDER if size != 0 => Some("a folder has content before"),
            FOLDER => {
                self.folders.insert(name);
                None
            }
            _ => None,
        }
    }
}

fn hex(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0_usize, |value, digit| {
        let digit = match digit {
            b'0'..=b'9' => digit - b'0',
            b'A'..=b'F' => digit - b'A' + 10,
            _ => return None,
        };
        value.checked_mul(16)?.checked_add(usize::from(digit))
    })
}

#[cfg(test)]
pub(crate) mod tests;
