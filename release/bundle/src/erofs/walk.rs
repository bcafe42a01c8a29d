// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All paths of an erofs, each with its inode.
//!
//! Format of folders: fs/erofs/erofs_fs.h of the kernel, `struct erofs_dirent`. Each block of a folder:
//! ```text
//! entries of 12 bytes: inode (u64), offset of the name in the block (u16), type, 0   names, the last one up to NUL or the end
//! ```

use std::collections::BTreeSet;

use super::bytes::{number, size, slice};
use super::inode::{Inode, Kind};
use super::superblock::Superblock;

const ENTRY: usize = 12;

/// What is shown a path and its inode.
type Visitor<'v> = dyn FnMut(&str, &Inode) -> Result<(), String> + 'v;

/// Shows every path without leading slash, the root as the empty one, folders before what is in them.
pub(crate) fn walk(image: &[u8], superblock: &Superblock, visit: &mut Visitor<'_>) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    let mut folders = BTreeSet::new();
    let mut open = vec![(String::new(), superblock.root)];
    // No image has room for more entries than that, however often it shows the same ones.
    let limit = image.len() / ENTRY;
    while let Some((path, number_of)) = open.pop() {
        let inode = Inode::read(image, superblock, number_of)?;
        if inode.kind == Kind::Directory {
            if !folders.insert(number_of) {
                return Err(format!("it has the folder /{path} twice"));
            }
            for (name, child) in entries(&inode.plain_data(image, superblock)?, superblock.block)? {
                open.push((if path.is_empty() { name } else { format!("{path}/{name}") }, child));
            }
            if open.len() + seen.len() > limit {
                return Err("it has more entries than room".to_owned());
            }
        }
        if seen.contains(&path) {
            return Err(format!("it has /{path} twice"));
        }
        visit(&path, &inode)?;
        seen.insert(path);
    }
    Ok(())
}

/// Names and inodes in the data of a folder, without `.` and `..`.
fn entries(data: &[u8], block: usize) -> Result<Vec<(String, u64)>, String> {
    let mut found = Vec::new();
    for block in data.chunks(block) {
        let names = size(block, 8, 2)?;
        if names == 0 || !names.is_multiple_of(ENTRY) {
            return Err("a folder's first name is not behind its entries".to_owned());
        }
        for at in (0..names).step_by(ENTRY) {
            let start = size(block, at + 8, 2)?;
            let end = if at + ENTRY < names { size(block, at + ENTRY + 8, 2)? } else { block.len() };
            let length = end.checked_sub(start).ok_or("the names of a folder are not in order")?;
            let name = slice(block, start, length)?.split(|byte| *byte == 0).next().unwrap_or_default();
            let name = std::str::from_utf8(name).map_err(|_| "a name is not UTF-8")?;
            if name.is_empty() || name.contains('/') {
                return Err(format!("a folder has the name {name:?}"));
            }
            if name != "." && name != ".." {
                found.push((name.to_owned(), number(block, at, 8)?));
            }
        }
    }
    Ok(found)
}
