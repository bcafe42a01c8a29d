// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a builtin can reach: its inputs, its arguments, and the store for contents.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::PathBuf;

use ashlar_causes::chain;
use ashlar_digest::{BlobDigest, SourceDigest};
use ashlar_images::ImageError;
use ashlar_plan::{BuiltinAction, Input};
use ashlar_store::{Store, StoreError};
use ashlar_tree::{Node, Tree, TreePath};
use serde_json::{Map, Value};

use crate::EngineError;

/// A builtin's view of the world.
#[derive(Debug)]
pub(crate) struct Inputs<'a> {
    store: &'a Store,
    label: &'a str,
    action: &'a BuiltinAction,
}

impl<'a> Inputs<'a> {
    pub(crate) const fn new(store: &'a Store, label: &'a str, action: &'a BuiltinAction) -> Self {
        Self { store, label, action }
    }

    /// An error about the inputs of this step.
    pub(crate) fn wrong(&self, reason: impl Into<String>) -> EngineError {
        EngineError::builtin(self.label, reason)
    }

    /// An error of another crate, with everything below it.
    pub(crate) fn failed(&self, cause: &dyn std::error::Error) -> EngineError {
        self.failed_with(cause, None)
    }

    /// An error of another crate, with everything below it and with the next step that it knows.
    pub(crate) fn failed_with(&self, cause: &dyn std::error::Error, help: Option<String>) -> EngineError {
        EngineError::Builtin { label: self.label.to_owned(), reason: chain(cause), help }
    }

    /// An error of assembly: about the inputs, or about the disk.
    pub(crate) fn not_assembled(&self, cause: ImageError) -> EngineError {
        let path = self.store.path().to_owned();
        match cause {
            ImageError::Write { source, .. } | ImageError::WriteEnd { source } => {
                EngineError::Io { operation: "write an archive in", path, cause: source }
            }
            ImageError::Blob { source, .. } | ImageError::VerityRead { source, .. } => {
                EngineError::Io { operation: "read from", path, cause: source }
            }
            other => self.failed_with(&other, other.help()),
        }
    }

    pub(crate) fn stored<T>(&self, result: Result<T, StoreError>) -> Result<T, EngineError> {
        result.map_err(EngineError::store(self.label))
    }

    /// The store, for steps that stream contents.
    pub(crate) const fn store(&self) -> &'a Store {
        self.store
    }

    /// All inputs that are trees, by name.
    pub(crate) fn trees(&self) -> Result<BTreeMap<String, Tree>, EngineError> {
        let inputs = self.action.inputs.iter().filter_map(|(name, input)| match input {
            Input::Tree(digest) => Some((name, *digest)),
            Input::Source(_) => None,
        });
        inputs.map(|(name, digest)| Ok((name.clone(), self.stored(self.store.get_tree(digest))?))).collect()
    }

    /// The tree input `name`.
    pub(crate) fn tree(&self, name: &str) -> Result<Tree, EngineError> {
        match self.action.inputs.get(name) {
            Some(Input::Tree(digest)) => self.stored(self.store.get_tree(*digest)),
            _ => Err(self.wrong(format!("there is no tree {name:?} among its inputs"))),
        }
    }

    /// All inputs that are upstream files, by name.
    pub(crate) fn sources(&self) -> impl Iterator<Item = (&'a str, SourceDigest)> + use<'a> {
        self.action.inputs.iter().filter_map(|(name, input)| match input {
            Input::Source(digest) => Some((name.as_str(), *digest)),
            Input::Tree(_) => None,
        })
    }

    /// Opens an upstream file.
    pub(crate) fn open_source(&self, digest: SourceDigest) -> Result<File, EngineError> {
        self.stored(self.store.open_blob(BlobDigest::new(digest.sha256())))
    }

    /// Reads a whole content.
    pub(crate) fn blob(&self, digest: BlobDigest) -> Result<Vec<u8>, EngineError> {
        self.stored(self.store.read_blob(digest))
    }

    /// The file at `path` of `tree`: where its content lies, its digest and size.
    pub(crate) fn content(&self, tree: &Tree, path: &str) -> Result<(PathBuf, BlobDigest, u64), EngineError> {
        match tree.get(&self.path(path)?) {
            Some(Node::File { blob, size, metadata }) => {
                let file = self.stored(self.store.blob_path(*blob, metadata.mode.is_executable()))?;
                Ok((file, *blob, *size))
            }
            _ => Err(self.wrong(format!("its input has no file {path}"))),
        }
    }

    /// Stores `bytes` and gives the node of a file that holds them.
    pub(crate) fn file(&self, bytes: &[u8], executable: bool) -> Result<Node, EngineError> {
        let (blob, size) = self.stored(self.store.add_bytes(bytes, executable))?;
        Ok(Node::file(blob, size, executable))
    }

    /// A tree of one file.
    pub(crate) fn one_file(&self, path: &str, bytes: &[u8]) -> Result<Tree, EngineError> {
        let mut tree = Tree::new();
        let node = self.file(bytes, false)?;
        self.put(&mut tree, path, node)?;
        Ok(tree)
    }

    /// Puts `node` at `path`.
    pub(crate) fn put(&self, tree: &mut Tree, path: &str, node: Node) -> Result<(), EngineError> {
        tree.insert(self.path(path)?, node).map_err(|cause| self.failed(&cause))
    }

    pub(crate) fn path(&self, text: &str) -> Result<TreePath, EngineError> {
        TreePath::parse(text).map_err(|cause| self.failed(&cause))
    }

    /// All arguments as one value.
    pub(crate) fn parsed<T: serde::de::DeserializeOwned>(&self) -> Result<T, EngineError> {
        T::deserialize(&*self.action.arguments).map_err(|cause| self.wrong(format!("its arguments: {cause}")))
    }

    /// The argument `name`.
    pub(crate) fn argument(&self, name: &str) -> Result<&'a Value, EngineError> {
        self.action.arguments.get(name).ok_or_else(|| self.wrong(format!("there is no argument {name:?}")))
    }

    /// The argument `name`, an array.
    pub(crate) fn array(&self, name: &str) -> Result<Vec<Value>, EngineError> {
        self.argument(name)?
            .as_array()
            .cloned()
            .ok_or_else(|| self.wrong(format!("the argument {name:?} is no array")))
    }

    /// The argument `name`, an object.
    pub(crate) fn object(&self, name: &str) -> Result<Map<String, Value>, EngineError> {
        self.argument(name)?
            .as_object()
            .cloned()
            .ok_or_else(|| self.wrong(format!("the argument {name:?} is no object")))
    }

    /// The argument `name`, an array of strings.
    pub(crate) fn strings(&self, name: &str) -> Result<Vec<String>, EngineError> {
        self.array(name)?
            .iter()
            .map(|value| {
                value.as_str().map(str::to_owned).ok_or_else(|| self.wrong(format!("{name:?} holds no text")))
            })
            .collect()
    }

    /// The argument `name`, a text.
    pub(crate) fn string(&self, name: &str) -> Result<&'a str, EngineError> {
        self.argument(name)?.as_str().ok_or_else(|| self.wrong(format!("the argument {name:?} is no text")))
    }

    /// The argument `name`, a number.
    pub(crate) fn number(&self, name: &str) -> Result<u64, EngineError> {
        self.argument(name)?.as_u64().ok_or_else(|| self.wrong(format!("the argument {name:?} is no number")))
    }

    /// The value `key` of an object that is part of an argument.
    pub(crate) fn field<'v>(&self, value: &'v Value, key: &str) -> Result<&'v Value, EngineError> {
        value.get(key).ok_or_else(|| self.wrong(format!("an argument has no {key:?}")))
    }

    /// The text `key` of an object that is part of an argument.
    pub(crate) fn text(&self, value: &Value, key: &str) -> Result<String, EngineError> {
        value
            .get(key)
            .and_then(Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| self.wrong(format!("an argument has no text {key:?}")))
    }
}
