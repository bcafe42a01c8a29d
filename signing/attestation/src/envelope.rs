// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Statements in DSSE envelopes: signed, read, verified.
//!
//! Format: secure-systems-lab/dsse, protocol.md and envelope.md; the envelope itself and the message that is signed
//! (PAE) are those of `ashlar-module-signature`, which the process that holds a release's key uses too:
//! ```text
//! {"payload": base64, "payloadType": "application/vnd.in-toto+json", "signatures": [{"keyid", "sig": base64}]}
//! signed: "DSSEv1 " length(type) " " type " " length(payload) " " payload
//! ```
//! A key id only finds the key; what counts is the signature. A signature under the id of a trusted key that does not
//! hold is refused even if another one does; signatures of other keys are passed over.

use std::collections::BTreeSet;

use ashlar_digest::to_canonical_json;
use ashlar_module_signature::{Envelope, EnvelopeSignature, PAYLOAD_TYPE, Sha256 as WireDigest, pae};

use crate::{
    AttestationError, DetachedSignature, KeyId, Predicate, Statement, StatementSigner, TrustedKey,
    Unverified, Verified,
};

/// Puts a statement into an envelope with one signature of each signer; with no signer it is unsigned.
///
/// # Errors
/// As [`Statement::to_canonical_json`] and [`StatementSigner::sign`].
pub fn seal<P: Predicate>(
    statement: &Statement<P>,
    signers: &[&dyn StatementSigner],
) -> Result<Envelope, AttestationError> {
    let payload = statement.to_canonical_json()?.into_bytes();
    let message = pae(PAYLOAD_TYPE, &payload);
    let sign = |signer: &&dyn StatementSigner| {
        let sig = signer.sign(&message)?.as_der().to_vec();
        let keyid = WireDigest::from_bytes(*signer.key_id().sha256().as_bytes());
        Ok(EnvelopeSignature { keyid, sig })
    };
    let signatures = signers.iter().map(sign).collect::<Result<_, AttestationError>>()?;
    Ok(Envelope { payload, payload_type: PAYLOAD_TYPE.to_owned(), signatures })
}

/// Reads what an envelope claims, without looking at its signatures.
///
/// # Errors
/// [`AttestationError::PayloadType`], and as [`Statement::from_json`].
pub fn read<P: Predicate>(envelope: &Envelope) -> Result<Unverified<Statement<P>>, AttestationError> {
    require_statement(envelope)?;
    Statement::from_json(&envelope.payload).map(Unverified::new)
}

/// Verifies an envelope: at least one of the `trusted` keys signed it. The statement is only read afterwards.
///
/// # Errors
/// [`AttestationError::PayloadType`], [`AttestationError::NoSignature`], [`AttestationError::NoTrustedSignature`],
/// [`AttestationError::SignatureEncoding`], [`AttestationError::SignatureMismatch`]; and as [`Statement::from_json`].
pub fn verify<P: Predicate>(
    envelope: &Envelope,
    trusted: &[TrustedKey],
) -> Result<Verified<Statement<P>>, AttestationError> {
    require_statement(envelope)?;
    let message = pae(&envelope.payload_type, &envelope.payload);
    let mut keys = BTreeSet::new();
    for signature in &envelope.signatures {
        if let Some(key) = trusted.iter().find(|key| key.id() == key_id(signature)) {
            key.verify(&message, &DetachedSignature::from_der(&signature.sig)?)?;
            keys.insert(key.id());
        }
    }
    if envelope.signatures.is_empty() {
        return Err(AttestationError::NoSignature);
    }
    if keys.is_empty() {
        let claimed =
            envelope.signatures.iter().take(16).map(|signature| signature.keyid.to_string()).collect();
        return Err(AttestationError::NoTrustedSignature { claimed });
    }
    Ok(Verified::new(Statement::from_json(&envelope.payload)?, keys.into_iter().collect()))
}

/// The envelope as canonical JSON, without a newline.
///
/// # Errors
/// [`AttestationError::Envelope`]; never for an envelope of this crate.
pub fn to_json(envelope: &Envelope) -> Result<String, AttestationError> {
    let malformed = |cause: &dyn std::error::Error| AttestationError::Envelope(cause.to_string());
    let value = serde_json::to_value(envelope).map_err(|cause| malformed(&cause))?;
    to_canonical_json(&value).map_err(|cause| malformed(&cause))
}

/// Reads an envelope. Unknown fields, doubled fields and lax base64 are refused; white space is not, since it is
/// outside of what is signed.
///
/// # Errors
/// [`AttestationError::Envelope`].
pub fn from_json(text: &[u8]) -> Result<Envelope, AttestationError> {
    serde_json::from_slice(text).map_err(|cause| AttestationError::Envelope(cause.to_string()))
}

/// Envelopes as a file, one a line (`provenance.intoto.jsonl`).
///
/// # Errors
/// As [`to_json`].
pub fn to_lines(envelopes: &[Envelope]) -> Result<String, AttestationError> {
    envelopes.iter().map(|envelope| Ok(to_json(envelope)? + "\n")).collect()
}

/// Reads a file of envelopes, one a line; every line ends with a newline, and there is at least one.
///
/// # Errors
/// [`AttestationError::Line`], [`AttestationError::Envelope`].
pub fn from_lines(text: &[u8]) -> Result<Vec<Envelope>, AttestationError> {
    let Some(lines) = text.strip_suffix(b"\n") else {
        return Err(AttestationError::Envelope("the file does not end with a newline".to_owned()));
    };
    let read = |(line, text)| {
        from_json(text).map_err(|source| AttestationError::Line { line, source: Box::new(source) })
    };
    (1..).zip(lines.split(|byte| *byte == b'\n')).map(read).collect()
}

pub(crate) fn require_statement(envelope: &Envelope) -> Result<(), AttestationError> {
    if envelope.payload_type == PAYLOAD_TYPE {
        return Ok(());
    }
    let found = envelope.payload_type.chars().take(160).collect();
    Err(AttestationError::PayloadType { found, expected: PAYLOAD_TYPE })
}

pub(crate) fn key_id(signature: &EnvelopeSignature) -> KeyId {
    KeyId::from_bytes(*signature.keyid.as_bytes())
}

#[cfg(test)]
mod tests;
