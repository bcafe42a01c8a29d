// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Judges the key statement by what happened: the agent signs it, the parent has seen everything that it may say.

use std::collections::BTreeMap;

use ashlar_attestation::{CertificateKey, verify_key_statement};
use ashlar_module_signature::{Envelope, KeyStatement, ModuleDigest, Sha256, parse_statement};
use ashlar_signature_verifier::Certificate;

use super::error::CeremonyError;
use super::{Ceremony, Ready, judged_wrong};

/// The bytes of the statement, if it says exactly what happened.
///
/// # Errors
/// [`CeremonyError::Wrong`].
pub(super) fn judged(
    envelope: &Envelope,
    ceremony: &Ceremony<'_>,
    ready: &Ready,
    certificate: &Certificate,
    signatures: &BTreeMap<ModuleDigest, Vec<u8>>,
) -> Result<Vec<u8>, CeremonyError> {
    let differs = |what: &str| CeremonyError::Wrong { what: what.to_owned() };
    let wrong = |cause: &dyn std::error::Error| judged_wrong("the statement", cause);
    let statement: KeyStatement = parse_statement(&envelope.payload).map_err(|cause| wrong(&cause))?;
    let said: BTreeMap<ModuleDigest, Sha256> =
        statement.signed.iter().map(|signed| (signed.module, signed.signature)).collect();
    let happened: BTreeMap<ModuleDigest, Sha256> =
        signatures.iter().map(|(module, cms)| (*module, Sha256::of(cms))).collect();
    let as_agreed = statement.release == ceremony.release
        && statement.algorithm == ceremony.algorithm
        && statement.epoch == ceremony.epoch
        && statement.agent_sha256 == ceremony.agent.sha256
        && statement.certificate_sha256 == Sha256::of(certificate.der())
        && statement.committed_sha256 == ceremony.committed.sha256()
        && statement.signed.len() == signatures.len()
        && said == happened;
    if !as_agreed {
        return Err(differs("the statement says something else than what happened"));
    }
    if statement.memory != ready.memory || statement.hardening != ready.hardening {
        return Err(differs(
            "the statement says of memory and hardening something else than the agent said before",
        ));
    }
    let key = CertificateKey::from_spki(certificate.spki())
        .map_err(|cause| judged_wrong("the certificate", &cause))?;
    let verified = verify_key_statement(envelope, &key).map_err(|cause| wrong(&cause))?;
    if *verified.statement() != statement {
        return Err(differs("the statement can be read in two ways"));
    }
    let mut text = serde_json::to_vec(envelope).map_err(|cause| wrong(&cause))?;
    text.push(b'\n');
    Ok(text)
}
