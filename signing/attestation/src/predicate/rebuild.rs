// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A rebuilder's statement: from this checkout came the bytes of this manifest.
//!
//! Several of these, of rebuilders who do not know each other, are what a quorum counts. There is no statement of a
//! failed rebuild: a difference is a finding to look into, not an attestation.

use ashlar_digest::Sha256;
use serde::{Deserialize, Serialize};

use crate::{Predicate, hex_digest};

/// Predicate of a statement whose one subject is `manifest.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RebuildStatement {
    /// The release id.
    pub release: String,
    /// The manifest that was compared with.
    #[serde(with = "hex_digest")]
    pub manifest_sha256: Sha256,
    /// What came of it.
    pub verdict: Verdict,
    /// Who rebuilt, in the rebuilder's own words. The signing key says who it really was.
    pub rebuilder: String,
    /// The tree digest of the checkout that was built.
    #[serde(with = "hex_digest")]
    pub checkout: Sha256,
}

/// What came of a rebuild.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every file of the manifest came out the same.
    Identical,
}

impl Predicate for RebuildStatement {
    const TYPE: &'static str = "https://ashlar.invalid/attestation/rebuild/v1";
}
