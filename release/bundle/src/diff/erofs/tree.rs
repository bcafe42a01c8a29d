// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All paths of an erofs with what its inodes say of them, as one canonical JSON document.
//!
//! ```text
//! {"/usr/bin/init": {"type", "mode", "uid", "gid", "links", "time", "xattrs": {name: hex}, "target" | "device"}, …}
//! ```
//! What is left out is a file's size, which its content says, and every place in the image.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ashlar_digest::to_canonical_json;
use serde_json::{Value, json};

use crate::erofs::inode::{Inode, Kind};
use crate::erofs::superblock::Superblock;
use crate::erofs::walk;

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
        walk(image, superblock, &mut |path, inode| {
            let mut value = described(inode);
            match inode.kind {
                Kind::Symlink => {
                    let target = inode.plain_data(image, superblock)?;
                    let target =
                        std::str::from_utf8(&target).map_err(|_| format!("/{path} leads to no UTF-8"))?;
                    value["target"] = Value::from(target);
                }
                Kind::File => {
                    files.insert(path.to_owned(), inode.size);
                }
                Kind::CharacterDevice | Kind::BlockDevice => value["device"] = Value::from(inode.place),
                Kind::Directory | Kind::Fifo | Kind::Socket => {}
            }
            document.insert(format!("/{path}"), value);
            Ok(())
        })?;
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
