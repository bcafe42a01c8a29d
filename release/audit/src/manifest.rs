// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `manifest.json` as an auditor reads it: by other code than the one that writes it, and as far as it can be read.
//!
//! Format: docs/design/release.md, "Release directory". The writer's own strict reader judges it too (`folder`), but
//! it ends at the first fault, and an audit goes on.

use std::collections::BTreeMap;

use ashlar_digest::Sha256;
use ashlar_module_signature::ReleaseId;
use ashlar_release_bundle::Role;
use serde::{Deserialize, Serialize};

use crate::release_json::SignedBy;
use crate::{AuditError, document};

const SCHEMA: u32 = 1;

/// What the manifest says of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub(crate) role: Role,
    pub(crate) size: u64,
    #[serde(with = "hex")]
    pub(crate) sha256: Sha256,
}

/// The whole file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    schema: u32,
    pub(crate) release: ReleaseId,
    pub(crate) project: String,
    pub(crate) image: String,
    pub(crate) version: String,
    pub(crate) platform: String,
    pub(crate) epoch: u64,
    pub(crate) signer: SignedBy,
    /// The program that held the key; null where none was held.
    pub(crate) agent_sha256: Option<String>,
    #[serde(with = "hex")]
    pub(crate) checkout: Sha256,
    expected: BTreeMap<String, String>,
    pub(crate) files: BTreeMap<String, FileEntry>,
}

/// Digests as 64 hex digits.
mod hex {
    use ashlar_digest::Sha256;
    use serde::{Deserialize as _, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(digest: &Sha256, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(digest)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sha256, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl Manifest {
    /// Reads the file, canonical or not.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, AuditError> {
        let wrong = |reason: String| AuditError::Document { reason };
        let manifest: Self = serde_json::from_slice(bytes).map_err(|cause| wrong(cause.to_string()))?;
        if manifest.schema == SCHEMA {
            Ok(manifest)
        } else {
            Err(wrong(format!("its schema is {}, not {SCHEMA}", manifest.schema)))
        }
    }

    /// The one text that says the same.
    pub(crate) fn canonical(&self) -> Result<String, AuditError> {
        document::encode(self)
    }

    /// The release id that the names make.
    pub(crate) fn derived_id(&self) -> String {
        let arch = self.platform.split('-').next().unwrap_or_default();
        format!("{}-{}-{}-{arch}", self.project, self.image, self.version)
    }
}
