// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where documents lie: a folder, which is a release or the root of an image, or the files of an image in the store.

use std::path::PathBuf;

use ashlar_release_bundle::read_regular;
use ashlar_sbom::MAX_BYTES;
use ashlar_store::Store;
use ashlar_tree::{Node, Tree, TreePath};

use crate::failure::Failure;

/// Where a root holds its documents.
pub(crate) const IN_ROOT: &str = "usr/share/spdx";
/// What the name of an SPDX 2.3 document ends with.
pub(crate) const DOCUMENT: &str = ".spdx.json";
/// What the name of a list of files ends with.
pub(crate) const FILE_LIST: &str = "-files.spdx.json";
/// The largest file of a folder that is read.
const LIMIT: u64 = MAX_BYTES as u64;

/// Something that holds documents.
pub(crate) enum Holder {
    Folder(PathBuf),
    Image { name: String, store: Store, tree: Tree },
}

impl Holder {
    /// For messages.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Image { name, .. } => format!("image {name}"),
        }
    }

    /// The content of the file at `path`; `None` if there is none. Of a folder, links are not followed: it can be a stranger's.
    pub(crate) fn read(&self, path: &str) -> Result<Option<Vec<u8>>, Failure> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(path);
                let is_there = path.symlink_metadata().is_ok();
                Ok(is_there.then(|| read_regular(&path, LIMIT)).transpose()?)
            }
            Self::Image { store, tree, .. } => {
                match TreePath::parse(path).ok().and_then(|path| tree.get(&path)) {
                    Some(Node::File { blob, .. }) => Ok(Some(store.read_blob(*blob)?)),
                    _ => Ok(None),
                }
            }
        }
    }

    /// The paths of its SPDX documents, sorted: those at its top and those of a root.
    pub(crate) fn documents(&self) -> Result<Vec<String>, Failure> {
        let mut paths = match self {
            Self::Folder(_) => [self.names("")?, self.names(IN_ROOT)?].concat(),
            Self::Image { tree, .. } => tree.iter().map(|(path, _)| path.as_str().to_owned()).collect(),
        };
        paths.retain(|path| path.ends_with(DOCUMENT));
        paths.sort();
        Ok(paths)
    }

    /// The one document of a root that says what is in it, where the root has one: that of an extension has its name.
    pub(crate) fn lone_document(&self) -> Result<Option<String>, Failure> {
        let mut documents = self.documents()?;
        documents.retain(|path| path.starts_with(IN_ROOT) && !path.ends_with(FILE_LIST));
        Ok(documents.pop().filter(|_| documents.is_empty()))
    }

    fn names(&self, below: &str) -> Result<Vec<String>, Failure> {
        let Self::Folder(folder) = self else { return Ok(Vec::new()) };
        let folder = folder.join(below);
        if !folder.is_dir() {
            return Ok(Vec::new());
        }
        let wrong =
            |cause: std::io::Error| Failure::surroundings(format!("list {}: {cause}", folder.display()));
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(wrong)? {
            if let Ok(name) = entry.map_err(wrong)?.file_name().into_string() {
                names.push(if below.is_empty() { name } else { format!("{below}/{name}") });
            }
        }
        Ok(names)
    }
}
