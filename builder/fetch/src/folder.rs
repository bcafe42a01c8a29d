// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files that somebody brought by hand (`--sources DIR`), found by what they contain, not by their names.
//!
//! Finding is a hint only: a found file is copied and verified like a download, so one that changes
//! meanwhile does no harm.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ashlar_digest::{Hasher, Sha256, SourceDigest};

use crate::FetchError;
use crate::fetcher::locked;

/// The files below one folder.
#[derive(Debug)]
pub struct LocalFolder {
    /// Size and path, so that a known size leaves few files to hash.
    files: Vec<(u64, PathBuf)>,
    hashed: Mutex<BTreeMap<PathBuf, Sha256>>,
}

impl LocalFolder {
    /// Lists the regular files below `folder`; reads none of them.
    ///
    /// # Errors
    /// [`FetchError::Folder`] where it cannot be listed: a folder that somebody named and that cannot be read
    /// is a mistake, not an empty folder.
    pub fn index(folder: &Path) -> Result<Self, FetchError> {
        let root = std::path::absolute(folder).map_err(|source| unreadable(folder, source))?;
        let mut files = Vec::new();
        for entry in walkdir::WalkDir::new(&root).sort_by_file_name() {
            let entry = entry.map_err(|error| {
                let path = error.path().unwrap_or(&root).to_owned();
                unreadable(&path, error.into())
            })?;
            if entry.file_type().is_file() {
                let metadata = entry.metadata().map_err(|error| unreadable(entry.path(), error.into()))?;
                files.push((metadata.len(), entry.into_path()));
            }
        }
        Ok(Self { files, hashed: Mutex::default() })
    }

    /// A file with that digest, if there is one. Hashes each candidate once.
    ///
    /// # Errors
    /// [`FetchError::Folder`] where a candidate cannot be read.
    pub fn find(&self, digest: SourceDigest, size: Option<u64>) -> Result<Option<PathBuf>, FetchError> {
        for (length, path) in &self.files {
            if size.is_some_and(|size| size != *length) {
                continue;
            }
            let known = locked(&self.hashed).get(path).copied();
            let found = match known {
                Some(found) => found,
                None => {
                    let found = hash(path).map_err(|source| unreadable(path, source))?;
                    locked(&self.hashed).insert(path.clone(), found);
                    found
                }
            };
            if found == digest.sha256() {
                return Ok(Some(path.clone()));
            }
        }
        Ok(None)
    }

    /// The files that lie at `relative` below any of its folders, for what is known by its place in a larger shape.
    pub(crate) fn find_below(&self, relative: &str) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(_, path)| path.as_path()).filter(move |path| path.ends_with(relative))
    }
}

fn unreadable(path: &Path, source: io::Error) -> FetchError {
    FetchError::Folder { path: path.to_owned(), source }
}

fn hash(path: &Path) -> io::Result<Sha256> {
    let mut hasher = Hasher::new();
    io::copy(&mut File::open(path)?, &mut hasher)?;
    Ok(hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_content_in_subfolders() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("sub")).unwrap();
        std::fs::write(folder.path().join("sub/any-name"), b"wanted").unwrap();
        std::fs::write(folder.path().join("same-size"), b"wantew").unwrap();
        let index = LocalFolder::index(folder.path()).unwrap();
        let digest = SourceDigest::new(Sha256::of(b"wanted"));
        let found = index.find(digest, Some(6)).unwrap().unwrap();
        assert!(found.ends_with("sub/any-name"));
        assert_eq!(index.find(digest, None).unwrap(), Some(found));
        assert_eq!(index.find(digest, Some(7)).unwrap(), None);
    }

    #[test]
    fn files_of_another_size_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), b"12345").unwrap();
        let index = LocalFolder::index(folder.path()).unwrap();
        std::fs::remove_file(folder.path().join("a")).unwrap();
        let digest = SourceDigest::new(Sha256::of(b"wanted"));
        assert!(index.find(digest, Some(6)).unwrap().is_none());
        assert!(matches!(index.find(digest, Some(5)), Err(FetchError::Folder { .. })));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("missing");
        assert!(matches!(LocalFolder::index(&missing), Err(FetchError::Folder { .. })));
    }
}
