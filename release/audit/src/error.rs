// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a part of a release could not be read or judged. `verify` notes these as findings; it never stops at one.

use std::io;

use crate::next_step::FETCH_AGAIN;

/// A failed step of the audit.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file could not be read.
    #[error("read {path}: {source}")]
    Read {
        /// Path in the release.
        path: String,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file that is not in the folder, or is no regular file.
    #[error("read {path}: it is no regular file of the folder")]
    Missing {
        /// Path in the release.
        path: String,
    },
    /// A file is greater than what is read of its kind.
    #[error("read {path}: it has {size} bytes, more than the {limit} that are taken")]
    TooLarge {
        /// Path in the release.
        path: String,
        /// Its size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// All files together are more than what is hashed of a release.
    #[error("hash the files: they have {total} bytes together, more than the {limit} that are taken")]
    TooMuch {
        /// Their size.
        total: u64,
        /// The limit.
        limit: u64,
    },
    /// A file has other bytes than when it was hashed.
    #[error("read {path}: it changed while it was being judged")]
    Changed {
        /// Path in the release.
        path: String,
    },
    /// An EFI program is not as the format says.
    #[error("read it as an EFI program: at offset {offset:#x}: {reason}")]
    Program {
        /// Byte offset in the file.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A section of the unified kernel image is not there once.
    #[error("read its section {name}: {reason}")]
    Section {
        /// Name of the section.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// An initramfs is not as the format says.
    #[error("read it as a newc archive: at offset {offset:#x}: {reason}")]
    Archive {
        /// Byte offset in the file.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// A document does not have the form that it should have.
    #[error("read it: {reason}")]
    Document {
        /// What is wrong, with the place.
        reason: String,
    },
    /// A statement about a rebuild cannot be written.
    #[error("write the statement about a rebuild: {reason}")]
    Statement {
        /// What is wrong.
        reason: String,
    },
}

impl AuditError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Read { .. } => {
                Some("mend what is in the way (permissions, or the disk), and run again".to_owned())
            }
            Self::Changed { .. } => Some("audit a copy that nobody else can write to".to_owned()),
            Self::Missing { .. } => Some(FETCH_AGAIN.to_owned()),
            Self::TooLarge { .. } | Self::TooMuch { .. } => {
                Some("no release needs that much: fetch it again, whole, or do not use it".to_owned())
            }
            Self::Statement { .. } => {
                Some("a statement is made only of a comparison in which everything was identical".to_owned())
            }
            Self::Program { .. } | Self::Section { .. } | Self::Archive { .. } | Self::Document { .. } => {
                None
            }
        }
    }
}
