// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a lock cannot be written.

use ashlar_debian::DebianError;
use ashlar_fetch::FetchError;
use ashlar_openpgp::OpenPgpError;
use ashlar_store::StoreError;

/// A failed operation of locking.
#[derive(Debug, thiserror::Error)]
pub enum LockerError {
    /// The project names no archive, but something in it needs one.
    #[error("lock {wanted}: seeds.toml has no [archive]")]
    NoArchive {
        /// What needs it.
        wanted: String,
    },
    /// A file of the project could not be read.
    #[error("read {path}: {reason}")]
    ProjectFile {
        /// The path in the project.
        path: String,
        /// Why not.
        reason: String,
    },
    /// No mirror has a Release of this suite that can be trusted.
    #[error("trust the suite {suite}:{}", reasons.iter().fold(String::new(), |text, reason| text + "\n  " + reason))]
    Suite {
        /// The suite.
        suite: String,
        /// What each mirror gave.
        reasons: Vec<String>,
    },
    /// The signed Release of a suite does not list an index that is needed.
    #[error("find {path} in the signed Release of {suite}")]
    NoIndex {
        /// The suite.
        suite: String,
        /// The index, without compression suffix.
        path: String,
    },
    /// The keyring or a signature is not what was pinned.
    #[error("use the keyring of {what}")]
    Keyring {
        /// Whose.
        what: String,
        /// Why not.
        #[source]
        cause: OpenPgpError,
    },
    /// An index or archive is damaged or lies.
    #[error("read {what}")]
    Format {
        /// What.
        what: String,
        /// Why not.
        #[source]
        cause: Box<DebianError>,
    },
    /// Something could not be fetched.
    #[error("fetch {what}")]
    Fetch {
        /// What.
        what: String,
        /// Why not.
        #[source]
        cause: Box<FetchError>,
    },
    /// Files of Go modules could not be had, or were not what go.sum says.
    #[error("fetch the Go modules of recipe {recipe}:{}", causes.iter().fold(String::new(), |text, cause| text + "\n  " + &cause.to_string()))]
    Modules {
        /// The recipe, or the first of them.
        recipe: String,
        /// What failed, one for each file.
        causes: Vec<FetchError>,
    },
    /// The store failed.
    #[error("use the store")]
    Store {
        /// Why.
        #[source]
        cause: Box<StoreError>,
    },
    /// A recipe names a file that no index has.
    #[error("find {file} of source package {package} {version}, which recipe {recipe} names; {known}")]
    NoSource {
        /// The recipe.
        recipe: String,
        /// The package.
        package: String,
        /// Its version.
        version: String,
        /// The file.
        file: String,
        /// What there is instead.
        known: String,
    },
    /// A recipe and the signed index disagree.
    #[error("lock {file}: recipe {recipe} says sha256 {stated}, the signed index says {signed}")]
    Disagreement {
        /// The recipe.
        recipe: String,
        /// The file.
        file: String,
        /// The recipe's digest.
        stated: String,
        /// The index's digest.
        signed: String,
    },
}

impl LockerError {
    /// The next step to take.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoArchive { .. } => {
                Some("add [archive] with keyring, fingerprints and suites to seeds.toml".to_owned())
            }
            Self::Suite { .. } => Some(
                "name other mirrors with `--mirror FILE`, or correct the clock of this machine".to_owned(),
            ),
            Self::NoIndex { .. } => Some("correct `components` of the suite in seeds.toml".to_owned()),
            Self::Keyring { cause, .. } => cause.help(),
            Self::Fetch { cause, .. } => cause.help(),
            Self::Modules { causes, .. } => causes.iter().find_map(FetchError::help),
            Self::Store { cause } => cause.help(),
            Self::NoSource { .. } => Some("name a version that the archive has, and its sha256".to_owned()),
            Self::Disagreement { .. } => Some("correct the recipe, if the index is what you mean".to_owned()),
            Self::Format { .. } | Self::ProjectFile { .. } => None,
        }
    }
}
