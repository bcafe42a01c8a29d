// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Verifies a key statement: the ephemeral key of a certificate says what it signed, as its last act.
//!
//! What is checked here is the statement with itself and with its key. Whether the signatures that it lists are those
//! of the release, and the agent the expected one, is for whoever has the release before them.

use ashlar_module_signature::{Commitment, Envelope, KeyStatement, pae, parse_statement};

use crate::envelope::{key_id, require_statement};
use crate::error::KeyStatementFault;
use crate::{AttestationError, CertificateKey, Verified};

/// Verifies `envelope` with the key of the certificate and of nothing else.
///
/// # Errors
/// [`AttestationError::PayloadType`], [`AttestationError::SignatureEncoding`], [`AttestationError::SignatureMismatch`],
/// [`AttestationError::Statement`], and [`AttestationError::KeyStatement`] if it does not agree with itself or its key.
pub fn verify_key_statement(
    envelope: &Envelope,
    key: &CertificateKey,
) -> Result<Verified<KeyStatement>, AttestationError> {
    require_statement(envelope)?;
    let [signature] = envelope.signatures.as_slice() else {
        return Err(AttestationError::KeyStatement(KeyStatementFault::Signatures));
    };
    if key_id(signature) != key.id() {
        return Err(AttestationError::KeyStatement(KeyStatementFault::Key));
    }
    key.verify(&pae(&envelope.payload_type, &envelope.payload), &signature.sig)?;
    let statement = parse_statement(&envelope.payload).map_err(|cause| {
        let source = std::error::Error::source(&cause).map(|source| format!(": {source}"));
        AttestationError::Statement(format!("{cause}{}", source.unwrap_or_default()))
    })?;
    agrees(&statement, key).map_err(AttestationError::KeyStatement)?;
    Ok(Verified::new(statement, vec![key.id()]))
}

fn agrees(statement: &KeyStatement, key: &CertificateKey) -> Result<(), KeyStatementFault> {
    if statement.spki_sha256.as_bytes() != key.id().sha256().as_bytes()
        || statement.algorithm != key.algorithm()
    {
        return Err(KeyStatementFault::Key);
    }
    let modules = statement.signed.iter().map(|signed| signed.module).collect();
    let commitment = Commitment::from_sorted(modules).map_err(|_| KeyStatementFault::Commitment)?;
    let complete = statement.committed == statement.signed.len() as u64;
    if !complete || statement.committed_sha256 != commitment.sha256() {
        return Err(KeyStatementFault::Commitment);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
