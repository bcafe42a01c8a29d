// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Modes and extended attributes that give rights: `no-setuid`, `no-world-writable`.

use std::collections::BTreeMap;

use ashlar_recipe::Rule;
use ashlar_tree::{Metadata, Node, TreePath};

use crate::book::Book;

const SETUID: u32 = 0o4000;
const SETGID: u32 = 0o2000;
const STICKY: u32 = 0o1000;
const OTHERS_WRITE: u32 = 0o002;
/// capabilities(7): what a program gets that its caller need not have.
const CAPABILITY: &str = "security.capability";

/// Judges what `node` lets others do. `declared` says of the paths with attributes why they have them.
pub(crate) fn check(
    path: &TreePath,
    node: &Node,
    declared: &BTreeMap<TreePath, String>,
    book: &mut Book<'_>,
) {
    let (metadata, is_folder) = match node {
        Node::File { metadata, .. } => (metadata, false),
        Node::Directory(metadata) => (metadata, true),
        Node::Symlink { .. } => return,
    };
    let mut find = |rule, message: String| match declared.get(path) {
        Some(because) => book.waive(rule, path.as_str(), message, because),
        None => book.find(rule, path.as_str(), message),
    };
    let rights = rights(metadata, is_folder);
    if !rights.is_empty() {
        find(Rule::NoSetuid, format!("it has {}", rights.join(" and ")));
    }
    let mode = metadata.mode.bits();
    if mode & OTHERS_WRITE != 0 && !(is_folder && mode & STICKY != 0) {
        find(Rule::NoWorldWritable, format!("its mode is {}: everybody can write to it", metadata.mode));
    }
}

/// What gives rights to whoever starts it. On a folder the bits only say who owns new files in it.
fn rights(metadata: &Metadata, is_folder: bool) -> Vec<&'static str> {
    let mode = metadata.mode.bits();
    let mut rights = Vec::new();
    if !is_folder && mode & SETUID != 0 {
        rights.push("the setuid bit");
    }
    if !is_folder && mode & SETGID != 0 {
        rights.push("the setgid bit");
    }
    if metadata.xattrs.contains_key(CAPABILITY) {
        rights.push("capabilities of its own");
    }
    rights
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};
    use ashlar_tree::Mode;

    fn found(bits: u32, is_folder: bool, xattr: Option<&str>) -> Vec<String> {
        let xattrs: BTreeMap<String, Vec<u8>> =
            xattr.map(|name| (name.to_owned(), vec![1])).into_iter().collect();
        let metadata = Metadata { mode: Mode::new(bits).unwrap(), uid: 0, gid: 0, xattrs };
        let node = if is_folder {
            Node::Directory(metadata)
        } else {
            Node::File { metadata, blob: BlobDigest::new(Sha256::of(b"")), size: 0 }
        };
        let mut book = Book::new(String::new(), &[]);
        check(&TreePath::parse("usr/x").unwrap(), &node, &BTreeMap::new(), &mut book);
        book.close()
            .findings
            .iter()
            .map(|finding| format!("{} {}", finding.rule.id(), finding.message))
            .collect()
    }

    #[test]
    fn bits_that_lend_rights_are_found_on_files() {
        assert_eq!(found(0o4755, false, None), ["no-setuid it has the setuid bit"]);
        assert_eq!(found(0o6755, false, None), ["no-setuid it has the setuid bit and the setgid bit"]);
        assert_eq!(found(0o755, false, Some(CAPABILITY)), ["no-setuid it has capabilities of its own"]);
        assert_eq!(found(0o755, false, Some("user.note")), [""; 0]);
        assert_eq!(found(0o2755, true, None), [""; 0], "a folder is not started");
    }

    #[test]
    fn what_everybody_can_write_to_is_found_but_for_sticky_folders() {
        assert_eq!(
            found(0o666, false, None),
            ["no-world-writable its mode is 0666: everybody can write to it"]
        );
        assert_eq!(found(0o777, true, None).len(), 1);
        assert_eq!(found(0o1777, true, None), [""; 0]);
        assert_eq!(found(0o1666, false, None).len(), 1, "the bit means nothing on a file");
        assert_eq!(found(0o775, true, None), [""; 0]);
    }
}
