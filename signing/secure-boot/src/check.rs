// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Judges a detached signature: it is of this image, by the key of the certificate in it, and has no byte to spare.
//!
//! The certificate is only carried along: no signature covers its bytes, and another one with the same key would pass
//! here. So the caller compares it, byte by byte, with the one that is trusted.
//!
//! What varies is read out with other code than wrote it (the cms crate), then the whole is written again and compared, so
//! that two different signatures of one image by one key cannot both pass, and nothing can be hidden in one.

use ashlar_digest::Sha256;
use cms::cert::CertificateChoices;
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::asn1::{ObjectIdentifier, OctetString};
use der::{Any, Decode as _, Encode as _, Sequence};

use crate::{PeDigest, SecureBootCertificate, SecureBootError, pkcs7};

/// SPC_INDIRECT_DATA_OBJID.
const INDIRECT_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.311.2.1.4");

#[derive(Sequence)]
struct SpcIndirectDataContent {
    data: Any,
    message_digest: DigestInfo,
}

#[derive(Sequence)]
struct DigestInfo {
    digest_algorithm: Any,
    digest: OctetString,
}

/// Checks `signature` as [`pkcs7`] writes it, against the digest of an image; gives the certificate in it. Whether that is
/// the trusted one, the caller has to compare.
///
/// # Errors
/// [`SecureBootError::Signature`] for other bytes than [`pkcs7`] writes, [`SecureBootError::OtherImage`],
/// [`SecureBootError::Forged`], [`SecureBootError::Certificate`].
pub fn check(signature: &[u8], digest: PeDigest) -> Result<SecureBootCertificate, SecureBootError> {
    let refuse = |reason| SecureBootError::Signature { reason };
    let read = ContentInfo::from_der(signature)
        .and_then(|info| info.content.decode_as::<SignedData>())
        .map_err(|_| refuse("it is no PKCS#7 of signed data"))?;
    let signed = signed_digest(&read).ok_or_else(|| refuse("it does not sign the digest of an EFI image"))?;
    let certificates = read.certificates.map(|set| set.0.into_vec()).unwrap_or_default();
    let [CertificateChoices::Certificate(certificate)] = &certificates[..] else {
        return Err(refuse("it has not one certificate"));
    };
    let certificate = certificate.to_der().map_err(|_| refuse("its certificate cannot be written again"))?;
    let certificate = SecureBootCertificate::from_der(&certificate)?;
    let signers = read.signer_infos.0.into_vec();
    let [signer] = &signers[..] else {
        return Err(refuse("it has not one signer"));
    };
    if signed != digest {
        return Err(SecureBootError::OtherImage { signed, found: digest });
    }
    // Verifies the signature of the key.
    if pkcs7(&certificate, signer.signature.as_bytes(), digest)? != signature {
        return Err(refuse("it is not written in the one way that there is"));
    }
    Ok(certificate)
}

fn signed_digest(read: &SignedData) -> Option<PeDigest> {
    let content = &read.encap_content_info;
    if content.econtent_type != INDIRECT_DATA {
        return None;
    }
    let content: SpcIndirectDataContent = content.econtent.as_ref()?.decode_as().ok()?;
    let bytes = content.message_digest.digest.as_bytes().try_into().ok()?;
    Some(PeDigest::new(Sha256::from_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SecureBootKey, fixture, to_be_signed};

    fn digest() -> PeDigest {
        to_be_signed(&fixture::image()).unwrap().digest
    }

    #[test]
    fn a_signature_is_believed_and_gives_its_certificate() {
        assert_eq!(check(&fixture::signature(), digest()).unwrap(), fixture::certificate());
    }

    #[test]
    fn the_signature_of_another_image_is_refused() {
        let other = PeDigest::new(Sha256::of(b"another image"));
        let error = check(&fixture::signature(), other).unwrap_err();
        assert_eq!(error, SecureBootError::OtherImage { signed: digest(), found: other });
    }

    /// The digest in the content replaced, as who has a signature of an old image would do.
    #[test]
    fn a_signature_with_the_digest_of_another_image_written_into_it_is_refused() {
        let (old, other) = (digest(), PeDigest::new(Sha256::of(b"another image")));
        let mut forged = fixture::signature();
        let at = forged.windows(32).position(|part| part == old.as_bytes()).unwrap();
        forged[at..at + 32].copy_from_slice(other.as_bytes());
        assert_eq!(check(&forged, other), Err(SecureBootError::Forged));
        assert!(matches!(check(&forged, old), Err(SecureBootError::OtherImage { .. })));
    }

    /// Another certificate over the same signature: what is trusted would then be another key.
    #[test]
    fn a_signature_under_the_certificate_of_another_key_is_refused() {
        let (own, other) = (fixture::certificate(), fixture::other_certificate());
        let request = to_be_signed(&fixture::image()).unwrap();
        let signature = fixture::signature();
        let made = &signature[signature.len() - 256..];
        assert!(own.verify(&request.signed_attributes, made).is_ok());
        assert_eq!(pkcs7(&other, made, request.digest), Err(SecureBootError::Forged));
        let theirs = SecureBootKey::from_pem(fixture::OTHER_KEY).unwrap();
        let mut forged = theirs.sign(&fixture::image(), &other).unwrap();
        let start = forged.len() - 256;
        forged[start..].copy_from_slice(made);
        assert_eq!(check(&forged, request.digest), Err(SecureBootError::Forged));
    }

    /// Refused, or it names another certificate than the trusted one.
    fn is_not_believed(signature: &[u8]) -> bool {
        check(signature, digest()).map_or(true, |certificate| certificate != fixture::certificate())
    }

    #[test]
    fn no_byte_of_a_signature_can_be_changed_added_or_left_out() {
        let signature = fixture::signature();
        let der = fixture::certificate().as_der().to_vec();
        let carried = signature.windows(der.len()).position(|part| part == der).unwrap();
        for offset in 0..signature.len() {
            // A debug build verifies some hundred signatures a second: of the last field every 16th byte is enough.
            if offset > signature.len() - 256 && offset % 16 != 0 {
                continue;
            }
            let mut changed = signature.clone();
            changed[offset] ^= 1;
            assert!(is_not_believed(&changed), "byte {offset}");
            if !(carried..carried + der.len()).contains(&offset) {
                assert!(check(&changed, digest()).is_err(), "byte {offset}");
            }
        }
        assert!(check(&[&signature[..], &[0]].concat(), digest()).is_err());
        assert!(check(&signature[..signature.len() - 1], digest()).is_err());
        assert!(check(&[], digest()).is_err());
    }

    /// The validity made longer: the signature still holds, but it is not the certificate that is trusted.
    #[test]
    fn a_forged_certificate_of_the_same_key_is_given_as_another() {
        let mut forged = fixture::signature();
        let at = forged.windows(4).position(|part| part == b"2126").unwrap();
        forged[at] = b'9';
        let found = check(&forged, digest()).unwrap();
        assert_ne!(found, fixture::certificate());
        assert!(forged.windows(found.as_der().len()).any(|part| part == found.as_der()));
    }

    proptest::proptest! {
        #[test]
        fn hostile_signatures_never_panic(noise: Vec<u8>, changes: Vec<(u16, u8)>) {
            let mut changed = fixture::signature();
            for (offset, value) in changes {
                let offset = usize::from(offset) % changed.len();
                changed[offset] = value;
            }
            proptest::prop_assert!(is_not_believed(&changed) || changed == fixture::signature());
            proptest::prop_assert!(check(&noise, digest()).is_err());
        }
    }
}
