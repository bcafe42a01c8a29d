// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One test for each attack on a signature; each has to be refused by its own name.

use super::{AS_SIGN_FILE, MODULE, digest, p384};
use crate::foreign::OpenSsl;
use crate::signed_fixture::{
    altered, altered_certificate, ceremony_certificate, certificates, ecdsa, release, rsa, sign, sign_keyless,
};
use crate::{Refusal, verify};
use ::cms::content_info::{CmsVersion, ContentInfo};
use ::cms::signed_data::{SignedData, SignerIdentifier};
use ashlar_module_signature::{ModuleDigest, SignatureValue, Signer as _, cms};
use der::asn1::{Null, ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Decode as _, Encode as _};
use p384::ecdsa::Signature;
use spki::AlgorithmIdentifierOwned;
use x509_cert::ext::pkix::SubjectKeyIdentifier;

const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const OTHER: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.5");
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// What becomes of a good signature by a ceremony on P-384 when something in it is changed.
fn refused(alter: impl FnOnce(&mut SignedData)) -> Refusal {
    let (list, good) = p384();
    verify(&altered(&good, alter), &digest(), &list).unwrap_err()
}

/// The same with the one signer.
fn signer_refused(alter: impl FnOnce(&mut ::cms::signed_data::SignerInfo)) -> Refusal {
    refused(|all| {
        let mut signer = all.signer_infos.0.as_slice()[0].clone();
        alter(&mut signer);
        all.signer_infos.0 = SetOfVec::try_from(vec![signer]).unwrap();
    })
}

#[test]
fn a_signature_of_another_module_does_not_fit() {
    let (list, good) = p384();
    let other = ModuleDigest::of(b"\x7fELF another module");
    assert!(matches!(verify(&good, &other, &list), Err(Refusal::BadSignature)));
    let list = certificates(&[ceremony_certificate(rsa().public_key())]);
    assert!(matches!(verify(&sign(&rsa(), MODULE), &other, &list), Err(Refusal::BadSignature)));
}

#[test]
fn swapped_keyless_signatures_do_not_fit() {
    let one = sign_keyless(b"\x7fELF one");
    let two = sign_keyless(b"\x7fELF two");
    let list = certificates(&[one.0, two.0]);
    assert!(matches!(verify(&two.1, &ModuleDigest::of(b"\x7fELF one"), &list), Err(Refusal::BadSignature)));
    assert!(matches!(verify(&one.1, &ModuleDigest::of(b"\x7fELF two"), &list), Err(Refusal::BadSignature)));
}

#[test]
fn n_minus_s_in_place_of_s_is_refused_although_it_verifies() {
    let (list, _) = p384();
    let SignatureValue::EcdsaP384 { r, s } = ecdsa(1).sign(&digest()).unwrap() else { panic!() };
    let low = Signature::from_scalars(r, s).unwrap();
    let high = Signature::from_scalars(r, (-*low.s()).to_bytes()).unwrap();
    let (r, s) = high.split_bytes();
    let value = SignatureValue::EcdsaP384 { r: r.into(), s: s.into() };
    let malleated = cms(&release(), ecdsa(1).public_key(), &value).unwrap();
    assert!(matches!(verify(&malleated, &digest(), &list), Err(Refusal::HighS)));
}

#[test]
fn lengths_in_more_bytes_than_needed_are_not_der() {
    let (list, good) = p384();
    assert_eq!(good[..2], [0x30, 0x82]);
    let long = [&[0x30, 0x83, 0], &good[2..]].concat();
    assert!(matches!(verify(&long, &digest(), &list), Err(Refusal::NotCms { .. })));
}

#[test]
fn an_indefinite_length_is_not_der() {
    let (list, good) = p384();
    let indefinite = [&[0x30, 0x80], &good[4..], &[0, 0]].concat();
    assert!(matches!(verify(&indefinite, &digest(), &list), Err(Refusal::NotCms { .. })));
}

#[test]
fn numbers_of_a_signature_with_zeroes_in_front_are_refused() {
    let error = signer_refused(|signer| {
        let bytes = signer.signature.as_bytes();
        let length = usize::from(bytes[3]);
        let (r, s) = bytes[4..].split_at(length);
        let padded = [&[0x30, bytes[1] + 1, 2, bytes[3] + 1, 0], r, s].concat();
        signer.signature = OctetString::new(padded).unwrap();
    });
    assert!(
        matches!(error, Refusal::SignatureForm { reason: "it is not a pair of numbers in DER" }),
        "{error:?}"
    );
    let error = signer_refused(|signer| {
        let longer = [signer.signature.as_bytes(), &[0]].concat();
        signer.signature = OctetString::new(longer).unwrap();
    });
    assert!(matches!(error, Refusal::SignatureForm { .. }), "{error:?}");
}

#[test]
fn numbers_outside_of_the_group_are_refused() {
    let number = |bytes: &[u8]| [&[2, u8::try_from(bytes.len()).unwrap()], bytes].concat();
    let zero = number(&[0]);
    let one = number(&[1]);
    let large = number(&[&[0][..], &[0xff; 48]].concat());
    let larger = number(&[1; 49]);
    for (r, s) in [(&zero, &one), (&one, &zero), (&large, &one), (&one, &large), (&larger, &one)] {
        let content = [&r[..], s].concat();
        let value = [&[0x30, u8::try_from(content.len()).unwrap()], &content[..]].concat();
        let error = signer_refused(|signer| signer.signature = OctetString::new(value).unwrap());
        let reason = "r or s is not between 1 and n - 1";
        assert!(matches!(error, Refusal::SignatureForm { reason: found } if found == reason), "{error:?}");
    }
}

#[test]
fn signed_attributes_by_openssl_are_refused() {
    for openssl in [OpenSsl::p384(), OpenSsl::rsa()].into_iter().flatten() {
        let cms = openssl.sign(MODULE, &["-md", "sha512", "-nocerts"]);
        let error = verify(&cms, &digest(), &certificates(&[openssl.certificate])).unwrap_err();
        assert!(matches!(error, Refusal::SignedAttributes), "{error:?}");
    }
}

#[test]
fn a_certificate_embedded_by_openssl_is_refused() {
    let Some(openssl) = OpenSsl::p384() else { return };
    let cms = openssl.sign(MODULE, &["-md", "sha512", "-noattr", "-nosmimecap"]);
    let error = verify(&cms, &digest(), &certificates(&[openssl.certificate])).unwrap_err();
    assert!(matches!(error, Refusal::EmbeddedCertificates), "{error:?}");
}

#[test]
fn content_embedded_by_openssl_is_refused() {
    let Some(openssl) = OpenSsl::p384() else { return };
    let cms = openssl.sign(MODULE, &[AS_SIGN_FILE, &["-nodetach"]].concat());
    let error = verify(&cms, &digest(), &certificates(&[openssl.certificate])).unwrap_err();
    assert!(matches!(error, Refusal::EmbeddedContent), "{error:?}");
}

#[test]
fn another_digest_by_openssl_is_refused() {
    let Some(openssl) = OpenSsl::p384() else { return };
    let cms = openssl.sign(MODULE, &["-md", "sha256", "-noattr", "-nocerts", "-nosmimecap"]);
    let error = verify(&cms, &digest(), &certificates(&[openssl.certificate])).unwrap_err();
    assert!(matches!(error, Refusal::DigestAlgorithm { found: SHA256 }), "{error:?}");
}

#[test]
fn a_signer_named_by_key_identifier_by_openssl_is_refused() {
    let Some(openssl) = OpenSsl::p384() else { return };
    let cms = openssl.sign(MODULE, &[AS_SIGN_FILE, &["-keyid"]].concat());
    let error = verify(&cms, &digest(), &certificates(&[openssl.certificate])).unwrap_err();
    assert!(matches!(error, Refusal::SignerIdentifier), "{error:?}");
}

#[test]
fn a_key_without_a_certificate_is_unknown() {
    let (list, _) = p384();
    let error = verify(&sign(&ecdsa(2), MODULE), &digest(), &list).unwrap_err();
    assert!(matches!(error, Refusal::UnknownSigner { .. }), "{error:?}");
}

#[test]
fn a_key_of_another_release_is_unknown() {
    let (list, good) = p384();
    let text = good.windows(5).position(|window| window == b"1.0.0").unwrap();
    let mut other = good;
    other[text] = b'2';
    let error = verify(&other, &digest(), &list).unwrap_err();
    assert!(error.to_string().contains("CN=Ashlar module signing\\, ashlar-qemu-2.0.0"), "{error}");
    assert!(matches!(error, Refusal::UnknownSigner { .. }), "{error:?}");
}

#[test]
fn another_key_under_the_name_of_the_first_does_not_fit() {
    let (list, _) = p384();
    let forged = cms(&release(), ecdsa(1).public_key(), &ecdsa(2).sign(&digest()).unwrap()).unwrap();
    assert!(matches!(verify(&forged, &digest(), &list), Err(Refusal::BadSignature)));
}

#[test]
fn an_algorithm_other_than_the_keys_is_refused() {
    let error = signer_refused(|signer| signer.signature_algorithm.oid = RSA_ENCRYPTION);
    assert!(matches!(error, Refusal::AlgorithmMismatch { found: RSA_ENCRYPTION, .. }), "{error:?}");
}

#[test]
fn other_kinds_of_content_are_refused() {
    let (list, good) = p384();
    let mut outer = ContentInfo::from_der(&good).unwrap();
    outer.content_type = OTHER;
    let error = verify(&outer.to_der().unwrap(), &digest(), &list).unwrap_err();
    assert!(matches!(error, Refusal::ContentType { found: OTHER }), "{error:?}");
    let error = refused(|all| all.encap_content_info.econtent_type = OTHER);
    assert!(matches!(error, Refusal::SignedContentType { found: OTHER }), "{error:?}");
}

#[test]
fn embedded_content_and_revocations_are_refused() {
    let content = OctetString::new(MODULE).unwrap();
    let error = refused(|all| all.encap_content_info.econtent = Some(Any::encode_from(&content).unwrap()));
    assert!(matches!(error, Refusal::EmbeddedContent), "{error:?}");
    let none = ::cms::revocation::RevocationInfoChoices(SetOfVec::new());
    let error = refused(|all| all.crls = Some(none));
    assert!(matches!(error, Refusal::EmbeddedRevocations), "{error:?}");
    let none = ::cms::signed_data::CertificateSet(SetOfVec::new());
    let error = refused(|all| all.certificates = Some(none));
    assert!(matches!(error, Refusal::EmbeddedCertificates), "{error:?}");
}

#[test]
fn no_signer_and_a_second_signer_are_refused() {
    let error = refused(|all| all.signer_infos.0 = SetOfVec::new());
    assert!(matches!(error, Refusal::SignerCount { count: 0 }), "{error:?}");
    let error = refused(|all| {
        let mut second = all.signer_infos.0.as_slice()[0].clone();
        second.version = CmsVersion::V3;
        all.signer_infos.0.insert(second).unwrap();
    });
    assert!(matches!(error, Refusal::SignerCount { count: 2 }), "{error:?}");
}

#[test]
fn empty_attributes_are_refused_too() {
    let error = signer_refused(|signer| signer.signed_attrs = Some(SetOfVec::new()));
    assert!(matches!(error, Refusal::SignedAttributes), "{error:?}");
    let error = signer_refused(|signer| signer.unsigned_attrs = Some(SetOfVec::new()));
    assert!(matches!(error, Refusal::UnsignedAttributes), "{error:?}");
}

#[test]
fn other_digest_algorithms_are_refused() {
    let sha256 = AlgorithmIdentifierOwned { oid: SHA256, parameters: None };
    let error = signer_refused(|signer| signer.digest_alg.oid = SHA256);
    assert!(matches!(error, Refusal::DigestAlgorithm { found: SHA256 }), "{error:?}");
    let listed = SetOfVec::try_from(vec![sha256.clone()]).unwrap();
    let error = refused(|all| all.digest_algorithms = listed);
    assert!(matches!(error, Refusal::DigestAlgorithm { found: SHA256 }), "{error:?}");
    let error = refused(|all| all.digest_algorithms.insert(sha256).unwrap());
    assert!(matches!(error, Refusal::DigestAlgorithmCount { count: 2 }), "{error:?}");
    let error = refused(|all| all.digest_algorithms = SetOfVec::new());
    assert!(matches!(error, Refusal::DigestAlgorithmCount { count: 0 }), "{error:?}");
}

#[test]
fn a_signer_named_by_key_identifier_is_refused() {
    let identifier = SubjectKeyIdentifier(OctetString::new([7; 20]).unwrap());
    let error = signer_refused(|signer| signer.sid = SignerIdentifier::SubjectKeyIdentifier(identifier));
    assert!(matches!(error, Refusal::SignerIdentifier), "{error:?}");
}

#[test]
fn what_verifies_but_is_written_otherwise_is_not_canonical() {
    let null = Some(Any::from(Null));
    for error in [
        signer_refused(|signer| signer.digest_alg.parameters = null.clone()),
        signer_refused(|signer| signer.signature_algorithm.parameters = null.clone()),
        signer_refused(|signer| signer.version = CmsVersion::V3),
        refused(|all| all.version = CmsVersion::V3),
        refused(|all| {
            let mut listed = all.digest_algorithms.as_slice()[0].clone();
            listed.parameters = null.clone();
            all.digest_algorithms = SetOfVec::try_from(vec![listed]).unwrap();
        }),
    ] {
        assert!(matches!(error, Refusal::NotCanonical { .. }), "{error:?}");
    }
    let list = certificates(&[ceremony_certificate(rsa().public_key())]);
    let without_null = altered(&sign(&rsa(), MODULE), |all| {
        let mut signer = all.signer_infos.0.as_slice()[0].clone();
        signer.signature_algorithm.parameters = None;
        all.signer_infos.0 = SetOfVec::try_from(vec![signer]).unwrap();
    });
    assert!(matches!(verify(&without_null, &digest(), &list), Err(Refusal::NotCanonical { .. })));
}

#[test]
fn a_short_or_long_rsa_signature_is_refused() {
    let list = certificates(&[ceremony_certificate(rsa().public_key())]);
    for length in [511, 513] {
        let mut bytes = vec![1; length];
        bytes[0] = 0;
        let forged = altered(&sign(&rsa(), MODULE), |all| {
            let mut signer = all.signer_infos.0.as_slice()[0].clone();
            signer.signature = OctetString::new(bytes).unwrap();
            all.signer_infos.0 = SetOfVec::try_from(vec![signer]).unwrap();
        });
        let error = verify(&forged, &digest(), &list).unwrap_err();
        assert!(
            matches!(error, Refusal::SignatureForm { reason: "it is not as long as the modulus" }),
            "{error:?}"
        );
    }
}

#[test]
fn a_signer_of_no_release_has_no_canonical_form() {
    let name: x509_cert::name::Name = "CN=somebody".parse().unwrap();
    let der = altered_certificate(&ceremony_certificate(ecdsa(1).public_key()), |all| {
        all.tbs_certificate.issuer = name.clone();
    });
    let cms = altered(&sign(&ecdsa(1), MODULE), |all| {
        let mut signer = all.signer_infos.0.as_slice()[0].clone();
        if let SignerIdentifier::IssuerAndSerialNumber(named) = &mut signer.sid {
            named.issuer = name.clone();
        }
        all.signer_infos.0 = SetOfVec::try_from(vec![signer]).unwrap();
    });
    let error = verify(&cms, &digest(), &certificates(&[der])).unwrap_err();
    assert!(matches!(error, Refusal::ForeignIssuer { .. }), "{error:?}");
}

#[test]
fn a_flipped_bit_in_any_byte_is_refused() {
    let (list, good) = p384();
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1 << (at % 8);
        assert!(verify(&flipped, &digest(), &list).is_err(), "byte {at}");
    }
}

#[test]
fn a_truncated_signature_is_refused_at_every_length() {
    let (list, good) = p384();
    for length in 0..good.len() {
        let error = verify(&good[..length], &digest(), &list).unwrap_err();
        assert!(matches!(error, Refusal::NotCms { .. }), "{length}: {error:?}");
    }
}

#[test]
fn bytes_behind_the_signature_are_refused() {
    let (list, good) = p384();
    for garbage in [&[0][..], b"\n", &good] {
        let error = verify(&[&good, garbage].concat(), &digest(), &list).unwrap_err();
        let length = garbage.len();
        assert!(matches!(error, Refusal::TrailingBytes { length: found } if found == length), "{error:?}");
    }
}

#[test]
fn a_signature_of_unusual_length_is_not_even_read() {
    let (list, good) = p384();
    let error = verify(&[good, vec![0; 8192]].concat(), &digest(), &list).unwrap_err();
    assert!(matches!(error, Refusal::TooLong { limit: 8192, .. }), "{error:?}");
}
