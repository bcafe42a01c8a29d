// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Private keys as openssl writes them, and the signatures that both make.

use std::fs;
use std::path::Path;

use super::*;
use crate::error::SignatureFault;
use crate::foreign::{fixed_key, openssl, openssl_is_here, openssl_makes};

const GENPKEY: &str = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem";
const ECPARAM: &str = "ecparam -name secp384r1 -genkey -out key.pem";

/// The key of RFC 6979 §A.2.6, and its signature of "sample" with SHA-512.
const RFC_KEY: &str =
    "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5";
const RFC_R: &str =
    "ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799cfe30f35cc900056d7c99cd7882433709";
const RFC_S: &str =
    "512c8cceee3890a84058ce1e22dbc2198f42323ce8aca9135329f03c068e5112dc7cc3ef3446defceb01a45c2667fdd5";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::engine::general_purpose::STANDARD.encode(der);
    let lines: Vec<&str> = (0..text.len()).step_by(64).map(|at| &text[at..text.len().min(at + 64)]).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}

/// An `ECPrivateKey` with this curve and no public key.
fn sec1(curve: &[u8]) -> Vec<u8> {
    let mut content = vec![2, 1, 1, 4, 48];
    content.extend(hex(RFC_KEY));
    content.extend_from_slice(curve);
    let mut der = vec![0x30, content.len() as u8];
    der.extend(content);
    der
}

const CURVE_P384: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x22];
const CURVE_P521: &[u8] = &[0xa0, 7, 6, 5, 0x2b, 0x81, 4, 0, 0x23];

#[test]
fn signatures_are_those_of_rfc_6979() {
    let key = PublisherKey::from_pem(&pem(SEC1, &sec1(CURVE_P384))).unwrap();
    let mut expected = vec![0x30, 0x65, 2, 0x31, 0];
    expected.extend(hex(RFC_R));
    expected.extend([2, 0x30]);
    expected.extend(hex(RFC_S));
    assert_eq!(key.sign(b"sample").unwrap().as_der(), expected);
}

#[test]
fn a_key_that_names_another_curve_is_refused() {
    for (curve, expected) in [(CURVE_P521, "an EC key on P-521"), (&[], "damaged")] {
        let error = PublisherKey::from_pem(&pem(SEC1, &sec1(curve))).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}

/// Signs with both, verifies with both.
fn exchange(folder: &Path, key: &PublisherKey) {
    openssl(folder, "pkey -in key.pem -pubout -out public.pem");
    let public = TrustedKey::from_pem(&fs::read_to_string(folder.join("public.pem")).unwrap()).unwrap();
    assert_eq!(&public, key.public());
    openssl(folder, "pkey -in key.pem -pubout -outform DER -out public.der");
    let said = openssl(folder, "dgst -sha256 public.der");
    assert!(said.trim().ends_with(&key.key_id().to_string()), "{said}");

    for number in 0..8_u8 {
        let message = vec![number; usize::from(number) * 7];
        fs::write(folder.join("message"), &message).unwrap();
        let ours = key.sign(&message).unwrap();
        assert_eq!(ours, key.sign(&message).unwrap());
        public.verify(&message, &ours).unwrap();
        fs::write(folder.join("ours.sig"), ours.as_der()).unwrap();
        let said = openssl(folder, "dgst -sha512 -verify public.pem -signature ours.sig message");
        assert!(said.contains("Verified OK"), "{said}");

        openssl(folder, "dgst -sha512 -sign key.pem -out theirs.sig message");
        let theirs = fs::read(folder.join("theirs.sig")).unwrap();
        let lowered = DetachedSignature::lower_from_der(&theirs).unwrap();
        public.verify(&message, &lowered).unwrap();
        // What docs/design/release.md tells a publisher to look at.
        let printed = openssl(folder, "asn1parse -inform DER -in theirs.sig");
        let long = printed.lines().last().unwrap().contains("l=  49 ");
        assert_eq!(long, DetachedSignature::from_der(&theirs).is_err(), "{printed}");
        match DetachedSignature::from_der(&theirs) {
            Ok(low) => assert_eq!(low, lowered),
            Err(high) => {
                assert_eq!(high, AttestationError::SignatureEncoding(SignatureFault::HighS));
                assert_ne!(lowered.as_der(), theirs);
            }
        }
    }
}

#[test]
fn openssl_takes_our_signatures_and_we_take_theirs_with_the_lower_s() {
    if !openssl_is_here() {
        return;
    }
    for make in [GENPKEY, ECPARAM] {
        let folder = tempfile::tempdir().unwrap();
        let text = openssl_makes(folder.path(), make, "key.pem");
        exchange(folder.path(), &PublisherKey::from_pem(&text).unwrap());
    }
}

#[test]
fn both_forms_of_a_key_are_one_key() {
    if !openssl_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let sec1 = openssl_makes(folder.path(), ECPARAM, "key.pem");
    assert!(sec1.contains("BEGIN EC PARAMETERS") && sec1.contains("BEGIN EC PRIVATE KEY"), "{sec1}");
    let convert = "pkcs8 -topk8 -nocrypt -in key.pem -out pkcs8.pem";
    let pkcs8 = openssl_makes(folder.path(), convert, "pkcs8.pem");
    assert!(pkcs8.starts_with("-----BEGIN PRIVATE KEY"), "{pkcs8}");
    let [sec1, pkcs8] = [sec1, pkcs8].map(|text| PublisherKey::from_pem(&text).unwrap());
    assert_eq!(sec1.key_id(), pkcs8.key_id());
    assert_eq!(sec1.sign(b"x").unwrap(), pkcs8.sign(b"x").unwrap());
}

#[test]
fn a_key_of_another_kind_is_refused_with_the_way_to_make_one() {
    if !openssl_is_here() {
        return;
    }
    for (make, expected) in [
        ("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out key.pem", "an RSA key"),
        ("genpkey -algorithm ED25519 -out key.pem", "an Ed25519 key"),
        ("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem", "an EC key on P-256"),
        ("ecparam -name prime256v1 -genkey -out key.pem", "an EC key on P-256"),
        ("ecparam -name secp384r1 -param_enc explicit -genkey -out key.pem", "named curve"),
        (
            "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -aes256 -pass pass:x -out key.pem",
            "the key is encrypted",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let text = openssl_makes(folder.path(), make, "key.pem");
        let error = PublisherKey::from_pem(&text).unwrap_err();
        assert!(error.to_string().contains(expected), "{make}: {error}");
        let help = error.help().unwrap();
        assert!(help.contains("openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384"), "{help}");
    }
    // What the help says makes a key that is taken.
    let folder = tempfile::tempdir().unwrap();
    let command = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out publisher.pem";
    PublisherKey::from_pem(&openssl_makes(folder.path(), command, "publisher.pem")).unwrap();
}

#[test]
fn what_is_no_single_private_key_is_refused() {
    let good = pem(SEC1, &sec1(CURVE_P384));
    let twice = format!("{good}{good}");
    let public = "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n";
    let cut = good.replace("-----END", "----END");
    let junk = pem(SEC1, b"junk");
    let parameters = "-----BEGIN EC PARAMETERS-----\nBgUrgQQAIg==\n-----END EC PARAMETERS-----\n";
    let base64 = "-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n";
    for text in ["", public, &twice, &cut, &junk, parameters, base64] {
        let error = PublisherKey::from_pem(text).unwrap_err();
        assert!(error.help().is_some(), "{text}: {error}");
    }
    assert!(PublisherKey::from_pem(&format!("# the publisher\n{good}")).is_ok());
}

#[test]
fn nothing_of_the_key_is_in_its_debug_text() {
    let key = fixed_key(7);
    let text = format!("{key:?}");
    assert!(text.contains(&key.key_id().to_string()), "{text}");
    assert!(!text.contains("0707") && !text.contains("7, 7") && text.len() < 200, "{text}");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn no_der_makes_the_reader_panic(bytes: Vec<u8>, at in 0_usize..64, byte: u8) {
        let mut changed = sec1(CURVE_P384);
        changed[at % 62] = byte;
        for der in [&bytes, &changed] {
            for label in [SEC1, PKCS8] {
                let _either = PublisherKey::from_pem(&pem(label, der));
            }
        }
    }
}
