// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who owns what in an image: every file and link has exactly one owner, every directory at least one.
//!
//! An image whose SBOM left a file out would make a promise that nobody can check, so the map is not a report made
//! afterwards: the root is *made* by adding trees under their owners' names, and there is no other way in.
//! Two owners of one path are an error even where the bytes are equal: which component a scanner should blame
//! would be a matter of chance. Directories are shared, as long as all owners say the same of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ashlar_tree::{Node, Tree, TreeError, TreePath};
use serde::Deserialize;
use serde_json::{Value, json};

/// Who brings a path into an image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// An output of a recipe, as `recipe:output`.
    Output(String),
    /// The image definition itself, by name: files from templates, links, directories.
    Definition(String),
}

impl Owner {
    /// Reads what [`Owner`] is shown as.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match text.strip_prefix(DEFINITION) {
            Some(name) => Self::Definition(name.to_owned()),
            None => Self::Output(text.to_owned()),
        }
    }
}

/// What the name of an image definition begins with where it is an owner.
const DEFINITION: &str = "image:";

impl fmt::Display for Owner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output(name) => f.write_str(name),
            Self::Definition(name) => write!(f, "{DEFINITION}{name}"),
        }
    }
}

/// Two owners that claim one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerConflict {
    /// The path.
    pub path: TreePath,
    /// The owner that had it.
    pub first: Owner,
    /// The owner that wants it too.
    pub second: Owner,
}

impl fmt::Display for OwnerConflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} and {} both bring it", self.path, self.first, self.second)
    }
}

/// Why a root could not be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnerError {
    /// Paths with two owners, all that one addition met.
    #[error("give every path one owner: {}", list(.0))]
    Conflicts(Vec<OwnerConflict>),
    /// A list of owners in another form than [`OwnerMap::to_json`] gives.
    #[error("read the list of owners: {reason}")]
    List {
        /// What is wrong.
        reason: String,
    },
    /// A path that no owner brought.
    #[error("find an owner for {path}")]
    Unowned {
        /// The path.
        path: TreePath,
    },
    /// A file whose ancestor is a file or link of somebody else, or a path that is absent.
    #[error(transparent)]
    Tree(TreeError),
}

impl OwnerError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Conflicts(_) => Some(
                "leave one of the owners out of the image, or give the path to one output only".to_owned(),
            ),
            Self::Unowned { path } => {
                Some(format!("bring {path} by a recipe's output or by the image definition"))
            }
            Self::Tree(_) | Self::List { .. } => None,
        }
    }
}

fn list(conflicts: &[OwnerConflict]) -> String {
    conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The JSON form.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    schema: u32,
    paths: BTreeMap<String, Vec<String>>,
}

/// A root in the making, and who owns each of its paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OwnerMap {
    root: Tree,
    owners: BTreeMap<TreePath, BTreeSet<Owner>>,
}

impl OwnerMap {
    /// Version of the JSON form.
    pub const SCHEMA: u32 = 1;

    /// An empty root.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The map of a root that was put together before, from what [`OwnerMap::to_json`] gave for it.
    ///
    /// # Errors
    /// [`OwnerError::List`] for another form, or a path that the root does not have; then as [`OwnerMap::check`].
    pub fn of(root: Tree, json: &[u8]) -> Result<Self, OwnerError> {
        let list = |reason: String| OwnerError::List { reason };
        let wire: Wire = serde_json::from_slice(json).map_err(|cause| list(cause.to_string()))?;
        if wire.schema != Self::SCHEMA {
            return Err(list(format!("its schema is {}, not {}", wire.schema, Self::SCHEMA)));
        }
        let mut owners = BTreeMap::new();
        for (path, all) in wire.paths {
            let path = TreePath::parse(&path).map_err(|cause| list(cause.to_string()))?;
            if root.get(&path).is_none() {
                return Err(list(format!("it names {path}, which is not there")));
            }
            owners.insert(path, all.iter().map(|owner| Owner::read(owner)).collect());
        }
        let map = Self { root, owners };
        map.check()?;
        Ok(map)
    }

    /// Adds everything in `tree`, owned by `owner`. On an error nothing was added.
    ///
    /// # Errors
    /// [`OwnerError::Conflicts`] with every path that has an owner already (directories only where the metadata
    /// differ); [`OwnerError::Tree`] where a path of one owner lies below a file or link of another.
    pub fn add(&mut self, owner: &Owner, tree: &Tree) -> Result<(), OwnerError> {
        let conflicts: Vec<OwnerConflict> =
            tree.iter().filter_map(|(path, node)| self.conflict(owner, path, node)).collect();
        if !conflicts.is_empty() {
            return Err(OwnerError::Conflicts(conflicts));
        }
        let mut root = self.root.clone();
        for (path, node) in tree.iter() {
            root.insert(path.clone(), node.clone()).map_err(OwnerError::Tree)?;
        }
        for (path, _) in tree.iter() {
            self.owners.entry(path.clone()).or_default().insert(owner.clone());
        }
        self.root = root;
        Ok(())
    }

    fn conflict(&self, owner: &Owner, path: &TreePath, node: &Node) -> Option<OwnerConflict> {
        let present = self.root.get(path)?;
        if present.is_directory() && present == node {
            return None;
        }
        let first = self.owners.get(path)?.first()?.clone();
        Some(OwnerConflict { path: path.clone(), first, second: owner.clone() })
    }

    /// Changes what the image definition declares of a path (mode, owner, attributes); who brought it stays its owner.
    ///
    /// # Errors
    /// [`OwnerError::Tree`] if nothing stands there.
    pub fn declare(&mut self, path: &TreePath, change: impl FnOnce(&mut Node)) -> Result<(), OwnerError> {
        let missing = || OwnerError::Tree(TreeError::Missing { path: path.clone() });
        let was_directory = self.root.get(path).ok_or_else(missing)?.is_directory();
        let mut root = self.root.clone();
        let node = root.get_mut(path).ok_or_else(missing)?;
        change(node);
        if node.is_directory() != was_directory {
            return Err(OwnerError::Tree(TreeError::DirectoryInUse { path: path.clone() }));
        }
        self.root = root;
        Ok(())
    }

    /// Checks that every path of the root has an owner, and everything but directories exactly one.
    ///
    /// # Errors
    /// [`OwnerError::Unowned`] for a path that nobody brought; [`OwnerError::Conflicts`] for one that several did.
    pub fn check(&self) -> Result<(), OwnerError> {
        for (path, node) in self.root.iter() {
            let mut owners = self.owners(path);
            let first = owners.next().ok_or_else(|| OwnerError::Unowned { path: path.clone() })?;
            if let Some(second) = owners.next().filter(|_| !node.is_directory()) {
                let (first, second) = (first.clone(), second.clone());
                return Err(OwnerError::Conflicts(vec![OwnerConflict { path: path.clone(), first, second }]));
            }
        }
        Ok(())
    }

    /// The root so far.
    #[must_use]
    pub const fn root(&self) -> &Tree {
        &self.root
    }

    /// The owners of `path`: one, but for a shared directory.
    pub fn owners(&self, path: &TreePath) -> impl Iterator<Item = &Owner> {
        self.owners.get(path).into_iter().flatten()
    }

    /// Fails for the first path of `tree` that has no owner here or is something else here: asked of what is
    /// read back from a finished image, whose files must all come from this root.
    ///
    /// # Errors
    /// [`OwnerError::Unowned`].
    pub fn require_owned(&self, tree: &Tree) -> Result<(), OwnerError> {
        match tree.iter().find(|(path, node)| self.root.get(path) != Some(node)) {
            Some((path, _)) => Err(OwnerError::Unowned { path: path.clone() }),
            None => Ok(()),
        }
    }

    /// The map for the SBOM: `{"schema":1,"paths":{PATH:[OWNER…]}}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let paths: serde_json::Map<String, Value> = self
            .owners
            .iter()
            .map(|(path, owners)| {
                let owners: Vec<String> = owners.iter().map(ToString::to_string).collect();
                (path.to_string(), json!(owners))
            })
            .collect();
        json!({ "schema": Self::SCHEMA, "paths": paths })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};
    use ashlar_tree::{Metadata, Mode};

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn tree(files: &[&str]) -> Tree {
        let mut tree = Tree::new();
        for name in files {
            tree.insert(path(name), Node::file(BlobDigest::new(Sha256::of(b"same")), 4, false)).unwrap();
        }
        tree
    }

    fn output(name: &str) -> Owner {
        Owner::Output(name.to_owned())
    }

    #[test]
    fn a_path_of_two_owners_names_both_even_with_equal_bytes() {
        let mut map = OwnerMap::new();
        map.add(&output("a:runtime"), &tree(&["usr/x", "usr/y", "usr/a"])).unwrap();
        let before = map.clone();
        let error =
            map.add(&Owner::Definition("qemu".to_owned()), &tree(&["usr/x", "usr/y", "usr/z"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "give every path one owner: usr/x: a:runtime and image:qemu both bring it; \
             usr/y: a:runtime and image:qemu both bring it"
        );
        assert!(error.help().is_some());
        assert_eq!(map, before, "a failed addition changed the map");
    }

    #[test]
    fn directories_are_shared_if_all_say_the_same_of_them() {
        let mut map = OwnerMap::new();
        map.add(&output("a:runtime"), &tree(&["usr/a"])).unwrap();
        map.add(&output("b:runtime"), &tree(&["usr/b"])).unwrap();
        assert_eq!(map.owners(&path("usr")).count(), 2);
        assert_eq!(map.owners(&path("usr/b")).map(ToString::to_string).collect::<Vec<_>>(), ["b:runtime"]);
        let mut other = Tree::new();
        other.insert(path("usr"), Node::Directory(Metadata::root(Mode::new(0o700).unwrap()))).unwrap();
        assert!(matches!(map.add(&output("c:runtime"), &other), Err(OwnerError::Conflicts(_))));
    }

    #[test]
    fn a_file_below_somebody_elses_link_is_refused() {
        let mut map = OwnerMap::new();
        let mut links = Tree::new();
        links.insert(path("lib"), Node::symlink("usr/lib")).unwrap();
        map.add(&output("a:runtime"), &links).unwrap();
        assert!(map.add(&output("b:runtime"), &tree(&["lib/x"])).is_err());
        assert_eq!(map.root().len(), 1);
    }

    #[test]
    fn a_file_nobody_brought_has_no_owner() {
        let mut map = OwnerMap::new();
        map.add(&output("a:runtime"), &tree(&["usr/a"])).unwrap();
        map.require_owned(map.root()).unwrap();
        let error = map.require_owned(&tree(&["usr/a", "usr/smuggled"])).unwrap_err();
        assert_eq!(error, OwnerError::Unowned { path: path("usr/smuggled") });
    }

    #[test]
    fn declared_attributes_change_the_root_and_not_the_owner() {
        let mut map = OwnerMap::new();
        map.add(&output("a:runtime"), &tree(&["usr/a"])).unwrap();
        map.declare(&path("usr/a"), |node| {
            if let Node::File { metadata, .. } = node {
                metadata.uid = 7;
            }
        })
        .unwrap();
        let Some(Node::File { metadata, .. }) = map.root().get(&path("usr/a")) else { panic!("no file") };
        assert_eq!(metadata.uid, 7);
        assert!(map.declare(&path("usr/none"), |_| {}).is_err());
        let json = r#"{"paths":{"usr":["a:runtime"],"usr/a":["a:runtime"]},"schema":1}"#;
        assert_eq!(map.to_json().to_string(), json);
        assert_eq!(OwnerMap::of(map.root().clone(), json.as_bytes()), Ok(map));
    }

    #[test]
    fn a_list_that_is_not_that_of_the_root_is_refused() {
        let root = tree(&["usr/a"]);
        let read = |json: &str| OwnerMap::of(root.clone(), json.as_bytes());
        let unowned = OwnerError::Unowned { path: path("usr/a") };
        assert_eq!(read(r#"{"paths":{"usr":["a:runtime"]},"schema":1}"#), Err(unowned));
        for wrong in [
            r#"{"paths":{"usr":["a:runtime"],"usr/a":["a:runtime"],"usr/b":["a:runtime"]},"schema":1}"#,
            r#"{"paths":{"usr":["a:runtime"],"usr/a":["a:runtime"]},"schema":2}"#,
            r#"{"paths":{"../x":["a:runtime"]},"schema":1}"#,
            "[]",
        ] {
            assert!(matches!(read(wrong), Err(OwnerError::List { .. })), "{wrong}");
        }
        let two = r#"{"paths":{"usr":["a:b"],"usr/a":["a:b","c:d"]},"schema":1}"#;
        assert!(matches!(read(two), Err(OwnerError::Conflicts(_))));
        assert_eq!(Owner::read("image:qemu"), Owner::Definition("qemu".to_owned()));
    }
}
