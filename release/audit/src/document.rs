// SPDX-License-Identifier: Apache-2.0 OR MIT
//! JSON documents of a release: canonical JSON (`ashlar-digest`) and one newline, so that one content has one
//! sequence of bytes.

use ashlar_digest::to_canonical_json;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::AuditError;

fn wrong(cause: &dyn std::error::Error) -> AuditError {
    AuditError::Document { reason: cause.to_string() }
}

/// The one text of `content`.
pub(crate) fn encode(content: &impl Serialize) -> Result<String, AuditError> {
    let value = serde_json::to_value(content).map_err(|cause| wrong(&cause))?;
    to_canonical_json(&value).map(|text| text + "\n").map_err(|cause| wrong(&cause))
}

/// Reads a document in its one form.
pub(crate) fn decode<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Result<T, AuditError> {
    let content: T = serde_json::from_slice(bytes).map_err(|cause| wrong(&cause))?;
    if encode(&content)?.as_bytes() == bytes {
        Ok(content)
    } else {
        Err(AuditError::Document { reason: "it is not canonical JSON and a newline".to_owned() })
    }
}
