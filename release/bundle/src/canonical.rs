// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The form of the JSON documents of a release: canonical JSON and one newline. One content has one sequence of bytes.

use ashlar_digest::to_canonical_json;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::BundleError;

/// The bytes of a document.
pub(crate) fn encode(document: &'static str, content: &impl Serialize) -> Result<String, BundleError> {
    let refuse =
        |cause: &dyn std::error::Error| BundleError::Document { document, reason: cause.to_string() };
    let value = serde_json::to_value(content).map_err(|cause| refuse(&cause))?;
    to_canonical_json(&value).map(|text| text + "\n").map_err(|cause| refuse(&cause))
}

/// Reads a document; it has to be byte for byte what [`encode`] makes of its content.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(
    document: &'static str,
    bytes: &[u8],
) -> Result<T, BundleError> {
    let content: T = serde_json::from_slice(bytes)
        .map_err(|cause| BundleError::Document { document, reason: cause.to_string() })?;
    let canonical = encode(document, &content)?;
    if canonical.as_bytes() == bytes {
        return Ok(content);
    }
    let differs = canonical.bytes().zip(bytes).position(|(ours, theirs)| ours != *theirs);
    Err(BundleError::NotCanonical { document, offset: differs.unwrap_or(canonical.len().min(bytes.len())) })
}
