// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads an initramfs, by other code than the one that writes it.
//!
//! Format: Documentation/driver-api/early-userspace/buffer-format.rst, "newc": per entry `070701` and 13 fields of 8
//! hex digits (ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize check), the name with NUL padded to
//! 4, the data padded to 4, both with zeroes; the last entry is `TRAILER!!!`. The kernel goes on behind the trailer with a next
//! archive, whose files replace those before, so anything but zeroes there is refused, and so is a name that comes
//! twice.
//!
//! What the kernel would make something else of than it says is refused (init/initramfs.c): a file with more than one
//! link, because the kernel makes it a hard link of an earlier file with the same inode number, and its content replaces
//! that file's; a name that leads to the place of another one, such as `./init`; what the kernel leaves out, because its
//! name is too long, a folder has content, or its folder is not there yet.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::AuditError;

const HEADER: usize = 110;
const TRAILER: &str = "TRAILER!!!";
const FIELDS: usize = 13;
/// The longest name that the kernel takes, with its NUL.
const PATH_MAX: usize = 4096;
/// An initramfs of a release has less than ten. Each takes more memory here than in the archive.
const MAX_ENTRIES: usize = 10_000;

/// One entry, and where it lies in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) name: String,
    pub(crate) mode: u32,
    links: u32,
    /// Header, name, content and padding.
    pub(crate) whole: Range<usize>,
    pub(crate) content: Range<usize>,
}

impl Entry {
    /// The type bits of a file's mode.
    const TYPE: u32 = 0o170_000;

    /// Whether it is a regular file.
    pub(crate) const fn is_file(&self) -> bool {
        self.mode & Self::TYPE == 0o100_000
    }

    /// Whether it is a directory.
    pub(crate) const fn is_directory(&self) -> bool {
        self.mode & Self::TYPE == 0o040_000
    }
}

/// Reads all entries but the trailer.
pub(crate) fn entries(bytes: &[u8]) -> Result<Vec<Entry>, AuditError> {
    let mut result = Vec::new();
    // By name, whether it is a folder.
    let mut names = BTreeMap::new();
    let mut at = 0;
    loop {
        let entry = entry(bytes, at)?;
        at = entry.whole.end;
        if entry.name == TRAILER {
            if !entry.content.is_empty() {
                return wrong(entry.whole.start, "the trailer has a content");
            }
            break;
        }
        if let Some(reason) = hidden(&entry, &names) {
            return wrong(entry.whole.start, reason);
        }
        if result.len() == MAX_ENTRIES {
            return wrong(entry.whole.start, "it has more entries than any initramfs of a release");
        }
        names.insert(entry.name.clone(), entry.is_directory());
        result.push(entry);
    }
    match bytes.get(at..).unwrap_or_default().iter().position(|byte| *byte != 0) {
        Some(more) => wrong(at + more, "something follows the trailer"),
        None => Ok(result),
    }
}

fn wrong<T>(offset: usize, reason: &'static str) -> Result<T, AuditError> {
    Err(AuditError::Archive { offset, reason })
}

fn entry(bytes: &[u8], at: usize) -> Result<Entry, AuditError> {
    let Some(header) = bytes.get(at..).and_then(|rest| rest.first_chunk::<HEADER>()) else {
        return wrong(at, "it ends without a trailer");
    };
    if header[..6] != *b"070701" {
        return wrong(at, "no entry begins here");
    }
    let mut fields = [0_u32; FIELDS];
    for (field, digits) in fields.iter_mut().zip(header[6..].chunks_exact(8)) {
        let value = digits.iter().try_fold(0_u32, |value, digit| {
            let digit = char::from(*digit).to_digit(16)?;
            Some(value << 4 | digit)
        });
        let Some(value) = value else {
            return wrong(at, "a field is no hexadecimal number");
        };
        *field = value;
    }
    let [_, mode, _, _, links, _, size, _, _, _, _, name_size, _] = fields;
    let name_at = at + HEADER;
    let name_end = name_at.checked_add(name_size as usize).filter(|end| *end <= bytes.len());
    let Some((name, [0])) = name_end.and_then(|end| bytes[name_at..end].split_last_chunk::<1>()) else {
        return wrong(name_at, "a name does not fit");
    };
    let Some(name) = std::str::from_utf8(name).ok().filter(|name| !name.contains('\0')) else {
        return wrong(name_at, "a name is not UTF-8 or holds a NUL");
    };
    let start = (name_at + name.len() + 1).next_multiple_of(4);
    let end = start.checked_add(size as usize).filter(|end| *end <= bytes.len());
    let Some(end) = end else {
        return wrong(at, "an entry's content reaches beyond the end");
    };
    let whole = at..end.next_multiple_of(4).min(bytes.len());
    let padding = [name_at + name.len()..start, end..whole.end];
    if padding.into_iter().any(|part| bytes[part].iter().any(|byte| *byte != 0)) {
        return wrong(at, "the padding of an entry is not zero");
    }
    Ok(Entry { name: name.to_owned(), mode, links, whole, content: start..end })
}

/// What the kernel would make of an entry that it does not show, judged by the entries before.
fn hidden(entry: &Entry, before: &BTreeMap<String, bool>) -> Option<&'static str> {
    let strict = |part: &str| !matches!(part, "" | "." | "..");
    if before.contains_key(&entry.name) {
        return Some("a name comes twice");
    }
    if entry.name.len() >= PATH_MAX || !entry.name.split('/').all(strict) {
        return Some("a name is no plain path below the root, or too long");
    }
    if entry.name.rsplit_once('/').is_some_and(|(folder, _)| before.get(folder) != Some(&true)) {
        return Some("a name lies in a folder that no entry before makes");
    }
    if entry.is_file() && entry.links != 1 {
        return Some("a file has more links than one, or none: its content could replace another file's");
    }
    (entry.is_directory() && !entry.content.is_empty()).then_some("a folder has content")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic;

    fn archive(files: &[(&str, &[u8])]) -> Vec<u8> {
        let files: Vec<_> = files.iter().map(|(name, content)| (*name, *content, false)).collect();
        synthetic::archive(&files)
    }

    #[test]
    fn every_entry_is_found_with_its_place() {
        let bytes = archive(&[("ashlar/boot.json", b"{}"), ("init", b"program")]);
        let read = entries(&bytes).unwrap();
        let names: Vec<&str> = read.iter().map(|entry| entry.name.as_str()).collect();
        assert_eq!(names, ["ashlar", "ashlar/boot.json", "init"]);
        assert!(read[0].is_directory() && read[1].is_file());
        assert_eq!(&bytes[read[2].content.clone()], b"program");
        assert!(read.windows(2).all(|pair| pair[0].whole.end == pair[1].whole.start));
    }

    #[test]
    fn a_second_archive_behind_the_trailer_is_refused() {
        let mut bytes = archive(&[("init", b"good")]);
        bytes.extend_from_slice(&archive(&[("init", b"evil")]));
        let message = entries(&bytes).unwrap_err().to_string();
        assert!(message.contains("follows the trailer"), "{message}");
    }

    #[test]
    fn bytes_hidden_in_the_trailer_are_refused() {
        let mut bytes = archive(&[("init", b"good")]);
        let name = bytes.windows(TRAILER.len()).rposition(|name| name == TRAILER.as_bytes()).unwrap();
        let size = name - HEADER + 6 + 8 * 6;
        bytes[size..size + 8].copy_from_slice(b"00000004");
        let content = (name + TRAILER.len() + 1).next_multiple_of(4);
        bytes.resize(content, 0);
        bytes.extend_from_slice(b"evil");
        assert!(entries(&bytes).unwrap_err().to_string().contains("the trailer has a content"));
    }

    #[test]
    fn bytes_hidden_in_padding_are_refused() {
        let good = archive(&[("init", b"program")]);
        let read = entries(&good).unwrap();
        let trailer = good.windows(TRAILER.len()).rposition(|name| name == TRAILER.as_bytes()).unwrap();
        for at in [read[0].content.start - 1, read[0].content.end, trailer + TRAILER.len() + 1] {
            let mut bytes = good.clone();
            assert_eq!(bytes[at], 0);
            bytes[at] = b'$';
            assert!(entries(&bytes).unwrap_err().to_string().contains("the padding of an entry"), "{at}");
        }
    }

    #[test]
    fn a_name_that_comes_twice_is_refused() {
        let bytes = archive(&[("init", b"good"), ("ini2", b"evil")]);
        let text = bytes.windows(4).position(|name| name == b"ini2").unwrap();
        let mut bytes = bytes;
        bytes[text + 3] = b't';
        assert!(entries(&bytes).unwrap_err().to_string().contains("twice"));
    }

    #[test]
    fn a_length_that_reaches_beyond_the_archive_is_refused() {
        let bytes = archive(&[("init", b"good")]);
        for field in [6, 11] {
            let mut bytes = bytes.clone();
            bytes[6 + 8 * field..14 + 8 * field].copy_from_slice(b"FFFFFFFF");
            assert!(entries(&bytes).is_err());
        }
    }

    #[test]
    fn more_entries_than_memory_should_hold_are_refused() {
        let names: Vec<String> = (0..=MAX_ENTRIES).map(|index| format!("{index:05}")).collect();
        let files: Vec<_> = names.iter().map(|name| (name.as_str(), &b""[..])).collect();
        assert!(entries(&archive(&files[1..])).is_ok());
        assert!(entries(&archive(&files)).unwrap_err().to_string().contains("more entries"));
    }

    proptest::proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
            let _ = entries(&bytes).is_ok();
        }

        #[test]
        fn changed_archives_never_panic(changes: Vec<(u16, u8)>) {
            let mut bytes = archive(&[("ashlar/boot.json", b"{}"), ("init", b"program")]);
            let length = bytes.len();
            for (at, value) in changes {
                bytes[usize::from(at) % length] = value;
            }
            if let Ok(read) = entries(&bytes) {
                proptest::prop_assert!(read.iter().all(|entry| entry.content.end <= length));
            }
        }
    }
}
