// SPDX-License-Identifier: Apache-2.0 OR MIT
//! in-toto statements, version 1: a predicate about subjects, typed by its predicate.
//!
//! Format: in-toto attestation, spec/v1/statement.md:
//! ```text
//! {"_type": "https://in-toto.io/Statement/v1", "subject": [{"name", "digest": {"sha256"}}],
//!  "predicateType": "…", "predicate": {…}}
//! ```
//! Written and read as canonical JSON only, so that a payload has one reading: whoever reads another value for a
//! doubled key, or for a number that rounds, cannot be given a payload that verifies here.

use ashlar_digest::{Sha256, to_canonical_json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AttestationError, hex_digest};

/// `_type` of every statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// What a statement can say.
pub trait Predicate: Serialize + DeserializeOwned {
    /// The URI that names this kind of predicate.
    const TYPE: &'static str;
}

/// One thing that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Subject {
    /// Its name: a path in the release directory.
    pub name: String,
    /// Its bytes.
    pub digest: SubjectDigest,
}

/// The digests of a subject: always and only the one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectDigest {
    /// SHA-256 of its bytes.
    #[serde(with = "hex_digest")]
    pub sha256: Sha256,
}

impl Subject {
    /// A subject by name and digest.
    #[must_use]
    pub fn new(name: impl Into<String>, sha256: Sha256) -> Self {
        Self { name: name.into(), digest: SubjectDigest { sha256 } }
    }
}

/// A statement: `predicate` is said of `subjects`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement<P> {
    /// What it is about.
    pub subjects: Vec<Subject>,
    /// What is said.
    pub predicate: P,
}

/// The statement as it is written; the order of fields does not matter, canonical JSON sorts them.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire<P> {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: P,
}

impl<P: Predicate> Statement<P> {
    /// The statement as canonical JSON.
    ///
    /// # Errors
    /// [`AttestationError::Canonical`] for a number that is no integer or beyond 2^53 - 1,
    /// [`AttestationError::Statement`] for a predicate that is no JSON.
    pub fn to_canonical_json(&self) -> Result<String, AttestationError> {
        let wire = Wire {
            kind: STATEMENT_TYPE.to_owned(),
            subject: self.subjects.clone(),
            predicate_type: P::TYPE.to_owned(),
            predicate: &self.predicate,
        };
        let value =
            serde_json::to_value(wire).map_err(|cause| AttestationError::Statement(cause.to_string()))?;
        to_canonical_json(&value).map_err(AttestationError::Canonical)
    }

    /// Reads a statement of this type.
    ///
    /// # Errors
    /// [`AttestationError::Statement`] if it is malformed or has unknown fields, [`AttestationError::StatementType`]
    /// if it is no statement or has another predicate, [`AttestationError::NotCanonical`].
    pub fn from_json(text: &[u8]) -> Result<Self, AttestationError> {
        let malformed = |cause: serde_json::Error| AttestationError::Statement(cause.to_string());
        let wire: Wire<Value> = serde_json::from_slice(text).map_err(malformed)?;
        require("_type", wire.kind, STATEMENT_TYPE)?;
        require("predicateType", wire.predicate_type, P::TYPE)?;
        let predicate = P::deserialize(wire.predicate).map_err(malformed)?;
        let statement = Self { subjects: wire.subject, predicate };
        let canonical = statement.to_canonical_json()?;
        if canonical.as_bytes() == text {
            return Ok(statement);
        }
        let differs = canonical.bytes().zip(text).position(|(ours, theirs)| ours != *theirs);
        let offset = differs.unwrap_or(canonical.len().min(text.len()));
        Err(AttestationError::NotCanonical { offset })
    }
}

fn require(field: &'static str, found: String, expected: &'static str) -> Result<(), AttestationError> {
    if found == expected { Ok(()) } else { Err(AttestationError::StatementType { field, found, expected }) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RebuildStatement, SlsaProvenance, Verdict};

    fn rebuild() -> Statement<RebuildStatement> {
        Statement {
            subjects: vec![Subject::new("manifest.json", Sha256::of(b"manifest"))],
            predicate: RebuildStatement {
                release: "ashlar-qemu-1.0.0-x86_64".to_owned(),
                manifest_sha256: Sha256::of(b"manifest"),
                verdict: Verdict::Identical,
                rebuilder: "example".to_owned(),
                checkout: Sha256::of(b"checkout"),
            },
        }
    }

    #[test]
    fn a_statement_has_the_fields_of_in_toto() {
        let text = rebuild().to_canonical_json().unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["_type"], "https://in-toto.io/Statement/v1");
        assert_eq!(value["predicateType"], "https://ashlar.invalid/attestation/rebuild/v1");
        assert_eq!(value["subject"][0]["name"], "manifest.json");
        assert_eq!(value["subject"][0]["digest"]["sha256"], Sha256::of(b"manifest").to_string());
        assert_eq!(value["predicate"]["verdict"], "identical");
        assert_eq!(value["predicate"].as_object().unwrap().len(), 5);
        assert_eq!(value.as_object().unwrap().len(), 4);
        assert_eq!(Statement::from_json(text.as_bytes()), Ok(rebuild()));
    }

    #[test]
    fn a_statement_of_another_predicate_is_refused() {
        let text = rebuild().to_canonical_json().unwrap();
        let error = Statement::<SlsaProvenance>::from_json(text.as_bytes()).unwrap_err();
        assert!(matches!(error, AttestationError::StatementType { field: "predicateType", .. }), "{error}");
        let other = text.replace("Statement/v1", "Statement/v0.1");
        let error = Statement::<RebuildStatement>::from_json(other.as_bytes()).unwrap_err();
        assert!(matches!(error, AttestationError::StatementType { field: "_type", .. }), "{error}");
    }

    #[test]
    fn a_statement_that_can_be_read_in_two_ways_is_refused() {
        let text = rebuild().to_canonical_json().unwrap();
        let spaced = text.replacen(':', ": ", 1);
        let unsorted = format!(
            "{{\"subject\":[],{}",
            &text.replacen(&text[text.find("\"subject\"").unwrap()..], "", 1)[1..]
        );
        let escaped = text.replace("manifest.json", "manifest\\u002ejson");
        for changed in [spaced, escaped, format!("{text}\n")] {
            let error = Statement::<RebuildStatement>::from_json(changed.as_bytes()).unwrap_err();
            assert!(matches!(error, AttestationError::NotCanonical { .. }), "{changed}: {error}");
        }
        let doubled = text.replacen("{\"_type\"", "{\"_type\":\"x\",\"_type\"", 1);
        let inner = text.replace("\"verdict\":", "\"verdict\":\"different\",\"verdict\":");
        let unknown = text.replace("\"verdict\":", "\"urgent\":true,\"verdict\":");
        let outer = text.replacen("{\"_type\"", "{\"Type\":1,\"_type\"", 1);
        let digest = text.replace("\"digest\":{", "\"digest\":{\"md5\":\"x\",");
        let verdict = text.replace("identical", "similar");
        for changed in [unsorted, doubled, inner, unknown, outer, digest, verdict, String::new()] {
            assert!(Statement::<RebuildStatement>::from_json(changed.as_bytes()).is_err(), "{changed}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, at in 0_usize..500, byte: u8) {
            let _either = Statement::<RebuildStatement>::from_json(&bytes);
            let mut text = rebuild().to_canonical_json().unwrap().into_bytes();
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
            if let Ok(read) = Statement::<RebuildStatement>::from_json(&text) {
                proptest::prop_assert_eq!(read.to_canonical_json().unwrap().into_bytes(), text);
            }
        }
    }
}
