// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates with a choice in them.

use super::*;
use crate::Certificates;
use crate::signed_fixture::{
    EPOCH, altered_certificate, ceremony_certificate, ecdsa, only, release, rsa, sign_keyless,
};
use ashlar_module_signature::{ModuleDigest, Signer as _};
use der::asn1::BitString;

const MODULE: &[u8] = b"\x7fELF a module";

#[test]
fn what_the_template_writes_is_canonical() {
    for key in [ecdsa(1).public_key(), rsa().public_key()] {
        let certificate = only(&ceremony_certificate(key));
        canonical_certificate(&certificate, &Subject::Release, &release(), EPOCH).unwrap();
    }
    let subject = Subject::Module(ModuleDigest::of(MODULE));
    canonical_certificate(&only(&sign_keyless(MODULE).0), &subject, &release(), EPOCH).unwrap();
}

#[test]
fn another_release_epoch_or_subject_is_found_out() {
    let certificate = only(&ceremony_certificate(ecdsa(1).public_key()));
    let other = ReleaseId::parse("ashlar-qemu-1.0.1+b1-x86_64").unwrap();
    let module = Subject::Module(ModuleDigest::of(MODULE));
    for (subject, release, epoch) in [
        (&Subject::Release, &other, EPOCH),
        (&Subject::Release, &release(), EPOCH + 1),
        (&module, &release(), EPOCH),
    ] {
        let error = canonical_certificate(&certificate, subject, release, epoch).unwrap_err();
        assert!(matches!(error, Refusal::CertificateNotCanonical { .. }), "{error:?}");
    }
}

#[test]
fn a_message_hidden_in_a_certificate_is_found_out() {
    let good = ceremony_certificate(ecdsa(1).public_key());
    let hidden: [&dyn Fn(&mut x509_cert::Certificate); 6] = [
        &|all| {
            all.tbs_certificate.serial_number =
                x509_cert::serial_number::SerialNumber::new(&[7; 16]).unwrap();
        },
        &|all| all.signature = BitString::from_bytes(b"the private key!").unwrap(),
        &|all| all.tbs_certificate.validity.not_after = all.tbs_certificate.validity.not_before,
        &|all| all.tbs_certificate.subject = "CN=a message".parse().unwrap(),
        &|all| all.tbs_certificate.extensions.as_mut().unwrap().truncate(2),
        &|all| all.tbs_certificate.extensions.as_mut().unwrap()[1].critical = false,
    ];
    for alter in hidden {
        let certificate = only(&altered_certificate(&good, alter));
        let error = canonical_certificate(&certificate, &Subject::Release, &release(), EPOCH).unwrap_err();
        assert!(matches!(error, Refusal::CertificateNotCanonical { .. }), "{error:?}");
    }
}

#[test]
fn a_flipped_bit_in_any_byte_is_refused() {
    let good = ceremony_certificate(ecdsa(1).public_key());
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        let verdict = Certificates::parse(&flipped).and_then(|list| {
            canonical_certificate(list.get(0).unwrap(), &Subject::Release, &release(), EPOCH)
        });
        assert!(verdict.is_err(), "byte {at}");
    }
}

#[test]
fn a_keyless_key_that_somebody_holds_is_found_out() {
    // All else is as it has to be, and signatures by this key verify.
    let subject = Subject::Module(ModuleDigest::of(MODULE));
    let der = write_certificate(&subject, &release(), EPOCH, ecdsa(1).public_key()).unwrap();
    let error = canonical_certificate(&only(&der), &subject, &release(), EPOCH).unwrap_err();
    assert!(matches!(error, Refusal::KeyNotDerived), "{error:?}");
    assert!(error.help().is_some());
}

#[test]
fn a_keyless_key_of_another_module_with_the_same_beginning_of_its_digest_is_found_out() {
    let mut digest = *ModuleDigest::of(MODULE).as_bytes();
    digest[63] ^= 1;
    let subject = Subject::Module(ModuleDigest::from_bytes(digest));
    let error =
        canonical_certificate(&only(&sign_keyless(MODULE).0), &subject, &release(), EPOCH).unwrap_err();
    assert!(matches!(error, Refusal::KeyNotDerived), "{error:?}");
}

#[test]
fn an_epoch_that_no_certificate_can_state_is_an_error() {
    let certificate = only(&ceremony_certificate(ecdsa(1).public_key()));
    let error = canonical_certificate(&certificate, &Subject::Release, &release(), u64::MAX).unwrap_err();
    assert!(matches!(error, Refusal::Template { .. }), "{error:?}");
}
