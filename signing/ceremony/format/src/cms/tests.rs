// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signatures as openssl verifies them, and as they are pinned.

use std::fs;

use super::*;
use crate::foreign::{openssl, openssl_is_here};
use crate::{ModuleDigest, Sha256, Signer, Subject, certificate, keyless, test_keys};

const MODULE: &[u8] = b"\x7fELF module\r\nwith \n line ends \0";

/// Kind, certificate and signature, made by each signer over [`MODULE`].
fn signatures() -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let release = test_keys::release();
    let digest = ModuleDigest::of(MODULE);
    let made = |kind, subject: &Subject, key: &PublicKey, signature: &SignatureValue| {
        let certificate = certificate(subject, &release, 1_767_225_600, key).unwrap();
        (kind, certificate, cms(&release, key, signature).unwrap())
    };
    let by = |kind, signer: &dyn Signer| {
        made(kind, &Subject::Release, signer.public_key(), &signer.sign(&digest).unwrap())
    };
    let derived = keyless(&digest).unwrap();
    vec![
        by("p384", &test_keys::ecdsa()),
        by("rsa-4096", &test_keys::rsa()),
        made("keyless", &Subject::Module(digest), &derived.public_key, &derived.signature),
    ]
}

/// Whether openssl takes `cms` over `module`.
fn verifies(certificate: &[u8], cms: &[u8], module: &[u8]) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [("certificate.der", certificate), ("signature.p7s", cms), ("module.ko", module)] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    let (converted, said) = openssl(
        folder.path(),
        &["x509", "-inform", "DER", "-in", "certificate.der", "-out", "certificate.pem"],
    );
    assert!(converted, "{said}");
    // -noverify leaves out the chain only; the signature is checked.
    let arguments = "cms -verify -inform DER -in signature.p7s -content module.ko -binary -noverify -nointern \
                     -certfile certificate.pem -out verified.ko";
    openssl(folder.path(), &arguments.split_whitespace().collect::<Vec<_>>())
}

#[test]
fn a_signature_never_changes() {
    let digests: Vec<_> = signatures().iter().map(|(_, _, cms)| Sha256::of(cms).to_string()).collect();
    assert_eq!(
        digests,
        [
            "e907bcf7e627d80792c0f3c2ab49e8d8693a915670e07dd46577371fd91cb7d0",
            "9aabd38ef29d308406c810bd02bd127f2cc088604686152efea2d452069abf36",
            "ad4e111427f4431f86b32a98c8054cac700a66435b6b5a761215cb835fed8e8e"
        ]
    );
    assert_eq!(signatures(), signatures());
}

#[test]
fn openssl_verifies_every_kind_of_signature() {
    if !openssl_is_here() {
        return;
    }
    for (kind, certificate, cms) in signatures() {
        let (verified, said) = verifies(&certificate, &cms, MODULE);
        assert!(verified, "{kind}: {said}");
    }
}

#[test]
fn a_tampered_module_and_a_foreign_key_are_refused_by_openssl() {
    if !openssl_is_here() {
        return;
    }
    let all = signatures();
    for (kind, certificate, cms) in &all {
        let mut tampered = MODULE.to_vec();
        tampered[9] ^= 1;
        assert!(!verifies(certificate, cms, &tampered).0, "{kind}");
        for (other, foreign, _) in all.iter().filter(|(other, ..)| other != kind) {
            assert!(!verifies(foreign, cms, MODULE).0, "{kind} by {other}");
        }
    }
}

#[test]
fn openssl_prints_the_structure_that_sign_file_writes() {
    if !openssl_is_here() {
        return;
    }
    for (kind, _, cms) in signatures() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("signature.p7s"), &cms).unwrap();
        let arguments = ["cms", "-cmsout", "-print", "-noout", "-inform", "DER", "-in", "signature.p7s"];
        let (read, text) = openssl(folder.path(), &arguments);
        assert!(read, "{kind}: {text}");
        let squeezed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let signature_algorithm = match kind {
            "rsa-4096" => "algorithm: rsaEncryption (1.2.840.113549.1.1.1) parameter: NULL",
            _ => "algorithm: ecdsa-with-SHA512 (1.2.840.10045.4.3.4) parameter: <ABSENT>",
        };
        for expected in [
            "contentType: pkcs7-signedData (1.2.840.113549.1.7.2) d.signedData: version: 1 digestAlgorithms: \
             algorithm: sha512 (2.16.840.1.101.3.4.2.3) parameter: <ABSENT> encapContentInfo: \
             eContentType: pkcs7-data (1.2.840.113549.1.7.1) eContent: <ABSENT> certificates: <ABSENT> crls: <ABSENT> \
             signerInfos: version: 1 d.issuerAndSerialNumber: issuer: CN=Ashlar module signing, \
             ashlar-qemu-1.0.0-x86_64 serialNumber:",
            "digestAlgorithm: algorithm: sha512 (2.16.840.1.101.3.4.2.3) parameter: <ABSENT> signedAttrs: <ABSENT> \
             signatureAlgorithm:",
            signature_algorithm,
            "unsignedAttrs: <ABSENT>",
        ] {
            assert!(squeezed.contains(expected), "{kind}: {expected:?} is not in {text}");
        }
    }
}

#[test]
fn openssl_as_sign_file_calls_it_writes_the_same_bytes() {
    if !openssl_is_here() {
        return;
    }
    let (_, certificate, expected) = signatures().swap_remove(1);
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in [
        ("certificate.der", &certificate[..]),
        ("key.der", &test_keys::rsa_private_der()),
        ("module.ko", MODULE),
    ] {
        fs::write(folder.path().join(name), bytes).unwrap();
    }
    // The flags of scripts/sign-file.c: CMS_NOCERTS | CMS_BINARY | CMS_DETACHED | CMS_NOSMIMECAP | CMS_NOATTR.
    for line in [
        "x509 -inform DER -in certificate.der -out certificate.pem",
        "pkey -inform DER -in key.der -out key.pem",
        "cms -sign -nocerts -binary -nosmimecap -noattr -md sha512 -signer certificate.pem -inkey key.pem \
         -in module.ko -outform DER -out signature.p7s",
    ] {
        let (done, said) = openssl(folder.path(), &line.split_whitespace().collect::<Vec<_>>());
        assert!(done, "{line}: {said}");
    }
    assert_eq!(fs::read(folder.path().join("signature.p7s")).unwrap(), expected);
}

#[test]
fn a_key_and_a_signature_of_different_kinds_are_not_joined() {
    let digest = ModuleDigest::of(MODULE);
    let (ecdsa, rsa) = (test_keys::ecdsa(), test_keys::rsa());
    for (key, signature) in
        [(ecdsa.public_key(), rsa.sign(&digest).unwrap()), (rsa.public_key(), ecdsa.sign(&digest).unwrap())]
    {
        let joined = cms(&test_keys::release(), key, &signature);
        assert!(matches!(joined, Err(FormatError::Algorithms { .. })));
    }
}
