// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where two trees differ: what `ashlar.expected`, `reproduce` and `audit` show when digests do not agree.

use std::fmt;

use crate::{Node, Tree, TreePath};

/// One path at which two trees differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the second tree has it.
    Added(TreePath),
    /// Only the first tree has it.
    Removed(TreePath),
    /// Both have it, with another content, type or metadata.
    Changed {
        /// The path.
        path: TreePath,
        /// What the first has.
        before: Node,
        /// What the second has.
        after: Node,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Added(path) => write!(f, "+ {path}"),
            Self::Removed(path) => write!(f, "- {path}"),
            Self::Changed { path, before, after } => write!(f, "~ {path} ({})", describe(before, after)),
        }
    }
}

fn describe(before: &Node, after: &Node) -> String {
    match (before, after) {
        (Node::File { blob: a, size: x, metadata: m }, Node::File { blob: b, size: y, metadata: n }) => {
            let mut parts = Vec::new();
            if a != b {
                parts.push(format!("content, {x} and {y} bytes"));
            }
            if m != n {
                parts.push(format!(
                    "mode {} and {}, owner {}:{} and {}:{}",
                    m.mode, n.mode, m.uid, m.gid, n.uid, n.gid
                ));
            }
            parts.join("; ")
        }
        (Node::Symlink { target: a, .. }, Node::Symlink { target: b, .. }) => format!("link to {a} and {b}"),
        (Node::Directory(m), Node::Directory(n)) => format!("directory mode {} and {}", m.mode, n.mode),
        _ => "another type".to_owned(),
    }
}

/// Every path at which `before` and `after` differ, in byte order.
#[must_use]
pub fn difference(before: &Tree, after: &Tree) -> Vec<Change> {
    let mut changes = Vec::new();
    for (path, node) in before.iter() {
        match after.get(path) {
            None => changes.push(Change::Removed(path.clone())),
            Some(other) if other != node => {
                changes.push(Change::Changed {
                    path: path.clone(),
                    before: node.clone(),
                    after: other.clone(),
                });
            }
            Some(_) => {}
        }
    }
    changes.extend(
        after
            .iter()
            .filter(|(path, _)| before.get(path).is_none())
            .map(|(path, _)| Change::Added(path.clone())),
    );
    changes.sort_by(|a, b| a.path().cmp(b.path()));
    changes
}

impl Change {
    /// The path.
    #[must_use]
    pub const fn path(&self) -> &TreePath {
        match self {
            Self::Added(path) | Self::Removed(path) | Self::Changed { path, .. } => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};

    #[test]
    fn each_kind_of_change_is_told() {
        let file = |content: &str| {
            Node::file(BlobDigest::new(Sha256::of(content.as_bytes())), content.len() as u64, false)
        };
        let path = |text: &str| TreePath::parse(text).unwrap();
        let (mut a, mut b) = (Tree::new(), Tree::new());
        a.insert(path("gone"), file("1")).unwrap();
        a.insert(path("same"), file("1")).unwrap();
        b.insert(path("same"), file("1")).unwrap();
        a.insert(path("link"), Node::symlink("x")).unwrap();
        b.insert(path("link"), Node::symlink("y")).unwrap();
        a.insert(path("text"), file("1")).unwrap();
        b.insert(path("text"), file("22")).unwrap();
        b.insert(path("come"), file("1")).unwrap();
        let lines: Vec<String> = difference(&a, &b).iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            ["+ come", "- gone", "~ link (link to x and y)", "~ text (content, 1 and 2 bytes)"]
        );
        assert!(difference(&a, &a).is_empty());
    }
}
