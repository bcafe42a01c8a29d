// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An SBOM as what is said of files: an SPDX document, as a whole.
//!
//! Format: in-toto attestation, spec/predicates/spdx.md: the predicate is the document itself, its type ends in the version
//! of SPDX.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Predicate;

/// Predicate of a statement whose subjects are what an SPDX 2.3 document describes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SpdxDocument(pub Value);

impl Predicate for SpdxDocument {
    const TYPE: &'static str = "https://spdx.dev/Document/v2.3";
}
