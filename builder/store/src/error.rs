// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong in the store, and what the reader can do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use ashlar_digest::{BlobDigest, DerivationId, SourceDigest, TreeDigest};

/// A failed operation of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or directory could not be read.
    #[error("read {}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Bytes that were to be stored could not be read from where the caller takes them.
    #[error("read the content to be stored")]
    ReadContent {
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file, directory or link could not be written.
    #[error("write {}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Something could not be removed.
    #[error("remove {}", path.display())]
    Remove {
        /// What was to be removed.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A lock could not be taken.
    #[error("lock {}", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The system gave no random bytes for a name.
    #[error("get random bytes for a temporary name")]
    Random {
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// The folder is a store of another format.
    #[error("open the store {}: its format is {found:?}, this program writes {expected:?}", path.display())]
    Format {
        /// The store.
        path: PathBuf,
        /// What its `format` file says.
        found: String,
        /// What this program reads and writes.
        expected: &'static str,
    },
    /// The folder holds other things than a store.
    #[error("make a store of {}: it holds {entry:?}, which is no part of a store", path.display())]
    NotAStore {
        /// The folder.
        path: PathBuf,
        /// The first foreign entry.
        entry: String,
    },
    /// A file does not have the digest that was promised.
    #[error("take {} as the source {expected}: its sha256 is {found}", path.display())]
    SourceMismatch {
        /// The file.
        path: PathBuf,
        /// What the recipe or lock says.
        expected: SourceDigest,
        /// What it has.
        found: SourceDigest,
    },
    /// A blob that something refers to is not in the store.
    #[error("find the blob {digest} in the store")]
    MissingBlob {
        /// The blob.
        digest: BlobDigest,
    },
    /// The content of a blob is not what its name says.
    #[error("use {}: {reason}", path.display())]
    CorruptBlob {
        /// The blob's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A tree is not in the store.
    #[error("find the tree {digest} in the store")]
    MissingTree {
        /// The tree.
        digest: TreeDigest,
    },
    /// A stored tree is not what its name says.
    #[error("use {}: {reason}", path.display())]
    CorruptTree {
        /// The tree's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The record of a realisation cannot be relied on.
    #[error("use {}: {reason}", path.display())]
    CorruptRealisation {
        /// The record's file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A derivation's encoding does not have its id.
    #[error("record the derivation {expected}: its encoding has the digest {found}")]
    DerivationMismatch {
        /// The id given.
        expected: DerivationId,
        /// The id of the encoding given.
        found: DerivationId,
    },
    /// A directory holds things that a tree cannot hold.
    #[error("capture {}:{}", directory.display(), Lines(problems))]
    Capture {
        /// The directory.
        directory: PathBuf,
        /// All that is wrong, in the order of paths.
        problems: Vec<CaptureProblem>,
    },
    /// A name for roots that cannot be a file name.
    #[error(
        "name roots {name:?}: use letters, digits, `.`, `-` and `_`, no leading dot, 100 characters at most"
    )]
    RootsName {
        /// The name given.
        name: String,
    },
    /// A roots file that cannot be relied on.
    #[error("use {}: line {line} is no root", path.display())]
    CorruptRoots {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
    },
}

/// Something in a directory that a tree cannot hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureProblem {
    /// The path below the directory, escaped where it is not UTF-8.
    pub path: String,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// Problems, one a line.
struct Lines<'a>(&'a [CaptureProblem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.0 {
            write!(f, "\n  {}: {}", problem.path, problem.reason)?;
        }
        Ok(())
    }
}

const REPAIR: &str =
    "run `ashlar store check --repair`, which moves what is damaged aside, so that it is made again";

impl StoreError {
    /// The next step to take, where there is one to name.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Write { source, .. } => match source.kind() {
                io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(
                    "the disk is full: run `ashlar store gc`, or put the store elsewhere with `--store DIR`".to_owned(),
                ),
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => {
                    Some("the store has to lie where you may write: `--store DIR`".to_owned())
                }
                _ => None,
            },
            Self::Format { .. } => {
                Some("use the program that wrote it, or another folder with `--store DIR`; a store can be deleted, it is made again from sources".to_owned())
            }
            Self::NotAStore { .. } => {
                Some("name an empty or a new folder with `--store DIR`".to_owned())
            }
            Self::SourceMismatch { .. } => Some(
                "the bytes are not those that were locked: fetch them again, or look into what changed before you change the digest".to_owned(),
            ),
            Self::CorruptBlob { .. }
            | Self::CorruptTree { .. }
            | Self::CorruptRealisation { .. }
            | Self::MissingBlob { .. }
            | Self::MissingTree { .. } => Some(REPAIR.to_owned()),
            Self::CorruptRoots { path, .. } => Some(format!(
                "delete {} and build again what it named; until then `ashlar store gc` removes nothing",
                path.display()
            )),
            Self::Read { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                Some("a store and all in it belong to one user: use your own with `--store DIR`".to_owned())
            }
            Self::Read { .. }
            | Self::ReadContent { .. }
            | Self::Remove { .. }
            | Self::Lock { .. }
            | Self::Random { .. }
            | Self::DerivationMismatch { .. }
            | Self::Capture { .. }
            | Self::RootsName { .. } => None,
        }
    }

    pub(crate) fn read(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Read { path, source }
    }

    pub(crate) fn write(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Write { path, source }
    }

    pub(crate) fn remove(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Remove { path, source }
    }

    pub(crate) fn lock(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Lock { path, source }
    }
}
