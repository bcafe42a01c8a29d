// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One detached signature over one module digest, judged.
//!
//! Format: CMS `SignedData` of RFC 5652 §5 without signed attributes, as docs/design/release.md narrows it. What the
//! kernel would take and a release does not hold is refused by a name of its own; whatever else differs from the
//! template is [`Refusal::NotCanonical`].

#[cfg(test)]
mod tests;

use ashlar_module_signature::{ModuleDigest, PublicKey, ReleaseId, SignatureValue, cms as write_cms};
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerIdentifier, SignerInfo};
use der::asn1::ObjectIdentifier;
use der::{Decode as _, Reader as _, SliceReader};

use crate::certificates::{Certificate, Certificates, hex};
use crate::error::Refusal;

/// No canonical signature is longer; those of RSA-4096 have about 700 bytes.
const LIMIT: usize = 8192;

const ID_SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const ID_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
const ID_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// What the common name of an issuer is before the release id.
const ISSUER: &str = "Ashlar module signing, ";

/// A signature that was found good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Position of the signer's certificate, from 0.
    pub certificate: usize,
}

/// Judges the detached signature `cms` over the module with this digest.
///
/// # Errors
/// A [`Refusal`] that names the first thing wrong with it.
pub fn verify(cms: &[u8], digest: &ModuleDigest, certificates: &Certificates) -> Result<Verified, Refusal> {
    let signed_data = parse(cms)?;
    let signer = only_signer(&signed_data)?;
    let (index, certificate) = find_certificate(signer, certificates)?;
    let key = certificate.key();
    if signer.signature_algorithm.oid != key.signature_algorithm() {
        return Err(Refusal::AlgorithmMismatch {
            found: signer.signature_algorithm.oid,
            key: key.algorithm(),
        });
    }
    let value = key.verify(digest, signer.signature.as_bytes())?;
    match first_difference(cms, &canonical(certificate, &value)?) {
        Some(offset) => Err(Refusal::NotCanonical { offset }),
        None => Ok(Verified { certificate: index }),
    }
}

fn parse(cms: &[u8]) -> Result<SignedData, Refusal> {
    let not_cms = |source| Refusal::NotCms { source };
    if cms.len() > LIMIT {
        return Err(Refusal::TooLong { length: cms.len(), limit: LIMIT });
    }
    let mut reader = SliceReader::new(cms).map_err(not_cms)?;
    let outer = ContentInfo::decode(&mut reader).map_err(not_cms)?;
    if !reader.is_finished() {
        let length = usize::try_from(reader.remaining_len()).unwrap_or(usize::MAX);
        return Err(Refusal::TrailingBytes { length });
    }
    if outer.content_type != ID_SIGNED_DATA {
        return Err(Refusal::ContentType { found: outer.content_type });
    }
    outer.content.decode_as::<SignedData>().map_err(not_cms)
}

/// The one `SignerInfo`, where neither it nor what is around it holds anything that it should not.
fn only_signer(signed_data: &SignedData) -> Result<&SignerInfo, Refusal> {
    if signed_data.certificates.is_some() {
        return Err(Refusal::EmbeddedCertificates);
    }
    if signed_data.crls.is_some() {
        return Err(Refusal::EmbeddedRevocations);
    }
    let content = &signed_data.encap_content_info;
    if content.econtent_type != ID_DATA {
        return Err(Refusal::SignedContentType { found: content.econtent_type });
    }
    if content.econtent.is_some() {
        return Err(Refusal::EmbeddedContent);
    }
    let [signer] = signed_data.signer_infos.0.as_slice() else {
        return Err(Refusal::SignerCount { count: signed_data.signer_infos.0.len() });
    };
    if signer.signed_attrs.is_some() {
        return Err(Refusal::SignedAttributes);
    }
    if signer.unsigned_attrs.is_some() {
        return Err(Refusal::UnsignedAttributes);
    }
    let [listed] = signed_data.digest_algorithms.as_slice() else {
        return Err(Refusal::DigestAlgorithmCount { count: signed_data.digest_algorithms.len() });
    };
    for found in [signer.digest_alg.oid, listed.oid] {
        if found != ID_SHA512 {
            return Err(Refusal::DigestAlgorithm { found });
        }
    }
    Ok(signer)
}

fn find_certificate<'a>(
    signer: &SignerInfo,
    certificates: &'a Certificates,
) -> Result<(usize, &'a Certificate), Refusal> {
    let SignerIdentifier::IssuerAndSerialNumber(named) = &signer.sid else {
        return Err(Refusal::SignerIdentifier);
    };
    let serial = named.serial_number.as_bytes();
    certificates
        .find(&named.issuer, serial)
        .ok_or_else(|| Refusal::UnknownSigner { serial: hex(serial), issuer: named.issuer.to_string() })
}

/// The signature as the templates write it.
fn canonical(certificate: &Certificate, value: &SignatureValue) -> Result<Vec<u8>, Refusal> {
    let release = certificate.issuer_common_name().and_then(|name| name.strip_prefix(ISSUER));
    let release = release.and_then(|release| ReleaseId::parse(release).ok());
    let release = release.ok_or_else(|| Refusal::ForeignIssuer { issuer: certificate.issuer() })?;
    let template = |source| Refusal::Template { source };
    let key = PublicKey::from_spki_der(certificate.spki()).map_err(template)?;
    write_cms(&release, &key, value).map_err(template)
}

/// The first offset at which two byte strings differ, if they do.
pub(crate) fn first_difference(one: &[u8], other: &[u8]) -> Option<usize> {
    let common = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    (common < one.len().max(other.len())).then_some(common)
}
