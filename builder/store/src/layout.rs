// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where things stand in a store, and how a folder becomes one.
//!
//! ```text
//! format                        "ashlar-store 1"; written last, so a folder that has it is a whole store
//! lock                          flock: shared by whoever has the store open, exclusive for gc and repair
//! blobs/ab/<sha256>             a file's content, 0444
//! blobs/ab/<sha256>.x           the same as an executable, 0555
//! trees/ab/<TreeDigest>         the canonical text of a tree
//! realisations/ab/<DerivationId>  canonical JSON: which trees a derivation gave; its time says when it was recorded
//! derivations/ab/<DerivationId> the derivation's canonical encoding, for `ashlar why`
//! checkouts/<TreeDigest>/       a tree on disk: directories 0755, links, files that are hardlinks of blobs
//! logs/<DerivationId>.log       what the build printed
//! records/<moment>-<random>.jsonl  what a build did and took; the moment in milliseconds since 1970
//! partial/                      downloads that are not complete
//! tmp/<name>-<random>/          scratch of a process; tmp/<name>-<random>.owner is flock'ed while it lives
//! tmp/doomed-<TreeDigest>/      a checkout that garbage collection is removing
//! locks/<DerivationId>          flock: who builds this (also source-<SourceDigest>, checkout-<TreeDigest>)
//! roots/<name>                  what gc must keep
//! quarantine/                   what `check --repair` found damaged
//! ```
//!
//! `ab` is the first two digits of the name. Everything that a build can see has the modification time [`MTIME`].

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ashlar_digest::{BlobDigest, DerivationId, TreeDigest};

use crate::StoreError;
use crate::lock;

/// 1980-01-01 00:00:00 UTC, the modification time of everything that store or sandbox show.
pub const MTIME: i64 = 315_532_800;

pub(crate) const FORMAT: &str = "ashlar-store 1";
pub(crate) const EXECUTABLE_SUFFIX: &str = ".x";
pub(crate) const DOOMED_PREFIX: &str = "doomed-";
pub(crate) const OWNER_SUFFIX: &str = ".owner";

pub(crate) const DIRECTORIES: [&str; 12] = [
    "blobs",
    "trees",
    "realisations",
    "derivations",
    "checkouts",
    "logs",
    "records",
    "partial",
    "tmp",
    "locks",
    "roots",
    "quarantine",
];

/// The paths of one store.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// Makes `path` a store if it is new or empty, and refuses what is neither that nor a store of this format.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let root = std::path::absolute(path).map_err(StoreError::read(path))?;
        let layout = Self { root };
        let format = layout.root.join("format");
        match fs::read(&format) {
            Ok(found) if found == format!("{FORMAT}\n").as_bytes() => Ok(layout),
            Ok(found) => Err(StoreError::Format {
                path: layout.root,
                found: String::from_utf8_lossy(&found).trim_end().chars().take(60).collect(),
                expected: FORMAT,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => layout.create().map(|()| layout),
            Err(error) => Err(StoreError::read(format)(error)),
        }
    }

    /// Another process may do the same at the same time, and an earlier one may have died half way.
    fn create(&self) -> Result<(), StoreError> {
        const UNFINISHED: &str = "format.new";
        fs::create_dir_all(&self.root).map_err(StoreError::write(&self.root))?;
        for entry in fs::read_dir(&self.root).map_err(StoreError::read(&self.root))? {
            let name = entry.map_err(StoreError::read(&self.root))?.file_name();
            let name = name.to_string_lossy();
            if !["lock", "format", UNFINISHED].contains(&name.as_ref())
                && !DIRECTORIES.contains(&name.as_ref())
            {
                return Err(StoreError::NotAStore { path: self.root.clone(), entry: name.into_owned() });
            }
        }
        // Not the file `lock`: whoever came first may hold that for as long as a build takes.
        let _alone = lock::take_directory(&self.root)?;
        let format = self.root.join("format");
        if format.exists() {
            return Ok(());
        }
        for name in DIRECTORIES {
            let path = self.root.join(name);
            match fs::create_dir(&path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                    return Err(StoreError::write(path)(error));
                }
                _ => {}
            }
        }
        let unfinished = self.root.join(UNFINISHED);
        fs::write(&unfinished, format!("{FORMAT}\n"))
            .and_then(|()| fs::rename(&unfinished, &format))
            .map_err(StoreError::write(&format))
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    fn fanned(&self, directory: &str, digest: impl fmt::Display, suffix: &str) -> PathBuf {
        let name = format!("{digest}{suffix}");
        let mut path = self.root.join(directory);
        path.push(&name[..2]);
        path.push(name);
        path
    }

    pub(crate) fn blob(&self, digest: BlobDigest, executable: bool) -> PathBuf {
        self.fanned("blobs", digest, if executable { EXECUTABLE_SUFFIX } else { "" })
    }

    pub(crate) fn tree(&self, digest: TreeDigest) -> PathBuf {
        self.fanned("trees", digest, "")
    }

    pub(crate) fn realisation(&self, id: DerivationId) -> PathBuf {
        self.fanned("realisations", id, "")
    }

    pub(crate) fn derivation(&self, id: DerivationId) -> PathBuf {
        self.fanned("derivations", id, "")
    }

    pub(crate) fn checkout(&self, digest: TreeDigest) -> PathBuf {
        self.root.join("checkouts").join(digest.to_string())
    }

    pub(crate) fn log(&self, id: DerivationId) -> PathBuf {
        self.root.join("logs").join(format!("{id}.log"))
    }

    pub(crate) fn lock(&self, name: &str) -> PathBuf {
        self.root.join("locks").join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_with_foreign_things_never_becomes_a_store() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("thesis.tex"), "").unwrap();
        let error = Layout::open(folder.path()).unwrap_err();
        assert!(matches!(&error, StoreError::NotAStore { entry, .. } if entry == "thesis.tex"), "{error}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn another_format_is_refused_with_help() {
        let folder = tempfile::tempdir().unwrap();
        Layout::open(folder.path()).unwrap();
        fs::write(folder.path().join("format"), "ashlar-store 2\n").unwrap();
        let error = Layout::open(folder.path()).unwrap_err();
        assert!(error.to_string().contains("\"ashlar-store 2\""), "{error}");
        assert!(error.help().unwrap().contains("--store"));
    }

    #[test]
    fn a_creation_that_died_half_way_is_finished() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("blobs")).unwrap();
        fs::write(folder.path().join("format.new"), "ash").unwrap();
        Layout::open(folder.path()).unwrap();
        assert!(folder.path().join("roots").is_dir());
    }
}
