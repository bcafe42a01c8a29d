// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates as openssl reads them, and as they are pinned.

use std::fs;

use super::*;
use crate::foreign::{openssl, openssl_is_here};
use crate::{Signer as _, keyless, test_keys};

const EPOCH: u64 = 1_767_225_600;

/// One certificate of each kind: name, bytes, and how openssl names its subject.
fn certificates() -> Vec<(&'static str, Vec<u8>, String)> {
    let release = test_keys::release();
    let digest = ModuleDigest::of(b"\x7fELF module");
    let of = |subject: &Subject, key: &PublicKey| certificate(subject, &release, EPOCH, key).unwrap();
    let release_subject = format!("CN = module key of {release}");
    vec![
        ("p384", of(&Subject::Release, test_keys::ecdsa().public_key()), release_subject.clone()),
        ("rsa-4096", of(&Subject::Release, test_keys::rsa().public_key()), release_subject),
        (
            "keyless",
            of(&Subject::Module(digest), &keyless(&digest).unwrap().public_key),
            format!("CN = module {}", &digest.to_string()[..32]),
        ),
    ]
}

#[test]
fn a_certificate_never_changes() {
    let digests: Vec<_> = certificates().iter().map(|(_, der, _)| Sha256::of(der).to_string()).collect();
    assert_eq!(
        digests,
        [
            "c4e50945d167849c44734bcfa617f88ec9afb8065c106418a3cb9e197a539a10",
            "fb97dea134ad304fb95aa019db16ab120e2e58aa05ad56231d0472e779ff654a",
            "1f71b8572ba752a48e9d2f536e86b7c8c0de00ff08da737956163415ece3f536"
        ]
    );
    assert_eq!(certificates(), certificates());
}

#[test]
fn openssl_reads_every_field_of_a_certificate() {
    if !openssl_is_here() {
        return;
    }
    for (kind, der, subject) in certificates() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("certificate.der"), &der).unwrap();
        let read = |option: &str| {
            openssl(folder.path(), &["x509", "-inform", "DER", "-in", "certificate.der", "-noout", option])
        };
        let (read_it, text) = read("-text");
        assert!(read_it, "{kind}: {text}");
        let algorithm = if kind == "rsa-4096" { "sha512WithRSAEncryption" } else { "ecdsa-with-SHA512" };
        for expected in [
            "Version: 3 (0x2)".to_owned(),
            "Issuer: CN = \"Ashlar module signing, ashlar-qemu-1.0.0-x86_64\"".to_owned(),
            format!("Subject: {subject}\n"),
            "Not Before: Jan  1 00:00:00 2026 GMT".to_owned(),
            "Not After : Dec 31 23:59:59 9999 GMT".to_owned(),
            format!("Signature Algorithm: {algorithm}"),
            "X509v3 Basic Constraints: critical\n                CA:FALSE".to_owned(),
            "X509v3 Key Usage: critical\n                Digital Signature\n".to_owned(),
            "X509v3 Subject Key Identifier:".to_owned(),
            if kind == "rsa-4096" { "Public-Key: (4096 bit)" } else { "NIST CURVE: P-384" }.to_owned(),
        ] {
            assert!(text.contains(&expected), "{kind}: {expected:?} is not in {text}");
        }
        let key = match kind {
            "p384" => test_keys::ecdsa().public_key().clone(),
            "rsa-4096" => test_keys::rsa().public_key().clone(),
            _ => keyless(&ModuleDigest::of(b"\x7fELF module")).unwrap().public_key,
        };
        let digits: String = serial(key.spki_der()).iter().map(|byte| format!("{byte:02X}")).collect();
        assert_eq!(read("-serial").1.trim(), format!("serial={digits}"));
    }
}

#[test]
fn openssl_finds_the_public_key_that_went_in() {
    if !openssl_is_here() {
        return;
    }
    for (signer, kind) in
        [(test_keys::ecdsa().public_key().clone(), "p384"), (test_keys::rsa().public_key().clone(), "rsa")]
    {
        let folder = tempfile::tempdir().unwrap();
        let der = certificate(&Subject::Release, &test_keys::release(), EPOCH, &signer).unwrap();
        fs::write(folder.path().join("certificate.der"), &der).unwrap();
        let arguments =
            ["x509", "-inform", "DER", "-in", "certificate.der", "-pubkey", "-noout", "-out", "key.pem"];
        assert!(openssl(folder.path(), &arguments).0, "{kind}");
        let arguments = ["pkey", "-pubin", "-in", "key.pem", "-outform", "DER", "-out", "key.der"];
        assert!(openssl(folder.path(), &arguments).0, "{kind}");
        assert_eq!(fs::read(folder.path().join("key.der")).unwrap(), signer.spki_der(), "{kind}");
    }
}

#[test]
fn the_shortest_certificate_is_long_enough_for_the_kernel_and_the_longest_names_fit() {
    let key = test_keys::ecdsa().public_key().clone();
    for (id, epoch) in [("a".to_owned(), 0), ("a".repeat(200), 2_524_608_000)] {
        let release = ReleaseId::parse(&id).unwrap();
        let der = certificate(&Subject::Release, &release, epoch, &key).unwrap();
        assert_eq!(der[..2], [0x30, 0x82]);
        assert_eq!(usize::from(u16::from_be_bytes([der[2], der[3]])), der.len() - 4);
        assert!(format!("Ashlar module signing, {release}").len() <= 255);
    }
}

#[test]
fn a_certificate_is_never_self_issued() {
    // The kernel checks the signature of a certificate whose issuer is its subject, and these have none.
    let key = test_keys::ecdsa().public_key().clone();
    let digest = ModuleDigest::of(b"");
    for subject in [Subject::Release, Subject::Module(digest)] {
        let der = certificate(&subject, &test_keys::release(), EPOCH, &key).unwrap();
        let issuer = issuer_name(&test_keys::release());
        assert_eq!(der.windows(issuer.len()).filter(|window| *window == issuer).count(), 1);
    }
}

proptest::proptest! {
    #[test]
    fn every_serial_is_positive_and_16_bytes_long(spki in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..700)) {
        let serial = serial(&spki);
        proptest::prop_assert!((0x40..0x80).contains(&serial[0]));
        proptest::prop_assert_eq!(&serial[1..], &Sha512::digest(&spki)[1..16]);
    }
}
