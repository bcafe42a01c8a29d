// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a check found.

use std::fmt;
use std::path::PathBuf;

use ashlar_digest::{BlobDigest, DerivationId, TreeDigest};

/// How far a check is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Contents done.
    pub done: u64,
    /// Contents in the store.
    pub total: u64,
}

/// Something in the store that is not as it was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Problem {
    /// A content that is not what its name says.
    Blob {
        /// Its file.
        path: PathBuf,
        /// What its name says.
        digest: BlobDigest,
        /// What is wrong.
        reason: String,
    },
    /// A content with another mode or time than builds rely on.
    BlobMetadata {
        /// Its file.
        path: PathBuf,
        /// Whether it should be executable.
        executable: bool,
    },
    /// A tree that is not what its name says, or whose contents are not all there.
    Tree {
        /// Its file.
        path: PathBuf,
        /// What its name says.
        digest: TreeDigest,
        /// What is wrong.
        reason: String,
    },
    /// A realisation that cannot be relied on.
    Realisation {
        /// Its file.
        path: PathBuf,
        /// What its name says.
        id: DerivationId,
        /// What is wrong.
        reason: String,
    },
    /// A derivation that is not what its name says.
    Derivation {
        /// Its file.
        path: PathBuf,
        /// What its name says.
        id: DerivationId,
        /// What is wrong.
        reason: String,
    },
    /// A checkout that differs from its tree.
    Checkout {
        /// Its directory.
        path: PathBuf,
        /// The tree.
        digest: TreeDigest,
        /// The first difference.
        reason: String,
    },
    /// Roots that cannot be read; garbage collection refuses to run.
    Roots {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A file that nobody put there.
    Stray {
        /// The file.
        path: PathBuf,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blob { path, reason, .. }
            | Self::Tree { path, reason, .. }
            | Self::Realisation { path, reason, .. }
            | Self::Derivation { path, reason, .. }
            | Self::Checkout { path, reason, .. }
            | Self::Roots { path, reason } => write!(f, "{}: {reason}", path.display()),
            Self::BlobMetadata { path, .. } => write!(f, "{}: its mode or time was changed", path.display()),
            Self::Stray { path } => write!(f, "{}: it is no part of a store", path.display()),
        }
    }
}

/// The result of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Contents looked at.
    pub blobs: u64,
    /// Bytes in them.
    pub bytes: u64,
    /// Trees looked at.
    pub trees: u64,
    /// Realisations looked at.
    pub realisations: u64,
    /// Checkouts looked at.
    pub checkouts: u64,
    /// All that is wrong, sorted.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.problems.is_empty()
    }
}
