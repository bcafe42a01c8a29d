// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The tree itself: an ordered map from path to node in which every ancestor is a directory.

use std::collections::BTreeMap;

use ashlar_digest::{BlobDigest, Sha256, TreeDigest};

use crate::{Node, TreeError, TreePath};

/// A file tree, by value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tree {
    pub(crate) nodes: BTreeMap<TreePath, Node>,
}

impl Tree {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `node` at `path`; missing ancestors become directories 0755 of root. What stood there is replaced,
    /// but a directory that has entries only by a directory.
    ///
    /// # Errors
    /// [`TreeError::ParentIsNoDirectory`], [`TreeError::DirectoryInUse`], [`TreeError::Size`].
    pub fn insert(&mut self, path: TreePath, node: Node) -> Result<(), TreeError> {
        if let Node::File { size, .. } = &node
            && *size >= 1 << 53
        {
            return Err(TreeError::Size { path, size: *size });
        }
        for ancestor in path.ancestors() {
            match self.nodes.get(&ancestor) {
                Some(Node::Directory(_)) => break,
                Some(_) => return Err(TreeError::ParentIsNoDirectory { path, ancestor }),
                None => {}
            }
        }
        if !node.is_directory() && self.has_entries_below(&path) {
            return Err(TreeError::DirectoryInUse { path });
        }
        for ancestor in path.ancestors() {
            if self.nodes.contains_key(&ancestor) {
                break;
            }
            self.nodes.insert(ancestor, Node::directory());
        }
        self.nodes.insert(path, node);
        Ok(())
    }

    /// What stands at `path`.
    #[must_use]
    pub fn get(&self, path: &TreePath) -> Option<&Node> {
        self.nodes.get(path)
    }

    /// What stands at `path`, to change its metadata.
    pub fn get_mut(&mut self, path: &TreePath) -> Option<&mut Node> {
        self.nodes.get_mut(path)
    }

    /// Takes `path` away, with everything below it; gives what stood there.
    pub fn remove(&mut self, path: &TreePath) -> Option<Node> {
        let below: Vec<TreePath> = self.below(path).map(|(path, _)| path.clone()).collect();
        for path in below {
            self.nodes.remove(&path);
        }
        self.nodes.remove(path)
    }

    /// All nodes in byte order of their paths, so that a directory comes before what it holds.
    pub fn iter(&self) -> impl Iterator<Item = (&TreePath, &Node)> {
        self.nodes.iter()
    }

    /// The nodes below the directory `path`, in byte order.
    pub fn below<'a>(&'a self, path: &TreePath) -> impl Iterator<Item = (&'a TreePath, &'a Node)> + use<'a> {
        let prefix = format!("{path}/");
        // `path/` itself is no valid path, but orders exactly before what lies below.
        self.nodes
            .range::<TreePath, _>((std::ops::Bound::Excluded(path), std::ops::Bound::Unbounded))
            .skip_while({
                let prefix = prefix.clone();
                move |(candidate, _)| candidate.as_str() < prefix.as_str()
            })
            .take_while(move |(candidate, _)| candidate.as_str().starts_with(&prefix))
    }

    fn has_entries_below(&self, path: &TreePath) -> bool {
        self.below(path).next().is_some()
    }

    /// Number of nodes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether it holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Bytes in all its files.
    #[must_use]
    pub fn content_size(&self) -> u64 {
        self.nodes.values().map(|node| if let Node::File { size, .. } = node { *size } else { 0 }).sum()
    }

    /// The files' contents, each digest with whether it stands there as an executable. Not deduplicated.
    pub fn blobs(&self) -> impl Iterator<Item = (BlobDigest, bool)> + '_ {
        self.nodes.values().filter_map(|node| match node {
            Node::File { metadata, blob, .. } => Some((*blob, metadata.mode.is_executable())),
            _ => None,
        })
    }

    /// The same tree with every path moved below `prefix`.
    #[must_use]
    pub fn under(&self, prefix: &TreePath) -> Self {
        let mut nodes: BTreeMap<TreePath, Node> =
            self.nodes.iter().map(|(path, node)| (prefix.append(path), node.clone())).collect();
        nodes.insert(prefix.clone(), Node::directory());
        for ancestor in prefix.ancestors() {
            nodes.insert(ancestor, Node::directory());
        }
        Self { nodes }
    }

    /// The identity of the tree: the digest of [`Tree::encode`].
    #[must_use]
    pub fn digest(&self) -> TreeDigest {
        TreeDigest::new(Sha256::of(self.encode().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn file(content: &[u8]) -> Node {
        Node::file(BlobDigest::new(Sha256::of(content)), content.len() as u64, false)
    }

    #[test]
    fn ancestors_appear_and_are_kept_directories() {
        let mut tree = Tree::new();
        tree.insert(path("a/b/c"), file(b"x")).unwrap();
        assert_eq!(tree.get(&path("a/b")), Some(&Node::directory()));
        assert!(matches!(
            tree.insert(path("a/b/c/d"), file(b"")),
            Err(TreeError::ParentIsNoDirectory { .. })
        ));
        assert!(matches!(tree.insert(path("a"), file(b"")), Err(TreeError::DirectoryInUse { .. })));
        assert_eq!(tree.len(), 3);
    }

    #[test]
    fn below_is_not_fooled_by_siblings_that_sort_between() {
        let mut tree = Tree::new();
        for text in ["a", "a/b", "a-c", "a.d", "a/z/y", "b"] {
            let node = if text == "a" { Node::directory() } else { file(text.as_bytes()) };
            tree.insert(path(text), node).unwrap();
        }
        let below: Vec<&str> = tree.below(&path("a")).map(|(path, _)| path.as_str()).collect();
        assert_eq!(below, ["a/b", "a/z", "a/z/y"]);
        tree.remove(&path("a"));
        let left: Vec<&str> = tree.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(left, ["a-c", "a.d", "b"]);
    }

    #[test]
    fn moving_below_a_prefix_makes_the_prefix() {
        let mut tree = Tree::new();
        tree.insert(path("lib"), Node::symlink("usr/lib")).unwrap();
        let moved = tree.under(&path("target/x"));
        let paths: Vec<&str> = moved.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(paths, ["target", "target/x", "target/x/lib"]);
    }
}
