// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Ceremonies that go well.

use std::fs;

use ashlar_module_signature::{
    Algorithm, Envelope, Memory, PAYLOAD_TYPE, PublicKey, Sha256, SignatureValue, Subject, certificate, cms,
    pae, parse_statement,
};
use p384::ecdsa::signature::Verifier as _;
use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
use p384::ecdsa::{Signature, VerifyingKey};
use p384::elliptic_curve::sec1::ToEncodedPoint as _;

use crate::process::{Process, committed, digests, program, release};

/// What stands before the 97 bytes of the point in an SPKI of P-384 (RFC 5480).
const SPKI: &[u8] =
    b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\x03\x62\x00";

fn p384_key(certificate: &[u8]) -> (PublicKey, VerifyingKey) {
    let at = certificate.windows(SPKI.len()).position(|window| window == SPKI).unwrap() + SPKI.len();
    let point = VerifyingKey::from_sec1_bytes(&certificate[at..at + 97]).unwrap();
    let bytes = p384::PublicKey::from(&point).to_encoded_point(false);
    (PublicKey::p384(bytes.as_bytes().try_into().unwrap()).unwrap(), point)
}

/// `DSSEv1` over the payload, signed with SHA-512.
fn verify(envelope: &Envelope, key: &VerifyingKey) -> bool {
    let message = pae(PAYLOAD_TYPE, &envelope.payload);
    let digest = ashlar_module_signature::ModuleDigest::of(&message);
    let signature = Signature::from_der(&envelope.signatures[0].sig).unwrap();
    // `verify` would hash with the curve's usual SHA-384.
    assert!(key.verify(&message, &signature).is_err());
    key.verify_prehash(digest.as_bytes(), &signature).is_ok()
}

#[test]
fn a_whole_ceremony_gives_what_anybody_can_check() {
    let mut process = Process::agent();
    let ready = process.begin(Algorithm::P384, 3, 20_000);
    let done = process.complete(3);
    assert_eq!(done.status.code(), Some(0));

    let (key, point) = p384_key(&done.certificate);
    assert_eq!(certificate(&Subject::Release, &release(), 1_700_000_000, &key).unwrap(), done.certificate);
    for (digest, published) in digests(3).iter().zip(&done.signatures) {
        // The last part of the CMS is the DER signature; written again it has to give the same bytes.
        let tail = (100..published.len()).find_map(|at| Signature::from_der(&published[at..]).ok()).unwrap();
        point.verify_prehash(digest.as_bytes(), &tail).unwrap();
        let (r, s) = tail.split_bytes();
        let value = SignatureValue::from_ecdsa_low_s(r.into(), s.into()).unwrap();
        assert_eq!(cms(&release(), &key, &value).unwrap(), *published);
    }

    let statement = parse_statement(&done.envelope.payload).unwrap();
    assert!(verify(&done.envelope, &point));
    assert_eq!(done.envelope.signatures[0].keyid, key.key_id());
    assert_eq!(statement.spki_sha256, key.key_id());
    assert_eq!(statement.certificate_sha256, Sha256::of(&done.certificate));
    assert_eq!(statement.committed_sha256, committed(3).sha256());
    assert_eq!((statement.agent_sha256, statement.memory), (ready.agent_sha256, ready.memory));
    assert_eq!(statement.hardening, ready.hardening);
    let listed: Vec<_> = statement.signed.iter().map(|signed| (signed.module, signed.signature)).collect();
    let published = done.signatures.iter().map(|signature| Sha256::of(signature));
    assert_eq!(listed, digests(3).into_iter().zip(published).collect::<Vec<_>>());

    let mut changed = done.envelope;
    changed.payload[20] ^= 1;
    assert!(!verify(&changed, &point));
}

#[test]
fn the_agent_names_its_own_program_and_its_memory() {
    let mut process = Process::agent();
    let ready = process.ready();
    assert_eq!(ready.agent_sha256, Sha256::of(&fs::read(program()).unwrap()));
    let maps = fs::read_to_string(format!("/proc/{}/maps", process.child.id())).unwrap();
    assert_eq!(ready.memory == Memory::MemfdSecret, maps.contains("secretmem"), "{maps}");
}

#[test]
fn every_ceremony_has_a_key_of_its_own() {
    let certificate = || {
        let mut process = Process::agent();
        process.begin(Algorithm::P384, 1, 20_000);
        process.complete(1).certificate
    };
    assert_ne!(certificate(), certificate());
}

#[test]
fn an_rsa_ceremony_fits_into_the_locked_memory() {
    let mut process = Process::agent();
    process.begin(Algorithm::Rsa4096, 2, 600_000);
    let done = process.complete(2);
    assert_eq!(done.status.code(), Some(0));
    let statement = parse_statement(&done.envelope.payload).unwrap();
    assert_eq!((statement.algorithm, statement.signed.len()), (Algorithm::Rsa4096, 2));
    assert_eq!(done.envelope.signatures[0].sig.len(), 512);
}

#[test]
fn more_modules_than_the_locked_memory_holds_are_no_hindrance() {
    // At the end there are the statement, the message that is signed, its base64, and the frame.
    const COUNT: u32 = 2000;
    let mut process = Process::agent();
    process.begin(Algorithm::P384, COUNT, 600_000);
    let done = process.complete(COUNT);
    assert_eq!(done.status.code(), Some(0));
    let (_, point) = p384_key(&done.certificate);
    assert!(verify(&done.envelope, &point));
    // Together more than the 2 MiB of the heap in locked memory.
    assert!(4 * done.envelope.payload.len() > 3 << 20);
}
