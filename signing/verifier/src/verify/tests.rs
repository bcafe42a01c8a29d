// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Good signatures by us and by OpenSSL; then one test for each attack.

mod attacks;

use super::*;
use crate::foreign::OpenSsl;
use crate::signed_fixture::{ceremony_certificate, certificates, ecdsa, rsa, sign, sign_keyless};
use ashlar_module_signature::Signer as _;
use proptest::prelude::*;

pub(super) const MODULE: &[u8] = b"\x7fELF a module";

/// As `openssl cms` has to be called to write what the kernel's sign-file writes.
pub(super) const AS_SIGN_FILE: &[&str] = &["-md", "sha512", "-noattr", "-nocerts", "-nosmimecap"];

pub(super) fn digest() -> ModuleDigest {
    ModuleDigest::of(MODULE)
}

/// Certificates and a signature of [`MODULE`] by a ceremony on P-384.
pub(super) fn p384() -> (Certificates, Vec<u8>) {
    (certificates(&[ceremony_certificate(ecdsa(1).public_key())]), sign(&ecdsa(1), MODULE))
}

#[test]
fn signatures_of_all_three_kinds_are_taken() {
    let (keyless_certificate, keyless_signature) = sign_keyless(MODULE);
    let list = certificates(&[
        sign_keyless(b"another module").0,
        ceremony_certificate(ecdsa(1).public_key()),
        keyless_certificate,
        ceremony_certificate(rsa().public_key()),
    ]);
    for (cms, certificate) in
        [(sign(&ecdsa(1), MODULE), 1), (keyless_signature, 2), (sign(&rsa(), MODULE), 3)]
    {
        assert_eq!(verify(&cms, &digest(), &list).unwrap(), Verified { certificate });
    }
}

#[test]
fn a_signature_by_openssl_with_rsa_is_taken() {
    let Some(openssl) = OpenSsl::rsa() else { return };
    let cms = openssl.sign(MODULE, AS_SIGN_FILE);
    verify(&cms, &digest(), &certificates(&[openssl.certificate])).unwrap();
}

#[test]
fn of_signatures_by_openssl_with_p384_those_with_the_lower_s_are_taken() {
    let Some(openssl) = OpenSsl::p384() else { return };
    let list = certificates(std::slice::from_ref(&openssl.certificate));
    let (mut taken, mut high) = (0, 0);
    while taken == 0 || high == 0 {
        match verify(&openssl.sign(MODULE, AS_SIGN_FILE), &digest(), &list) {
            Ok(_) => taken += 1,
            Err(Refusal::HighS) => high += 1,
            Err(other) => panic!("{other:?}"),
        }
        assert!(taken + high < 128, "{taken} with the lower s, {high} with the higher");
    }
}

#[test]
fn differences_are_found_at_their_first_byte() {
    assert_eq!(first_difference(b"abc", b"abc"), None);
    assert_eq!(first_difference(b"abc", b"abd"), Some(2));
    assert_eq!(first_difference(b"abc", b"ab"), Some(2));
    assert_eq!(first_difference(b"", b"ab"), Some(0));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn arbitrary_bytes_are_no_signature(cms in any::<Vec<u8>>()) {
        prop_assert!(verify(&cms, &digest(), &p384().0).is_err());
    }

    /// A signature in other bytes than the template's never passes.
    #[test]
    fn mutations_never_panic_and_never_pass(at in 0_usize..290, bytes in prop::collection::vec(any::<u8>(), 1..6)) {
        let (list, good) = p384();
        let mut cms = good.clone();
        for (old, new) in cms.iter_mut().skip(at).zip(&bytes) {
            *old = *new;
        }
        prop_assert_eq!(verify(&cms, &digest(), &list).is_ok(), cms == good);
    }
}
