// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All paths of an erofs with what its inodes say of them, as one canonical JSON document.
//!
//! ```text
//! {"/usr/bin/init": {"type", "mode", "uid", "gid", "links", "time", "xattrs": {name: hex}, "target" | "device"}, …}
//! ```
//! What is left out is a file's size, which its content says, and every place in the image.
//!
//! Format of folders: fs/erofs/erofs_fs.h of the kernel, `struct erofs_dirent`. Each block of a folder:
//! ```text
//! entries of 12 bytes: inode (u64), offset of the name in the block (u16), type, 0   names, the last one up to NUL or the end
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use ashlar_digest::to_canonical_json;
use serde_json::{Value, json};

use super::bytes::{number, size, slice};
use super::inode::{Inode, Kind};
use super::superblock::Superblock;

const ENTRY: usize = 12;

/// What an image says of its files beside their content.
#[derive(Debug)]
pub(super) struct Tree {
    /// The document.
    pub(super) json: String,
    /// Every regular file and its size, by path without leading slash.
    pub(super) files: BTreeMap<String, u64>,
}

impl Tree {
    pub(super) fn read(image: &[u8], superblock: &Superblock) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        let mut document = serde_json::Map::new();
        let mut folders = BTreeSet::new();
        let mut open = vec![(String::new(), superblock.root)];
        // No image has room for more entries than that, however often it shows the same ones.
        let limit = image.len() / ENTRY;
        while let Some((path, number_of)) = open.pop() {
            let inode = Inode::read(image, superblock, number_of)?;
            let mut value = described(&inode);
            match inode.kind {
                Kind::Directory => {
                    if !folders.insert(number_of) {
                        return Err(format!("it has the folder /{path} twice"));
                    }
                    for (name, child) in entries(&inode.plain_data(image, superblock)?, superblock.block)? {
                        open.push((if path.is_empty() { name } else { format!("{path}/{name}") }, child));
                    }
                    if open.len() + document.len() > limit {
                        return Err("it has more entries than room".to_owned());
                    }
                }
                Kind::Symlink => {
                    let target = inode.plain_data(image, superblock)?;
                    let target =
                        std::str::from_utf8(&target).map_err(|_| format!("/{path} leads to no UTF-8"))?;
                    value["target"] = Value::from(target);
                }
                Kind::File => {
                    files.insert(path.clone(), inode.size);
                }
                Kind::CharacterDevice | Kind::BlockDevice => value["device"] = Value::from(inode.place),
                Kind::Fifo | Kind::Socket => {}
            }
            if document.insert(format!("/{path}"), value).is_some() {
                return Err(format!("it has /{path} twice"));
            }
        }
        let json = to_canonical_json(&Value::Object(document)).map_err(|cause| cause.to_string())?;
        Ok(Self { json, files })
    }
}

fn described(inode: &Inode) -> Value {
    let xattrs: serde_json::Map<String, Value> =
        inode.xattrs.iter().map(|(name, value)| (name.clone(), Value::from(hex(value)))).collect();
    json!({
        "type": inode.kind.name(),
        "mode": format!("{:04o}", inode.mode),
        "uid": inode.uid,
        "gid": inode.gid,
        "links": inode.links,
        "time": inode.time.map(|(seconds, nanoseconds)| format!("{seconds}.{nanoseconds:09}")),
        "xattrs": xattrs,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // A String takes everything.
        write!(text, "{byte:02x}").unwrap_or_default();
        text
    })
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
