// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where each source of a graph may be had. Places only: the digest decides what is taken.

use std::collections::BTreeMap;

use ashlar_digest::SourceDigest;

use crate::ModuleKind;

/// Where one source may be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// From upstream servers, tried in order.
    Urls {
        /// The file's name.
        name: String,
        /// Where.
        urls: Vec<String>,
    },
    /// From any mirror of the Debian archive.
    Archive {
        /// Path below the mirror's base.
        path: String,
        /// Bytes.
        size: u64,
        /// The suite whose index named it: security updates live on mirrors of their own.
        suite: String,
    },
    /// From the registry that cargo is configured to use.
    Crate {
        /// The crate.
        name: String,
        /// Its version.
        version: String,
    },
    /// From the module proxies that Go is configured to use.
    GoModule {
        /// The module.
        module: String,
        /// Its version.
        version: String,
        /// Which of its files.
        kind: ModuleKind,
        /// Bytes.
        size: u64,
    },
}

impl Location {
    /// The name that people know it by.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Urls { name, .. } => name.clone(),
            Self::Archive { path, .. } => path.rsplit('/').next().unwrap_or(path).to_owned(),
            Self::Crate { name, version } => format!("{name}-{version}.crate"),
            Self::GoModule { module, version, kind, .. } => format!("{module}@{version} ({})", kind.as_str()),
        }
    }
}

/// All sources of a graph.
pub type Catalog = BTreeMap<SourceDigest, Location>;
