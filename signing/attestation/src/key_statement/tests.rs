// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Key statements that agree, and those that do not.

use ashlar_module_signature::{
    Algorithm, EcdsaSigner, EnvelopeSignature, Memory, ModuleDigest, PAYLOAD_TYPE, ReleaseId, Sha256,
    SignedModule, Signer as _, statement_payload,
};

use super::*;

fn signer(number: u8) -> EcdsaSigner {
    EcdsaSigner::from_scalar(&[number; 48]).unwrap()
}

fn key(number: u8) -> CertificateKey {
    CertificateKey::from_spki(signer(number).public_key().spki_der()).unwrap()
}

fn statement() -> KeyStatement {
    let modules = [b"a", b"b", b"c"].map(|bytes| ModuleDigest::of(bytes));
    let commitment = Commitment::new(modules).unwrap();
    let signed =
        |module: &ModuleDigest| SignedModule { module: *module, signature: Sha256::of(module.as_bytes()) };
    KeyStatement {
        agent_sha256: Sha256::of(b"agent"),
        algorithm: Algorithm::P384,
        certificate_sha256: Sha256::of(b"certificate"),
        committed: 3,
        committed_sha256: commitment.sha256(),
        epoch: 1_760_000_000,
        hardening: vec!["seccomp".to_owned()],
        last: true,
        memory: Memory::MemfdSecret,
        release: ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap(),
        signed: commitment.digests().iter().map(signed).collect(),
        spki_sha256: signer(1).public_key().key_id(),
    }
}

fn sealed(statement: &KeyStatement) -> Envelope {
    Envelope::seal(&signer(1), statement_payload(statement).unwrap()).unwrap()
}

fn fault(envelope: &Envelope) -> AttestationError {
    verify_key_statement(envelope, &key(1)).unwrap_err()
}

#[test]
fn the_statement_of_a_ceremony_is_verified() {
    let verified = verify_key_statement(&sealed(&statement()), &key(1)).unwrap();
    assert_eq!(verified.statement(), &statement());
    assert_eq!(verified.keys(), [key(1).id()]);
}

#[test]
fn a_statement_signed_by_another_key_than_the_certificate_s_is_refused() {
    let error = verify_key_statement(&sealed(&statement()), &key(2)).unwrap_err();
    assert_eq!(error, AttestationError::KeyStatement(KeyStatementFault::Key));
    let mut envelope = Envelope::seal(&signer(2), statement_payload(&statement()).unwrap()).unwrap();
    envelope.signatures[0].keyid = signer(1).public_key().key_id();
    assert_eq!(fault(&envelope), AttestationError::SignatureMismatch { key: key(1).id() });
}

#[test]
fn a_second_signature_or_none_is_refused() {
    let expected = AttestationError::KeyStatement(KeyStatementFault::Signatures);
    let mut envelope = sealed(&statement());
    let second: EnvelopeSignature = envelope.signatures[0].clone();
    envelope.signatures.push(second);
    assert_eq!(fault(&envelope), expected);
    envelope.signatures.clear();
    assert_eq!(fault(&envelope), expected);
}

#[test]
fn a_statement_that_names_another_key_is_refused() {
    let mut other = statement();
    other.spki_sha256 = signer(2).public_key().key_id();
    assert_eq!(fault(&sealed(&other)), AttestationError::KeyStatement(KeyStatementFault::Key));
    let mut other = statement();
    other.algorithm = Algorithm::Rsa4096;
    assert_eq!(fault(&sealed(&other)), AttestationError::KeyStatement(KeyStatementFault::Key));
}

#[test]
fn a_signature_beyond_the_commitment_or_short_of_it_is_refused() {
    let expected = AttestationError::KeyStatement(KeyStatementFault::Commitment);
    let mut short = statement();
    short.signed.pop();
    assert_eq!(fault(&sealed(&short)), expected);
    short.committed = 2;
    assert_eq!(fault(&sealed(&short)), expected);
    let mut count = statement();
    count.committed = 4;
    assert_eq!(fault(&sealed(&count)), expected);
    let mut more = statement();
    let module = ModuleDigest::from_bytes([0xff; 64]);
    more.signed.push(SignedModule { module, signature: Sha256::of(b"") });
    more.committed = 4;
    assert_eq!(fault(&sealed(&more)), expected);
    let mut twice = statement();
    twice.signed.push(twice.signed[2].clone());
    twice.committed = 4;
    assert_eq!(fault(&sealed(&twice)), expected);
}

#[test]
fn a_statement_that_is_not_the_last_act_is_refused() {
    let text = String::from_utf8(statement_payload(&statement()).unwrap()).unwrap();
    let payload = text.replace("\"last\":true", "\"last\":false").into_bytes();
    let error = fault(&Envelope::seal(&signer(1), payload).unwrap());
    assert!(error.to_string().contains("last act"), "{error}");
}

#[test]
fn subjects_that_are_not_the_listed_signatures_are_refused() {
    let text = String::from_utf8(statement_payload(&statement()).unwrap()).unwrap();
    let payload = text.replacen(".p7s", ".p7m", 1).into_bytes();
    let error = fault(&Envelope::seal(&signer(1), payload).unwrap());
    assert!(matches!(error, AttestationError::Statement(_)), "{error}");
}

#[test]
fn an_envelope_of_another_type_is_refused() {
    let mut envelope = sealed(&statement());
    envelope.payload_type = "text/plain".to_owned();
    assert!(matches!(fault(&envelope), AttestationError::PayloadType { .. }));
    assert_eq!(PAYLOAD_TYPE, "application/vnd.in-toto+json");
}
