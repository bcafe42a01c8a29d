// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One inode of an erofs: what `ls` shows of it, its extended attributes, and where its data lie.
//!
//! Format: fs/erofs/erofs_fs.h of the kernel, `struct erofs_inode_compact` and `erofs_inode_extended`,
//! `erofs_xattr_ibody_header`, `erofs_xattr_entry`. An inode has its place at its number times 32:
//! ```text
//! compact    0 format  2 attributes  4 mode  6 links   8 size (u32)  16 block or device  24 uid  26 gid (u16)     32 bytes
//! extended   0 format  2 attributes  4 mode            8 size (u64)  16 block or device  24 uid  28 gid (u32)
//!            32 time (u64)  40 nanoseconds  44 links (u32)                                                         64 bytes
//! attributes 4 shared ones (u8)  12 their numbers (u32 each)  entries: length of name, prefix, length of value (u16), name, value
//! format     bit 0 extended   bits 1 to 3 layout: 0 plain, 2 plain with its last part behind the inode, else compressed
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::bytes::{number, size, slice};
use super::superblock::Superblock;

const FORMAT_MASK: u64 = 0x3f;
const PLAIN: u64 = 0;
const INLINE: u64 = 2;
/// Compressed, with an index in either of two forms (`clusters`).
const COMPRESSED: [u64; 2] = [1, 3];
const PREFIXES: [(u64, &str); 5] = [
    (1, "user."),
    (2, "system.posix_acl_access"),
    (3, "system.posix_acl_default"),
    (4, "trusted."),
    (6, "security."),
];

/// What a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Fifo,
    CharacterDevice,
    Directory,
    BlockDevice,
    File,
    Symlink,
    Socket,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fifo => "fifo",
            Self::CharacterDevice => "character device",
            Self::Directory => "directory",
            Self::BlockDevice => "block device",
            Self::File => "file",
            Self::Symlink => "symlink",
            Self::Socket => "socket",
        }
    }

    fn of(mode: u64) -> Option<Self> {
        Some(match mode >> 12 {
            0o01 => Self::Fifo,
            0o02 => Self::CharacterDevice,
            0o04 => Self::Directory,
            0o06 => Self::BlockDevice,
            0o10 => Self::File,
            0o12 => Self::Symlink,
            0o14 => Self::Socket,
            _ => return None,
        })
    }
}

/// One inode.
#[derive(Clone, Debug)]
pub(crate) struct Inode {
    pub(crate) kind: Kind,
    /// Permissions with the special bits.
    pub(crate) mode: u64,
    pub(crate) uid: u64,
    pub(crate) gid: u64,
    pub(crate) links: u64,
    /// Seconds and nanoseconds; a compact inode has none of its own.
    pub(crate) time: Option<(u64, u64)>,
    pub(crate) size: u64,
    /// Number of a device, first block of data, or what else the layout has there.
    pub(crate) place: u64,
    pub(crate) xattrs: BTreeMap<String, Vec<u8>>,
    pub(crate) layout: u64,
    /// Offset of what follows inode and attributes.
    pub(crate) tail: usize,
}

impl Inode {
    pub(crate) fn read(image: &[u8], superblock: &Superblock, number_of: u64) -> Result<Self, String> {
        let at = usize::try_from(number_of)
            .ok()
            .and_then(|inode| inode.checked_mul(32)?.checked_add(superblock.inodes));
        let at = at.ok_or("an inode is beyond memory")?;
        let field = |offset: usize, length: usize| number(image, at.saturating_add(offset), length);
        let format = field(0, 2)?;
        if format & !FORMAT_MASK != 0 {
            return Err(format!("inode {number_of} is of a format that is not known here"));
        }
        let extended = format & 1 == 1;
        let length = if extended { 64 } else { 32 };
        let mode = field(4, 2)?;
        let attributes = match field(2, 2)? {
            0 => 0,
            count => 12 + 4 * (count as usize - 1),
        };
        let body = at + length;
        Ok(Self {
            kind: Kind::of(mode).ok_or_else(|| format!("inode {number_of} has no known type"))?,
            mode: mode & 0o7777,
            uid: if extended { field(24, 4)? } else { field(24, 2)? },
            gid: if extended { field(28, 4)? } else { field(26, 2)? },
            links: if extended { field(44, 4)? } else { field(6, 2)? },
            time: if extended { Some((field(32, 8)?, field(40, 4)?)) } else { None },
            size: if extended { field(8, 8)? } else { field(8, 4)? },
            place: field(16, 4)?,
            xattrs: xattrs(image, superblock, slice(image, body, attributes)?, body)?,
            layout: format >> 1 & 7,
            tail: body + attributes,
        })
    }

    /// Whether its data is compressed, or lies in the packed file.
    pub(crate) fn is_compressed(&self) -> bool {
        COMPRESSED.contains(&self.layout)
    }

    /// The data of what is not compressed, as folders and links never are.
    pub(crate) fn plain_data<'a>(
        &self,
        image: &'a [u8],
        superblock: &Superblock,
    ) -> Result<Cow<'a, [u8]>, String> {
        let size = usize::try_from(self.size).map_err(|_| "a size is larger than memory")?;
        let whole = match self.layout {
            PLAIN => size,
            INLINE => size / superblock.block * superblock.block,
            _ => return Err(format!("the data of a {} is not plain", self.kind.name())),
        };
        let first = usize::try_from(self.place).ok().and_then(|block| block.checked_mul(superblock.block));
        // Without whole blocks there is no first one either.
        let start = if whole == 0 { 0 } else { first.ok_or("a block is beyond memory")? };
        let (blocks, tail) = (slice(image, start, whole)?, slice(image, self.tail, size - whole)?);
        Ok(match (blocks, tail) {
            ([], tail) => Cow::Borrowed(tail),
            (blocks, []) => Cow::Borrowed(blocks),
            (blocks, tail) => Cow::Owned([blocks, tail].concat()),
        })
    }
}

/// The attributes in `body`, which lies at `at` behind an inode.
fn xattrs(
    image: &[u8],
    superblock: &Superblock,
    body: &[u8],
    at: usize,
) -> Result<BTreeMap<String, Vec<u8>>, String> {
    let mut found = BTreeMap::new();
    if body.is_empty() {
        return Ok(found);
    }
    let shared = size(body, 4, 1)?;
    for index in 0..shared {
        let entry =
            size(body, 12 + 4 * index, 4)?.checked_mul(4).and_then(|at| at.checked_add(superblock.xattrs));
        xattr(image, entry.ok_or("an attribute is beyond memory")?, &mut found)?;
    }
    let mut next = 12 + 4 * shared;
    while next < body.len() {
        next = xattr(image, at + next, &mut found)? - at;
    }
    if next > body.len() { Err("an attribute is longer than its place".to_owned()) } else { Ok(found) }
}

/// Reads one entry; gives where the next begins.
fn xattr(image: &[u8], at: usize, found: &mut BTreeMap<String, Vec<u8>>) -> Result<usize, String> {
    let (name_length, index) = (size(image, at, 1)?, number(image, at.saturating_add(1), 1)?);
    let value_length = size(image, at.saturating_add(2), 2)?;
    let prefix = PREFIXES.iter().find(|(known, _)| *known == index).map(|(_, prefix)| prefix);
    let prefix = prefix.ok_or("an attribute has a prefix that is not known here")?;
    let name = slice(image, at + 4, name_length)?;
    let name = std::str::from_utf8(name).map_err(|_| "the name of an attribute is not UTF-8")?;
    let value = slice(image, at + 4 + name_length, value_length)?;
    if found.insert(format!("{prefix}{name}"), value.to_vec()).is_some() {
        return Err(format!("the attribute {prefix}{name} is there twice"));
    }
    Ok((at + 4 + name_length + value_length).next_multiple_of(4))
}
