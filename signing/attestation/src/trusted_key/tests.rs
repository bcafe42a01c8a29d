// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Public keys in files, and what they refuse to verify.

use p384::pkcs8::LineEnding;

use super::*;
use crate::StatementSigner as _;
use crate::foreign::{fixed_key, openssl, openssl_is_here, openssl_makes};

fn public_pem(number: u8) -> String {
    let key = fixed_key(number);
    PublicKey::from_public_key_der(key.public().spki()).unwrap().to_public_key_pem(LineEnding::LF).unwrap()
}

#[test]
fn a_file_holds_one_key_or_several() {
    let (one, two) = (public_pem(1), public_pem(2));
    let keys = TrustedKey::all_from_pem(&format!("# first\n{one}\n# second\n{two}{one}")).unwrap();
    assert_eq!(keys, [fixed_key(1).public().clone(), fixed_key(2).public().clone()]);
    assert_eq!(TrustedKey::from_pem(&one).unwrap(), keys[0]);
    let error = TrustedKey::from_pem(&format!("{one}{two}")).unwrap_err();
    assert_eq!(error, AttestationError::Pem { line: 6, fault: PemFault::Second });
    assert!(TrustedKey::all_from_pem("").is_err());
}

#[test]
fn a_private_key_in_a_file_of_trusted_keys_is_refused() {
    let text = public_pem(1) + "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
    let error = TrustedKey::all_from_pem(&text).unwrap_err();
    let found = "PRIVATE KEY".to_owned();
    assert_eq!(error, AttestationError::PemLabel { wanted: KeyHalf::Public, found });
}

#[test]
fn a_damaged_key_does_not_vanish_from_a_file() {
    let text = public_pem(1) + &public_pem(2).replacen("-----BEGIN", "----BEGIN", 1);
    assert!(TrustedKey::all_from_pem(&text).is_err());
    let text = public_pem(1) + &public_pem(2).replacen("MHY", "MHZ", 1);
    assert!(TrustedKey::all_from_pem(&text).is_err());
}

#[test]
fn a_key_has_one_encoding_and_one_id() {
    let key = fixed_key(1);
    let spki = key.public().spki();
    assert_eq!(KeyId::of_spki(spki), key.key_id());
    assert_eq!(key.key_id().to_string().parse::<KeyId>().unwrap(), key.key_id());
    let mut trailing = spki.to_vec();
    trailing.push(0);
    let mut off_curve = spki.to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    for wrong in [&trailing, &off_curve, &spki[..spki.len() - 1].to_vec(), &vec![]] {
        let error = TrustedKey::from_spki(wrong).unwrap_err();
        let expected = AttestationError::Key { half: KeyHalf::Public, fault: KeyFault::Encoding };
        assert_eq!(error, expected);
    }
}

#[test]
fn openssl_s_other_forms_of_a_key_are_refused() {
    if !openssl_is_here() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let make = "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out key.pem";
    openssl(folder.path(), make);
    let compressed = "pkey -in key.pem -pubout -ec_conv_form compressed -out public.pem";
    let text = openssl_makes(folder.path(), compressed, "public.pem");
    let error = TrustedKey::from_pem(&text).unwrap_err();
    assert!(error.to_string().contains("uncompressed"), "{error}");
    openssl(folder.path(), "genpkey -algorithm ED25519 -out other.pem");
    let text = openssl_makes(folder.path(), "pkey -in other.pem -pubout -out public.pem", "public.pem");
    let error = TrustedKey::from_pem(&text).unwrap_err();
    assert!(error.to_string().contains("an Ed25519 key"), "{error}");
}

#[test]
fn a_signature_of_another_key_or_another_message_does_not_hold() {
    let (one, two) = (fixed_key(1), fixed_key(2));
    let signature = one.sign(b"manifest").unwrap();
    assert_eq!(one.public().verify(b"manifest", &signature), Ok(()));
    assert_eq!(
        one.public().verify(b"manifest ", &signature),
        Err(AttestationError::SignatureMismatch { key: one.key_id() })
    );
    assert_eq!(
        two.public().verify(b"manifest", &signature),
        Err(AttestationError::SignatureMismatch { key: two.key_id() })
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]
    #[test]
    fn no_der_makes_the_reader_panic(bytes: Vec<u8>, at in 0_usize..120, byte: u8) {
        let _either = TrustedKey::from_spki(&bytes);
        let mut spki = fixed_key(1).public().spki().to_vec();
        spki[at] = byte;
        if let Ok(key) = TrustedKey::from_spki(&spki) {
            proptest::prop_assert_eq!(key.spki(), &spki[..]);
        }
    }
}
