// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The superblock of an erofs: what says where the rest lies, and what says what it is.
//!
//! Format: fs/erofs/erofs_fs.h of the kernel, `struct erofs_super_block`, at byte 1024 of the image:
//! ```text
//!  0 magic   4 checksum   8 compatible features   12 block size, log2   13 slots   14 root inode (u16)   16 inodes (u64)
//! 24 time (12 bytes)   36 blocks   40 begin of inodes, in blocks   44 begin of shared attributes   48 UUID (16)
//! 64 name (16)   80 incompatible features   …   91 long attribute prefixes   96 inode of the packed tails (u64)
//! ```

use std::ops::Range;

use super::bytes::{number, slice};

/// Where it lies.
pub(crate) const AT: usize = 1024;
/// Its size without extension slots, which mkfs.erofs does not write.
const SIZE: usize = 128;
const MAGIC: u64 = 0xE0F5_E1E2;
/// Zero padding of compressed blocks, big clusters, packed tails: what changes nothing in inodes and folders.
const KNOWN_FEATURES: u64 = 0x1 | 0x2 | 0x10 | 0x20;
/// Fields that say where things lie, and the checksum; from the begin of the superblock.
const PLACES: [Range<usize>; 4] = [4..8, 14..16, 36..48, 96..104];

/// Where the rest of an image lies.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Superblock {
    /// Bytes in a block.
    pub(crate) block: usize,
    /// Bytes in the file system.
    pub(crate) length: usize,
    /// Number of the root's inode.
    pub(crate) root: u64,
    /// First byte of the inodes.
    pub(crate) inodes: usize,
    /// First byte of the shared attributes.
    pub(crate) xattrs: usize,
    /// Number of the inode that holds the tails of files, where they are packed together.
    pub(crate) packed: Option<u64>,
}

/// Whether an image begins as an erofs does.
pub(crate) fn has_magic(image: &[u8]) -> bool {
    number(image, AT, 4).is_ok_and(|found| found == MAGIC)
}

impl Superblock {
    pub(crate) fn parse(image: &[u8]) -> Result<Self, String> {
        let field = |at: usize, length: usize| number(image, AT + at, length);
        if field(0, 4)? != MAGIC {
            return Err("it is no erofs".to_owned());
        }
        let shift = field(12, 1)?;
        if !(9..=16).contains(&shift) {
            return Err(format!("its blocks have 2^{shift} bytes"));
        }
        if field(13, 1)? != 0 || field(91, 1)? != 0 || field(80, 4)? & !KNOWN_FEATURES != 0 {
            return Err("it has features that are not known here".to_owned());
        }
        let bytes = |blocks: u64| {
            let bytes = usize::try_from(blocks << shift).ok().filter(|bytes| *bytes <= image.len());
            bytes.ok_or_else(|| "its superblock points beyond its end".to_owned())
        };
        Ok(Self {
            block: 1 << shift,
            length: bytes(field(36, 4)?)?,
            root: field(14, 2)?,
            inodes: bytes(field(40, 4)?)?,
            xattrs: bytes(field(44, 4)?)?,
            packed: Some(field(96, 8)?).filter(|number| *number != 0),
        })
    }
}

/// The superblock and what is before it, with zeroes for places and checksum.
pub(crate) fn without_places(image: &[u8]) -> Result<Vec<u8>, String> {
    let mut bytes = slice(image, 0, AT + SIZE)?.to_vec();
    PLACES.into_iter().for_each(|range| bytes[AT + range.start..AT + range.end].fill(0));
    Ok(bytes)
}
