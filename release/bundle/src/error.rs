// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a release directory was not written, or not read.

use std::io;
use std::path::{Path, PathBuf};

use ashlar_module_signature::ReleaseId;

use crate::Role;

/// A failed operation on a release directory or one of its documents.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// Something could not be read.
    #[error("read {}", path.display())]
    Read {
        /// What was to be read.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file is longer than any release needs.
    #[error("read {}: it has more than the {limit} bytes that are taken", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The limit.
        limit: u64,
    },
    /// Something could not be written.
    #[error("write {}", path.display())]
    Write {
        /// What was to be written.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What lies in the unfinished release is not what was written there.
    #[error("write {}: it is not what was written a moment ago", path.display())]
    Changed {
        /// The file that differs, is gone, or was added.
        path: PathBuf,
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
    /// The lock of a release could not be taken.
    #[error("lock {}", path.display())]
    Lock {
        /// The lock's file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Another process is at the same release.
    #[error("claim the release {release}: another process holds {}", lock.display())]
    Claimed {
        /// The release.
        release: ReleaseId,
        /// The lock's file.
        lock: PathBuf,
    },
    /// The release is already there.
    #[error("make the release {release}: {} is already there", path.display())]
    Exists {
        /// The release.
        release: ReleaseId,
        /// Its directory.
        path: PathBuf,
    },
    /// The version was signed before, for other bytes.
    #[error("resume the release {release}: its ceremony was held for other bytes")]
    OtherCommitment {
        /// The release.
        release: ReleaseId,
        /// The record of that ceremony.
        record: PathBuf,
        /// What was signed.
        recorded: String,
        /// What is to be signed now.
        wanted: String,
    },
    /// The ceremony of this version is already recorded.
    #[error("record the ceremony of {release}: {} is already there", record.display())]
    AlreadyRecorded {
        /// The release.
        release: ReleaseId,
        /// The record.
        record: PathBuf,
    },
    /// A record of a ceremony that somebody else may have put there.
    #[error("use the recorded ceremony {}: {reason}", record.display())]
    ForeignRecord {
        /// The record.
        record: PathBuf,
        /// Why it does not count.
        reason: &'static str,
    },
    /// The publisher's key did not seal a record.
    #[error("seal the record of the ceremony: {reason}")]
    Seal {
        /// Why not.
        reason: String,
    },
    /// The record of a ceremony was changed or damaged.
    #[error("use the recorded ceremony {}: {reason}", path.display())]
    DamagedRecord {
        /// The file at fault.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A name that is none.
    #[error("read {text:?} as a {what}: {reason}")]
    Name {
        /// What it was to be.
        what: &'static str,
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A path that does not stay inside a release directory, or that no tool could print plainly.
    #[error("read {text:?} as a path in a release: {reason}")]
    Path {
        /// The text.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// An entry of a release directory that is neither a file nor one of its folders.
    #[error("read the release directory: {} is {what}", path.display())]
    NotAFile {
        /// The entry.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
    /// A file that the layout does not know.
    #[error("place {path} in a release: the layout has no such file")]
    Unplaced {
        /// The file.
        path: String,
    },
    /// A file that has to be there.
    #[error("complete the release: {path} is missing ({reason})")]
    Missing {
        /// The file.
        path: String,
        /// Why it has to be there.
        reason: &'static str,
    },
    /// A file that must not be there.
    #[error("complete the release: {path} must not be there ({reason})")]
    Superfluous {
        /// The file.
        path: String,
        /// Why.
        reason: &'static str,
    },
    /// A file that is given twice.
    #[error("add {path} to the release: it is already in it")]
    Twice {
        /// The file.
        path: String,
    },
    /// The manifest gives a file another role than the layout.
    #[error("read manifest.json: {path} has the role {stated}, the layout says {expected}")]
    Role {
        /// The file.
        path: String,
        /// Role in the manifest.
        stated: Role,
        /// Role by the layout.
        expected: Role,
    },
    /// A document that is malformed, or that says something impossible.
    #[error("read {document}: {reason}")]
    Document {
        /// Its name.
        document: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A document that is not in its one form.
    #[error("read {document}: it is not in canonical form, first at byte {offset}")]
    NotCanonical {
        /// Its name.
        document: &'static str,
        /// The first byte that differs from the canonical form.
        offset: usize,
    },
    /// A line of SHA256SUMS that is not in the form that this crate writes.
    #[error("read SHA256SUMS: line {line}: {reason}")]
    Sums {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// The caller could not sign the manifest.
    #[error("sign the manifest: {reason}")]
    SignManifest {
        /// What the signer says.
        reason: String,
    },
    /// A file that a decoder could not take apart.
    #[error("take apart {path}: {reason}")]
    Decode {
        /// The file or part.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl BundleError {
    pub(crate) fn read(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Read { path: path.as_ref().to_owned(), source }
    }

    pub(crate) fn write(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Write { path: path.as_ref().to_owned(), source }
    }

    pub(crate) fn remove(path: impl AsRef<Path>) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Remove { path: path.as_ref().to_owned(), source }
    }

    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Claimed { .. } => Some("wait for it, or end it; a dead process holds no lock".to_owned()),
            Self::Exists { .. } => {
                Some("a release is never written twice: choose another version, or move the directory away".to_owned())
            }
            Self::OtherCommitment { record, recorded, wanted, .. } => Some(format!(
                "signed were {recorded}, these are {wanted}. Two releases must not have one name: choose another \
                 version; or, if nothing of that ceremony was ever published, remove {} and run again",
                record.display()
            )),
            Self::ForeignRecord { record, .. } => Some(format!(
                "whoever put it there could hold the module key that this release would trust. Find out who did; if \
                 nothing of that ceremony was ever published, remove {} and run again",
                record.display()
            )),
            Self::DamagedRecord { .. } => Some(
                "take the record from a backup; or, if nothing of that ceremony was ever published, remove its \
                 directory and run again"
                    .to_owned(),
            ),
            Self::Write { source, .. } if source.kind() == io::ErrorKind::StorageFull => {
                Some("make room and run again: nothing was left under the release's name".to_owned())
            }
            Self::Changed { .. } => Some(
                "somebody else writes to the output folder: choose one to which only you can write, and run again"
                    .to_owned(),
            ),
            Self::Unplaced { .. } => Some("docs/design/release.md, \"Release directory\", lists every file".to_owned()),
            Self::TooLarge { .. } => {
                Some("no release needs it: fetch the release again, or do not use it".to_owned())
            }
            Self::Read { .. }
            | Self::Write { .. }
            | Self::Remove { .. }
            | Self::Lock { .. }
            | Self::AlreadyRecorded { .. }
            | Self::Name { .. }
            | Self::Path { .. }
            | Self::NotAFile { .. }
            | Self::Missing { .. }
            | Self::Superfluous { .. }
            | Self::Twice { .. }
            | Self::Role { .. }
            | Self::Document { .. }
            | Self::NotCanonical { .. }
            | Self::Sums { .. }
            | Self::SignManifest { .. }
            | Self::Seal { .. }
            | Self::Decode { .. } => None,
        }
    }
}
