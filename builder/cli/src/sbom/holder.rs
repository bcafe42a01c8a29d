// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where documents lie: a folder, which is a release or the root of an image, the files of an image in the store, or a file
//! system image.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use ashlar_release_bundle::limits::{CONTENTS_LIMIT, IMAGE_LIMIT};
use ashlar_release_bundle::{erofs, read_regular};
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
/// The root of a release, or of an image in the store.
const ROOT: &str = "root.erofs";
/// The largest file of a folder that is read, and the most that all documents of a file system may have together.
const LIMIT: u64 = MAX_BYTES as u64;

/// Something that holds documents.
pub(crate) enum Holder {
    Folder(PathBuf),
    Image { name: String, store: Store, tree: Tree },
    FileSystem(FileSystem),
}

/// What is taken from the image of a root or of an extension.
pub(crate) struct FileSystem {
    path: PathBuf,
    documents: BTreeMap<String, Vec<u8>>,
    sizes: BTreeMap<String, u64>,
}

/// What is taken from a file system, which may be a stranger's.
#[derive(Default)]
struct Taken {
    documents: BTreeMap<String, Vec<u8>>,
    sizes: BTreeMap<String, u64>,
    /// Bytes that they may still have.
    left: u64,
}

impl Taken {
    /// Takes the size of a file, and its content if it is a document.
    fn offer(&mut self, path: &str, content: &[u8]) -> Result<(), String> {
        let size = u64::try_from(content.len()).unwrap_or(u64::MAX);
        self.sizes.insert(path.to_owned(), size);
        if !is_in_root(path) || !path.ends_with(DOCUMENT) {
            return Ok(());
        }
        self.left = self.left.checked_sub(size).ok_or_else(|| {
            format!(
                "/{path} has {size} bytes: its documents have more than the {LIMIT} together that are taken"
            )
        })?;
        self.documents.insert(path.to_owned(), content.to_vec());
        Ok(())
    }
}

impl FileSystem {
    /// Reads the file at `path`; `None` if it begins as no file system does.
    pub(crate) fn open(path: &Path) -> Result<Option<Self>, Failure> {
        let failed =
            |cause: std::io::Error| Failure::surroundings(format!("read {}: {cause}", path.display()));
        let mut begin = Vec::new();
        // Of a pipe nothing may be taken that a document begins with.
        let file = path.metadata().map_err(failed)?.is_file();
        if file {
            let limit = u64::try_from(erofs::BEGIN).unwrap_or(u64::MAX);
            File::open(path).and_then(|file| file.take(limit).read_to_end(&mut begin)).map_err(failed)?;
        }
        if !erofs::is_erofs(&begin) {
            return Ok(None);
        }
        // The caller named it, so a link may lead to it.
        let image = read_regular(&path.canonicalize().map_err(failed)?, IMAGE_LIMIT)?;
        let wrong = |reason: String| Failure::Finding {
            message: format!("read the file system {}: {reason}", path.display()),
            help: None,
        };
        let mut taken = Taken { left: LIMIT, ..Taken::default() };
        erofs::each_file(&image, CONTENTS_LIMIT, &mut |path, content| taken.offer(path, content))
            .map_err(wrong)?;
        Ok(Some(Self { path: path.to_owned(), documents: taken.documents, sizes: taken.sizes }))
    }
}

impl Holder {
    /// For messages.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Folder(path) => path.display().to_string(),
            Self::Image { name, .. } => format!("image {name}"),
            Self::FileSystem(file_system) => file_system.path.display().to_string(),
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
            Self::FileSystem(file_system) => Ok(file_system.documents.get(path).cloned()),
            Self::Image { store, tree, .. } => {
                match TreePath::parse(path).ok().and_then(|path| tree.get(&path)) {
                    Some(Node::File { blob, .. }) => Ok(Some(store.read_blob(*blob)?)),
                    _ => Ok(None),
                }
            }
        }
    }

    /// The sizes of the files of its root in bytes: of a release and of an image in the store by the inodes of `root.erofs`,
    /// of another folder as they lie there.
    pub(crate) fn sizes<'a>(
        &self,
        files: impl Iterator<Item = &'a TreePath>,
    ) -> Result<BTreeMap<TreePath, u64>, Failure> {
        let image = match self {
            Self::Folder(folder) => {
                let path = folder.join(ROOT);
                path.is_file().then(|| read_regular(&path, IMAGE_LIMIT)).transpose()?
            }
            Self::Image { .. } => self.read(ROOT)?,
            Self::FileSystem(file_system) => return Ok(typed(file_system.sizes.clone())),
        };
        let Some(image) = image else {
            let Self::Folder(folder) = self else { return Ok(BTreeMap::new()) };
            let mut sizes = BTreeMap::new();
            for path in files {
                let place = folder.join(path.as_str());
                match place.symlink_metadata() {
                    Ok(metadata) => drop(sizes.insert(path.clone(), metadata.len())),
                    // Who keeps documents need not keep the files that they list.
                    Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {}
                    Err(cause) => {
                        return Err(Failure::surroundings(format!("look at {}: {cause}", place.display())));
                    }
                }
            }
            return Ok(sizes);
        };
        let sizes = erofs::sizes(&image).map_err(|reason| Failure::Finding {
            message: format!("read {ROOT} of {}: {reason}", self.shown()),
            help: None,
        })?;
        Ok(typed(sizes))
    }

    /// The paths of its SPDX documents, sorted: those at its top and those of a root.
    pub(crate) fn documents(&self) -> Result<Vec<String>, Failure> {
        let mut paths = match self {
            Self::Folder(_) => [self.names("")?, self.names(IN_ROOT)?].concat(),
            Self::Image { tree, .. } => tree.iter().map(|(path, _)| path.as_str().to_owned()).collect(),
            Self::FileSystem(file_system) => file_system.documents.keys().cloned().collect(),
        };
        paths.retain(|path| path.ends_with(DOCUMENT));
        paths.sort();
        Ok(paths)
    }

    /// The one document of a root that says what is in it, where the root has one: that of an extension has its name.
    pub(crate) fn lone_document(&self) -> Result<Option<String>, Failure> {
        let mut documents = self.documents()?;
        documents.retain(|path| is_in_root(path) && !path.ends_with(FILE_LIST));
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

/// Whether a path leads to where a root holds its documents.
fn is_in_root(path: &str) -> bool {
    path.strip_prefix(IN_ROOT).is_some_and(|rest| rest.starts_with('/'))
}

/// Sizes by path; one that no tree can have is passed over.
fn typed(sizes: BTreeMap<String, u64>) -> BTreeMap<TreePath, u64> {
    let typed = |(path, size): (String, u64)| Some((TreePath::parse(&path).ok()?, size));
    sizes.into_iter().filter_map(typed).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_those_below_their_folder_and_nothing_beside_it() {
        let mut taken = Taken { left: LIMIT, ..Taken::default() };
        for path in [
            "usr/share/spdx/os.spdx.json",
            "usr/share/spdx-x/os.spdx.json",
            "usr/share/spdx.spdx.json",
            "usr/share/spdx/README",
        ] {
            taken.offer(path, b"{}").unwrap();
        }
        assert_eq!(taken.documents.keys().collect::<Vec<_>>(), ["usr/share/spdx/os.spdx.json"]);
        assert_eq!(taken.left, LIMIT - 2);
    }

    #[test]
    fn a_stranger_cannot_fill_the_memory_with_documents() {
        let mut taken = Taken { left: 5, ..Taken::default() };
        taken.offer("usr/share/spdx/a.spdx.json", b"{  }").unwrap();
        taken.offer("usr/bin/large", &[0; 1000]).unwrap();
        let reason = taken.offer("usr/share/spdx/b.spdx.json", b"{}").unwrap_err();
        assert!(
            reason.starts_with("/usr/share/spdx/b.spdx.json has 2 bytes: its documents have more than"),
            "{reason}"
        );
        assert_eq!(taken.documents.len(), 1);
    }
}
