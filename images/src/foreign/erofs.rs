// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads inodes, directory entries and extended attributes of an erofs image, for tests: fsck.erofs can only show
//! owners and attributes by extracting them, which needs privileges.
//!
//! Format: Documentation/filesystems/erofs.rst and fs/erofs/erofs_fs.h of the kernel. Only uncompressed
//! directories (mkfs.erofs never compresses them unless asked to) and the classic layouts are known here.

use std::collections::BTreeMap;

/// What the image says of one path.
#[derive(Debug)]
pub(crate) struct Inode {
    pub(crate) mode: u32,
    pub(crate) uid: u32,
    pub(crate) gid: u32,
    pub(crate) xattrs: BTreeMap<String, Vec<u8>>,
    size: usize,
    layout: u16,
    /// First block of the data, where the layout has one.
    block: usize,
    /// Offset of what follows inode and attributes.
    tail: usize,
}

struct Image<'a> {
    bytes: &'a [u8],
    block: usize,
    meta: usize,
    xattr: usize,
}

/// Reads all inodes, by path without leading slash; the root has the empty path.
pub(crate) fn read(bytes: &[u8]) -> BTreeMap<String, Inode> {
    let image = Image {
        bytes,
        block: 1 << bytes[1024 + 12],
        meta: (u32_at(bytes, 1024 + 40) as usize) << bytes[1024 + 12],
        xattr: (u32_at(bytes, 1024 + 44) as usize) << bytes[1024 + 12],
    };
    assert_eq!(u32_at(bytes, 1024), 0xE0F5_E1E2, "no erofs");
    let mut inodes = BTreeMap::new();
    image.walk(String::new(), u64::from(u16_at(bytes, 1024 + 14)), &mut inodes);
    inodes
}

impl Image<'_> {
    fn walk(&self, path: String, nid: u64, inodes: &mut BTreeMap<String, Inode>) {
        let inode = self.inode(nid);
        if inode.mode & 0o170_000 == 0o040_000 {
            for (name, child) in self.entries(&inode) {
                let below = if path.is_empty() { name } else { format!("{path}/{name}") };
                self.walk(below, child, inodes);
            }
        }
        inodes.insert(path, inode);
    }

    fn inode(&self, nid: u64) -> Inode {
        let at = self.meta + 32 * usize::try_from(nid).unwrap();
        let format = u16_at(self.bytes, at);
        let extended = format & 1 == 1;
        let count = usize::from(u16_at(self.bytes, at + 2));
        let (size, uid, gid, header) = if extended {
            let size = u64::from(u32_at(self.bytes, at + 8)) | u64::from(u32_at(self.bytes, at + 12)) << 32;
            (size, u32_at(self.bytes, at + 24), u32_at(self.bytes, at + 28), 64)
        } else {
            let owners = (u16_at(self.bytes, at + 24), u16_at(self.bytes, at + 26));
            (u64::from(u32_at(self.bytes, at + 8)), u32::from(owners.0), u32::from(owners.1), 32)
        };
        let xattr_size = if count == 0 { 0 } else { 12 + 4 * (count - 1) };
        Inode {
            mode: u32::from(u16_at(self.bytes, at + 4)),
            uid,
            gid,
            xattrs: self.xattrs(at + header, xattr_size),
            size: usize::try_from(size).unwrap(),
            layout: format >> 1 & 7,
            block: u32_at(self.bytes, at + 16) as usize,
            tail: at + header + xattr_size,
        }
    }

    fn xattrs(&self, at: usize, size: usize) -> BTreeMap<String, Vec<u8>> {
        let mut xattrs = BTreeMap::new();
        if size == 0 {
            return xattrs;
        }
        let shared = usize::from(self.bytes[at + 4]);
        for index in 0..shared {
            let id = u32_at(self.bytes, at + 12 + 4 * index) as usize;
            self.xattr_entry(self.xattr + 4 * id, &mut xattrs);
        }
        let mut next = at + 12 + 4 * shared;
        while next < at + size {
            next = self.xattr_entry(next, &mut xattrs);
        }
        xattrs
    }

    /// Reads one entry; gives where the next begins.
    fn xattr_entry(&self, at: usize, xattrs: &mut BTreeMap<String, Vec<u8>>) -> usize {
        let name_length = usize::from(self.bytes[at]);
        let value_length = usize::from(u16_at(self.bytes, at + 2));
        let prefix = match self.bytes[at + 1] {
            1 => "user.",
            2 => "system.posix_acl_access",
            3 => "system.posix_acl_default",
            4 => "trusted.",
            6 => "security.",
            other => panic!("unknown attribute prefix {other}"),
        };
        let name = std::str::from_utf8(&self.bytes[at + 4..][..name_length]).unwrap();
        let value = self.bytes[at + 4 + name_length..][..value_length].to_vec();
        xattrs.insert(format!("{prefix}{name}"), value);
        (at + 4 + name_length + value_length).next_multiple_of(4)
    }

    fn entries(&self, inode: &Inode) -> Vec<(String, u64)> {
        let data = match inode.layout {
            0 => self.bytes[inode.block * self.block..][..inode.size].to_vec(),
            2 => {
                let whole = inode.size / self.block * self.block;
                // Without whole blocks there is no first block either.
                let mut data = match whole {
                    0 => Vec::new(),
                    _ => self.bytes[inode.block * self.block..][..whole].to_vec(),
                };
                data.extend_from_slice(&self.bytes[inode.tail..][..inode.size - whole]);
                data
            }
            other => panic!("directory with layout {other}"),
        };
        let mut entries = Vec::new();
        for block in data.chunks(self.block) {
            let count = usize::from(u16_at(block, 8)) / 12;
            for index in 0..count {
                let nid =
                    u64::from(u32_at(block, 12 * index)) | u64::from(u32_at(block, 12 * index + 4)) << 32;
                let start = usize::from(u16_at(block, 12 * index + 8));
                let end =
                    if index + 1 < count { usize::from(u16_at(block, 12 * index + 20)) } else { block.len() };
                let name = block[start..end].split(|byte| *byte == 0).next().unwrap();
                let name = String::from_utf8(name.to_vec()).unwrap();
                if name != "." && name != ".." {
                    entries.push((name, nid));
                }
            }
        }
        entries
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes(bytes[at..at + 2].try_into().unwrap())
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}
