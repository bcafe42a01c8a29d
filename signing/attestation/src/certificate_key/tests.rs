// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys of certificates, with openssl as the one who signs.

use std::fs;

use super::*;
use crate::StatementSigner as _;
use crate::foreign::{fixed_key, openssl, openssl_is_here};

#[test]
fn an_rsa_signature_of_openssl_holds_and_a_changed_one_does_not() {
    if !openssl_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    openssl(folder.path(), "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -out key.pem");
    openssl(folder.path(), "pkey -in key.pem -pubout -outform DER -out public.der");
    fs::write(folder.path().join("message"), "message").unwrap();
    openssl(folder.path(), "dgst -sha512 -sign key.pem -out sig message");
    openssl(folder.path(), "dgst -sha256 -sign key.pem -out sig256 message");
    let read = |name: &str| fs::read(folder.path().join(name)).unwrap();

    let key = CertificateKey::from_spki(&read("public.der")).unwrap();
    assert_eq!(key.algorithm(), Algorithm::Rsa4096);
    let signature = read("sig");
    assert_eq!(key.verify(b"message", &signature), Ok(()));
    let mismatch = Err(AttestationError::SignatureMismatch { key: key.id() });
    assert_eq!(key.verify(b"massage", &signature), mismatch);
    assert_eq!(key.verify(b"message", &read("sig256")), mismatch);
    let mut changed = signature.clone();
    changed[100] ^= 1;
    assert_eq!(key.verify(b"message", &changed), mismatch);
    let length = Err(AttestationError::SignatureEncoding(SignatureFault::Length));
    assert_eq!(key.verify(b"message", &[&[0], &signature[..]].concat()), length);
    assert_eq!(key.verify(b"message", &[]), length);
}

#[test]
fn only_the_two_kinds_of_key_are_taken() {
    let key = fixed_key(1);
    let read = CertificateKey::from_spki(key.public().spki()).unwrap();
    assert_eq!((read.algorithm(), read.id()), (Algorithm::P384, key.key_id()));
    let signature = key.sign(b"message").unwrap();
    assert_eq!(read.verify(b"message", signature.as_der()), Ok(()));
    assert!(read.verify(b"message", &signature.as_der()[1..]).is_err());
    if !openssl_is_here() {
        return;
    }
    for make in [
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out key.pem",
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:4096 -pkeyopt rsa_keygen_pubexp:3 -out key.pem",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem",
    ] {
        let folder = tempfile::tempdir().unwrap();
        openssl(folder.path(), make);
        openssl(folder.path(), "pkey -in key.pem -pubout -outform DER -out public.der");
        let spki = fs::read(folder.path().join("public.der")).unwrap();
        assert!(matches!(CertificateKey::from_spki(&spki), Err(AttestationError::Key { .. })), "{make}");
    }
}
