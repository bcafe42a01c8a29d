// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Lists of certificates, and what is none.

use super::*;
use crate::signed_fixture::{
    EPOCH, altered_certificate, ceremony_certificate, ecdsa, only, rsa, sign_keyless,
};
use ashlar_module_signature::{Sha256, Signer as _, serial};
use der::Any;
use der::asn1::{BitString, ObjectIdentifier};
use proptest::prelude::*;

fn p384() -> Vec<u8> {
    ceremony_certificate(ecdsa(1).public_key())
}

#[test]
fn every_certificate_of_a_list_is_read() {
    let keyless = sign_keyless(b"\x7fELF one").0;
    let rsa = ceremony_certificate(rsa().public_key());
    let list = Certificates::parse(&[p384(), keyless.clone(), rsa.clone()].concat()).unwrap();
    let ders: Vec<&[u8]> = list.iter().map(Certificate::der).collect();
    assert_eq!(ders, [&p384()[..], &keyless, &rsa]);
    let first = list.get(0).unwrap();
    assert_eq!(first.subject(), "CN=module key of ashlar-qemu-1.0.0\\+b1-x86_64");
    assert_eq!(first.subject_common_name(), Some("module key of ashlar-qemu-1.0.0+b1-x86_64"));
    assert_eq!(first.issuer(), "CN=Ashlar module signing\\, ashlar-qemu-1.0.0\\+b1-x86_64");
    assert_eq!(first.spki(), ecdsa(1).public_key().spki_der());
    assert_eq!(first.serial(), serial(first.spki()));
    assert_eq!(first.not_before(), EPOCH);
    assert!(list.get(3).is_none());
}

/// That a kernel says the same is judged at every boot (builder/cli/src/boot/judge/additions.rs).
#[test]
fn a_key_is_called_as_the_kernel_calls_it() {
    let identifier = |certificate: &Certificate| -> Vec<u8> {
        let bits = certificate.parsed.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes();
        Sha256::of(bits).as_bytes()[..20].to_vec()
    };
    let certificate = only(&p384());
    let named = "module key of ashlar-qemu-1.0.0+b1-x86_64";
    assert_eq!(certificate.key_description(), Some(format!("{named}: {}", hex(&identifier(&certificate)))));
    let without = altered_certificate(&p384(), |certificate| certificate.tbs_certificate.extensions = None);
    assert_eq!(only(&without).key_description(), None);
    // The kernel would put the organisation before the common name.
    let more = altered_certificate(&p384(), |certificate| {
        certificate.tbs_certificate.subject = "CN=a,O=b".parse().unwrap();
    });
    assert_eq!(only(&more).key_description(), None);
}

#[test]
fn a_list_with_anything_else_in_it_is_refused() {
    let good = p384();
    let length = good.len();
    let after = |bytes: &[u8]| Certificates::parse(&[&good, bytes].concat()).unwrap_err().to_string();
    let at = |reason: &str| format!("read the certificates: {reason} at offset {length}");
    assert_eq!(after(&[0]), at("no DER item that begins with 30 82"));
    assert_eq!(after(b"\n"), at("no DER item that begins with 30 82"));
    assert_eq!(after(&[0x30, 0x80, 0, 0]), at("no DER item that begins with 30 82"));
    assert_eq!(after(&[0x30, 0x82, 0, 0x80]), at("an item whose length DER writes in fewer bytes"));
    assert_eq!(after(&good[..length - 1]), at("an item that is cut off"));
    assert_eq!(
        after(&[&[0x30, 0x82, 0x20, 0x01], &[0; 0x2001][..]].concat()),
        at("an item of more than 8192 bytes")
    );
    assert!(Certificates::parse(&[]).is_err());
    assert!(Certificates::parse(b"-----BEGIN CERTIFICATE-----\n").is_err());
    for cut in 1..length {
        assert!(Certificates::parse(&good[..cut]).is_err(), "{cut}");
    }
}

#[test]
fn something_else_than_a_certificate_is_refused() {
    let mut item = p384();
    item[4] = 0x31;
    assert!(matches!(Certificates::parse(&item), Err(Refusal::CertificateDer { index: 0, .. })));
    // Bytes behind the signature, inside of the outer SEQUENCE.
    let mut longer = p384();
    let length = u16::from_be_bytes([longer[2], longer[3]]) + 2;
    longer[2..4].copy_from_slice(&length.to_be_bytes());
    longer.extend([5, 0]);
    assert!(matches!(Certificates::parse(&longer), Err(Refusal::CertificateDer { index: 0, .. })));
}

/// A certificate whose last extension writes out that it is not critical, which DER leaves out.
pub(crate) fn with_default_written_out() -> Vec<u8> {
    let good = p384();
    let plain = [0x30, 0x1d, 0x06, 0x03, 0x55, 0x1d, 0x0e, 0x04, 0x16];
    let written = [0x30, 0x20, 0x06, 0x03, 0x55, 0x1d, 0x0e, 0x01, 0x01, 0x00, 0x04, 0x16];
    let at = good.windows(plain.len()).position(|window| window == plain).unwrap();
    let mut bytes = [&good[..at], &written, &good[at + plain.len()..]].concat();
    let extensions = (0..at).rev().find(|at| bytes[*at] == 0xa3 && bytes[at + 2] == 0x30).unwrap();
    for length in [3, 7, extensions + 1, extensions + 3] {
        bytes[length] = bytes[length].checked_add(3).unwrap();
    }
    bytes
}

#[test]
fn a_default_that_is_written_out_is_another_encoding() {
    let bytes = with_default_written_out();
    assert!(matches!(Certificates::parse(&bytes), Err(Refusal::CertificateEncoding { index: 0 })));
}

#[test]
fn two_certificates_that_signatures_cannot_tell_apart_are_refused() {
    let error = Certificates::parse(&[p384(), p384()].concat()).unwrap_err();
    assert!(matches!(error, Refusal::CertificateTwice { index: 1, first: 0 }), "{error:?}");
    // Another key under the name of the first: the kernel would ask for either.
    let other = ceremony_certificate(ecdsa(2).public_key());
    let first = x509_cert::Certificate::from_der(&p384()).unwrap();
    let usurper = altered_certificate(&other, |other| {
        other.tbs_certificate.serial_number = first.tbs_certificate.serial_number;
    });
    let error = Certificates::parse(&[p384(), usurper].concat()).unwrap_err();
    assert!(matches!(error, Refusal::CertificateTwice { index: 1, first: 0 }), "{error:?}");
}

#[test]
fn keys_that_sign_no_modules_are_refused() {
    let altered = |der: &[u8], alter: &dyn Fn(&mut spki::SubjectPublicKeyInfoOwned)| {
        let der = altered_certificate(der, |all| alter(&mut all.tbs_certificate.subject_public_key_info));
        match Certificates::parse(&der) {
            Err(Refusal::CertificateKey { index: 0, reason }) => reason,
            other => panic!("{other:?}"),
        }
    };
    let p256 = Any::from(ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7"));
    let ed25519 = ObjectIdentifier::new_unwrap("1.3.101.112");
    let bits = |bytes: Vec<u8>| BitString::from_bytes(&bytes).unwrap();
    let rsa = ceremony_certificate(rsa().public_key());
    let point = ecdsa(1).public_key().bits().to_vec();
    let number = only(&rsa).spki()[24..].to_vec();

    let reason = altered(&p384(), &|key| key.algorithm.parameters = Some(p256.clone()));
    assert_eq!(reason, "its curve is not P-384");
    assert_eq!(
        altered(&p384(), &|key| key.algorithm.oid = ed25519),
        "its algorithm is neither ECDSA nor RSA"
    );
    assert_eq!(altered(&p384(), &|key| key.algorithm.parameters = None), "its algorithm has no parameters");
    let compressed = [&[2], &point[1..49]].concat();
    let reason = altered(&p384(), &|key| key.subject_public_key = bits(compressed.clone()));
    assert_eq!(reason, "its point is not uncompressed");
    let mut outside = point;
    outside[96] ^= 1;
    let reason = altered(&p384(), &|key| key.subject_public_key = bits(outside.clone()));
    assert_eq!(reason, "its point is not on the curve");
    let reason = altered(&p384(), &|key| key.subject_public_key = BitString::new(1, vec![4; 97]).unwrap());
    assert_eq!(reason, "it is not made of whole bytes");

    let reason = altered(&rsa, &|key| key.algorithm.parameters = Some(p256.clone()));
    assert_eq!(reason, "its algorithm has other parameters than NULL");
    let reason = altered(&rsa, &|key| key.subject_public_key = bits(number[..number.len() - 1].to_vec()));
    assert_eq!(reason, "it is no RSA key in DER");
    let mut three = number.clone();
    *three.last_mut().unwrap() = 3;
    let reason = altered(&rsa, &|key| key.subject_public_key = bits(three.clone()));
    assert_eq!(reason, "its exponent is not 65537");
    let short = [&[0x30, 0x82, 1, 9, 2, 0x82, 1, 0][..], &[0x7f; 256], &[2, 3, 1, 0, 1]].concat();
    let reason = altered(&rsa, &|key| key.subject_public_key = bits(short.clone()));
    assert_eq!(reason, "its modulus does not have 4096 bits");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_no_certificates(bytes in any::<Vec<u8>>()) {
        prop_assert!(Certificates::parse(&bytes).is_err());
        let length = u16::try_from(bytes.len()).unwrap();
        let item = [&[0x30, 0x82][..], &length.to_be_bytes(), &bytes].concat();
        prop_assert!(Certificates::parse(&item).is_err());
    }

    #[test]
    fn mutations_never_panic_and_what_is_read_is_der(
        at in 0_usize..420,
        bytes in prop::collection::vec(any::<u8>(), 1..6),
    ) {
        let mut list = p384();
        for (old, new) in list.iter_mut().skip(at).zip(&bytes) {
            *old = *new;
        }
        if let Ok(certificates) = Certificates::parse(&list) {
            let all: Vec<u8> = certificates.iter().flat_map(Certificate::der).copied().collect();
            prop_assert_eq!(all, list);
            let printed = format!("{certificates:?}");
            prop_assert!(printed.contains("serial"));
        }
    }
}
