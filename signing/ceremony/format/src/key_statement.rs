// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The key statement: everything that a ceremony's key signed, signed by that key as its last act.
//!
//! Any other signature by this key is proof of a cheat. An in-toto statement (in-toto/attestation, spec/v1) with a
//! predicate of ours: docs/design/release.md, "Key statement". The payload is JSON without white space, keys in
//! ascending order; fields below are declared in that order, as serde writes them.

use serde::{Deserialize, Serialize};

use crate::{Algorithm, FormatError, Memory, ModuleDigest, ReleaseId, Sha256};

/// The predicate type of a key statement.
pub const PREDICATE_TYPE: &str = "https://ashlar.invalid/attestation/key-statement/v1";
const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";

/// The predicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyStatement {
    /// Digest of the agent's program.
    pub agent_sha256: Sha256,
    /// The kind of key.
    pub algorithm: Algorithm,
    /// Digest of the certificate, DER.
    pub certificate_sha256: Sha256,
    /// How many modules were committed to.
    pub committed: u64,
    /// As [`Commitment::sha256`](crate::Commitment::sha256) gives it.
    pub committed_sha256: Sha256,
    /// The image's epoch, seconds since 1970.
    pub epoch: u64,
    /// What protected the process, by name.
    pub hardening: Vec<String>,
    /// That nothing was or will be signed after this; always true.
    pub last: bool,
    /// Where the key was.
    pub memory: Memory,
    /// The release that the key was for.
    pub release: ReleaseId,
    /// Every module that was signed, in order.
    pub signed: Vec<SignedModule>,
    /// Digest of the public key's SPKI.
    pub spki_sha256: Sha256,
}

/// One module that was signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedModule {
    /// Digest of the unsigned module.
    pub module: ModuleDigest,
    /// Digest of its CMS.
    pub signature: Sha256,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Statement {
    #[serde(rename = "_type")]
    statement_type: String,
    predicate: KeyStatement,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    subject: Vec<Subject>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Subject {
    digest: SubjectDigest,
    name: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct SubjectDigest {
    sha256: Sha256,
}

/// The payload that the key signs: the statement around `statement`, its subjects the published signatures.
///
/// # Errors
/// [`FormatError::Statement`] if it says that it is not the last; [`FormatError::StatementWrite`].
pub fn statement_payload(statement: &KeyStatement) -> Result<Vec<u8>, FormatError> {
    if !statement.last {
        return Err(FormatError::Statement { reason: "it does not say that it is the key's last act" });
    }
    let subject = |signed: &SignedModule| Subject {
        digest: SubjectDigest { sha256: signed.signature },
        name: format!("signatures/{}.p7s", signed.module),
    };
    let whole = Statement {
        statement_type: STATEMENT_TYPE.to_owned(),
        predicate: statement.clone(),
        predicate_type: PREDICATE_TYPE.to_owned(),
        subject: statement.signed.iter().map(subject).collect(),
    };
    serde_json::to_vec(&whole).map_err(|source| FormatError::StatementWrite { source })
}

/// Reads a payload that [`statement_payload`] wrote. No signature is checked here.
///
/// # Errors
/// [`FormatError::StatementRead`] if it is something else; [`FormatError::Statement`] if types or subjects are other
/// than they have to be, or the bytes are not in the one form that they have.
pub fn parse_statement(payload: &[u8]) -> Result<KeyStatement, FormatError> {
    let refuse = |reason| Err(FormatError::Statement { reason });
    let whole: Statement =
        serde_json::from_slice(payload).map_err(|source| FormatError::StatementRead { source })?;
    if whole.statement_type != STATEMENT_TYPE || whole.predicate_type != PREDICATE_TYPE {
        return refuse("it is a statement of another type");
    }
    if statement_payload(&whole.predicate)? != payload {
        return refuse("its subjects are not the signatures that it lists, or it is not in canonical form");
    }
    Ok(whole.predicate)
}

#[cfg(test)]
mod tests;
