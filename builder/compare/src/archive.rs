// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Archives and compressed files, taken apart by what they begin with.
//!
//! | format | begins with | read by |
//! |---|---|---|
//! | gzip (RFC 1952), xz, zstd (RFC 8878) | `1f 8b`, `fd 37 7a 58 5a 00`, `28 b5 2f fd` | their libraries |
//! | ar | `!<arch>\n` | `object` |
//! | tar | `ustar` at 257 | `tar` |
//! | newc | `070701` | [`newc`] |

mod newc;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Read;

use liblzma::stream::{CONCATENATED, Stream};
use object::read::archive::ArchiveFile;

use crate::compare::{Item, items};
use crate::content::{Budget, at_depth};
use crate::hexdump::window;
use crate::names::Names;
use crate::report::{Bounds, Comparison, Content, Detail};

/// What unpacking an xz file may take: its author chooses the size of the dictionary. `xz -9` needs a quarter.
const XZ_MEMORY: u64 = 256 << 20;

/// What an archive or compressed file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Gzip,
    Xz,
    Zstd,
    Ar,
    Tar,
    Newc,
}

impl Format {
    /// The format of something that begins like `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        let marks: [(usize, &[u8], Self); 6] = [
            (0, b"\x1f\x8b", Self::Gzip),
            (0, b"\xfd7zXZ\0", Self::Xz),
            (0, b"\x28\xb5\x2f\xfd", Self::Zstd),
            (0, b"!<arch>\n", Self::Ar),
            (257, b"ustar", Self::Tar),
            (0, b"070701", Self::Newc),
        ];
        let found =
            marks.iter().find(|(at, mark, _)| bytes.get(*at..).is_some_and(|rest| rest.starts_with(mark)));
        found.map(|(_, _, format)| *format)
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
            Self::Ar => "ar",
            Self::Tar => "tar",
            Self::Newc => "newc",
        }
    }
}

/// Members by name, and their names in order.
#[derive(Debug, Default)]
struct Members<'a> {
    names: Names,
    order: Vec<String>,
    by_name: BTreeMap<String, Item<Cow<'a, [u8]>>>,
}

impl<'a> Members<'a> {
    fn add(&mut self, name: &str, item: Item<Cow<'a, [u8]>>) {
        let name = self.names.take(name);
        self.order.push(name.clone());
        self.by_name.insert(name, item);
    }
}

/// What differs in two files of one format; `None` if one of them cannot be read as that.
pub(crate) fn taken_apart(
    format: Format,
    one: &[u8],
    two: &[u8],
    bounds: &Bounds,
    depth: usize,
) -> Option<Detail> {
    let name = format.name();
    let members: fn(&[u8]) -> Option<Members<'_>> = match format {
        Format::Gzip | Format::Xz | Format::Zstd => {
            let (one, two) =
                (unpacked(format, one, bounds.unpacked)?, unpacked(format, two, bounds.unpacked)?);
            // What is inside stays in memory while it is looked into, so there is less room for what is inside of that.
            let held = one.len().max(two.len()) as u64;
            let left = Bounds { unpacked: bounds.unpacked.saturating_sub(held), ..*bounds };
            let inside = at_depth(&one, &two, &left, depth + 1).map(Box::new);
            return Some(Detail::Packed { format: name, inside });
        }
        Format::Ar => ar,
        Format::Tar => tar,
        Format::Newc => newc::members,
    };
    let members = compared(&members(one)?, &members(two)?, bounds, depth);
    let rest = members.is_same().then(|| window(one, two));
    Some(Detail::Members { format: name, members, rest })
}

fn compared(one: &Members<'_>, two: &Members<'_>, bounds: &Bounds, depth: usize) -> Comparison {
    let mut budget = Budget::new(bounds);
    let content = |_: &str, one: &Cow<'_, [u8]>, two: &Cow<'_, [u8]>, sizes| {
        Ok::<Option<Content>, Infallible>(match one == two {
            true => None,
            false if budget.take() => at_depth(one, two, bounds, depth + 1),
            false => Some(Content::unread(sizes)),
        })
    };
    let Ok(mut found) = items(&one.by_name, &two.by_name, content);
    let common = |members: &Members<'_>, other: &Members<'_>| -> Vec<String> {
        members.order.iter().filter(|name| other.by_name.contains_key(*name)).cloned().collect()
    };
    found.reordered = common(one, two) != common(two, one);
    found
}

/// What is packed in `bytes`, if that is no more than `most` bytes.
fn unpacked(format: Format, bytes: &[u8], most: u64) -> Option<Vec<u8>> {
    let mut reader: Box<dyn Read + '_> = match format {
        Format::Gzip => Box::new(flate2::read::MultiGzDecoder::new(bytes)),
        Format::Xz => {
            let stream = Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED).ok()?;
            Box::new(liblzma::read::XzDecoder::new_stream(bytes, stream))
        }
        Format::Zstd => Box::new(zstd::Decoder::new(bytes).ok()?),
        Format::Ar | Format::Tar | Format::Newc => return None,
    };
    let mut unpacked = Vec::new();
    (&mut reader).take(most.saturating_add(1)).read_to_end(&mut unpacked).ok()?;
    (unpacked.len() as u64 <= most).then_some(unpacked)
}

fn ar(bytes: &[u8]) -> Option<Members<'_>> {
    let archive = ArchiveFile::parse(bytes).ok().filter(|archive| !archive.is_thin())?;
    let mut members = Members::default();
    for member in archive.members() {
        let member = member.ok()?;
        let data = member.data(bytes).ok()?;
        let number = |what: &str, number: Option<u64>| Some((what.to_owned(), number?.to_string()));
        let mode = member.mode().map(|mode| ("mode".to_owned(), format!("{mode:04o}")));
        let facts =
            [number("time", member.date()), number("uid", member.uid()), number("gid", member.gid()), mode];
        let item = Item {
            kind: "member",
            facts: facts.into_iter().flatten().collect(),
            content: Some((data.into(), data.len() as u64)),
        };
        members.add(&String::from_utf8_lossy(member.name()), item);
    }
    Some(members)
}

fn tar(bytes: &[u8]) -> Option<Members<'_>> {
    let mut members = Members::default();
    for entry in tar::Archive::new(bytes).entries().ok()? {
        let entry = entry.ok()?;
        let header = entry.header();
        // A sparse file of a few bytes may stand for any number of them.
        if header.entry_type().is_gnu_sparse() || has_sign(header.as_bytes()) {
            return None;
        }
        let mut facts = BTreeMap::from([
            ("mode".to_owned(), format!("{:04o}", header.mode().ok()?)),
            ("owner".to_owned(), format!("{}:{}", header.uid().ok()?, header.gid().ok()?)),
            ("time".to_owned(), header.mtime().ok()?.to_string()),
        ]);
        let kind = match header.entry_type() {
            tar::EntryType::Directory => "directory",
            tar::EntryType::Symlink => "link",
            tar::EntryType::Link => "hardlink",
            kind if kind.is_file() => "file",
            _ => "special file",
        };
        if let Some(target) = entry.link_name_bytes() {
            facts.insert("target".to_owned(), String::from_utf8_lossy(&target).into_owned());
        }
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let (start, size) = (usize::try_from(entry.raw_file_position()).ok()?, entry.size());
        let data = bytes.get(start..start.checked_add(usize::try_from(size).ok()?)?)?;
        let content = (kind == "file").then_some((data.into(), size));
        members.add(&name, Item { kind, facts, content });
    }
    Some(members)
}

/// Whether a number of a tar header is octal and has a sign, which this reader takes, and others take for something else.
fn has_sign(header: &[u8; 512]) -> bool {
    let (mode, owner, group, size, time, sum) = (100..108, 108..116, 116..124, 124..136, 136..148, 148..156);
    [mode, owner, group, size, time, sum].into_iter().any(|field| {
        let field = header.get(field).unwrap_or_default();
        let is_octal = field.first().is_some_and(u8::is_ascii);
        is_octal && field.iter().take_while(|byte| **byte != 0).any(|byte| *byte == b'+')
    })
}

#[cfg(test)]
mod tests;
