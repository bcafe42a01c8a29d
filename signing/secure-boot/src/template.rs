// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The detached signature: PKCS#7 with every byte a function of certificate, signature and image digest.
//!
//! Format: "Windows Authenticode Portable Executable Signature Format", in CMS of RFC 5652:
//! ```text
//! ContentInfo signedData
//!   SignedData v1 | digestAlgorithms {sha256}
//!     SpcIndirectDataContent: SpcPeImageData without flags and file ‖ DigestInfo sha256, the image's digest
//!     certificates: the signer's, alone
//!     SignerInfo v1: issuer and serial number, sha256
//!       attributes: contentType SpcIndirectDataContent, messageDigest (of the content without tag and length)
//!       rsaEncryption, signature over the attributes as a SET
//! ```
//! There is no signingTime, so that signing again gives the same bytes. Algorithms have NULL as parameters. Outer
//! lengths take two bytes, because EDK II looks for the digest's algorithm at the fixed offset 32 (DxeImageVerificationLib).

use ashlar_digest::Sha256;

use crate::{PeDigest, SecureBootCertificate, SecureBootError};

/// 1.2.840.113549.1.7.2.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.3.6.1.4.1.311.2.1.4, SPC_INDIRECT_DATA_OBJID.
const INDIRECT_DATA: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x04];
/// 1.3.6.1.4.1.311.2.1.15, SPC_PE_IMAGE_DATAOBJ.
const PE_IMAGE_DATA: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x01, 0x0f];
/// 1.2.840.113549.1.9.3.
const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
/// 1.2.840.113549.1.9.4.
const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
/// 2.16.840.1.101.3.4.2.1.
const SHA256: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];
/// 1.2.840.113549.1.1.1.
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const OBJECT: u8 = 0x06;
const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
/// `[0]`, of one value; and `[0]` and `[2]` of several.
const PRIMITIVE_0: u8 = 0x80;
const CONSTRUCTED_0: u8 = 0xa0;
const CONSTRUCTED_2: u8 = 0xa2;

/// One value with tag and length (X.690, section 10.1).
fn value(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len().to_be_bytes();
    let significant = &length[length.iter().take_while(|byte| **byte == 0).count()..];
    let mut bytes = vec![tag];
    match content.len() {
        short @ 0..0x80 => bytes.push(short as u8),
        _ => {
            bytes.push(0x80 | significant.len() as u8);
            bytes.extend_from_slice(significant);
        }
    }
    bytes.extend_from_slice(&content);
    bytes
}

fn algorithm(object: &[u8]) -> Vec<u8> {
    value(SEQUENCE, &[&value(OBJECT, &[object]), &value(NULL, &[])])
}

/// What stands in SpcIndirectDataContent's SEQUENCE.
fn content(digest: PeDigest) -> Vec<u8> {
    let no_file = value(CONSTRUCTED_0, &[&value(CONSTRUCTED_2, &[&value(PRIMITIVE_0, &[])])]);
    let image_data = value(SEQUENCE, &[&value(BIT_STRING, &[&[0]]), &no_file]);
    let kind = value(SEQUENCE, &[&value(OBJECT, &[PE_IMAGE_DATA]), &image_data]);
    let digest = value(SEQUENCE, &[&algorithm(SHA256), &value(OCTET_STRING, &[digest.as_bytes()])]);
    [kind, digest].concat()
}

/// The two attributes, in the order that DER gives them in a SET.
fn attributes(digest: PeDigest) -> Vec<u8> {
    let attribute = |object, of: &[u8]| value(SEQUENCE, &[&value(OBJECT, &[object]), &value(SET, &[of])]);
    let message = Sha256::of(&content(digest));
    let kind = attribute(CONTENT_TYPE, &value(OBJECT, &[INDIRECT_DATA]));
    let message = attribute(MESSAGE_DIGEST, &value(OCTET_STRING, &[message.as_bytes()]));
    [kind, message].concat()
}

/// The attributes as they are signed: RFC 5652, section 5.4.
pub(crate) fn signed_attributes(digest: PeDigest) -> Vec<u8> {
    value(SET, &[&attributes(digest)])
}

/// The detached signature of the image with this digest. `signature` is what the certificate's key gave for
/// [`crate::AuthenticodeRequest::signed_attributes`].
///
/// # Errors
/// [`SecureBootError::Forged`] if another key gave it, or for something else; [`SecureBootError::Certificate`] if the
/// certificate is so great that firmware would not find the digest's algorithm.
pub fn pkcs7(
    certificate: &SecureBootCertificate,
    signature: &[u8],
    digest: PeDigest,
) -> Result<Vec<u8>, SecureBootError> {
    certificate.verify(&signed_attributes(digest), signature)?;
    let indirect = value(SEQUENCE, &[&content(digest)]);
    let content = value(SEQUENCE, &[&value(OBJECT, &[INDIRECT_DATA]), &value(CONSTRUCTED_0, &[&indirect])]);
    let version = value(INTEGER, &[&[1]]);
    let signer = value(
        SEQUENCE,
        &[
            &version,
            &value(SEQUENCE, &[certificate.issuer(), certificate.serial_number()]),
            &algorithm(SHA256),
            &value(CONSTRUCTED_0, &[&attributes(digest)]),
            &algorithm(RSA),
            &value(OCTET_STRING, &[signature]),
        ],
    );
    let signed = value(
        SEQUENCE,
        &[
            &version,
            &value(SET, &[&algorithm(SHA256)]),
            &content,
            &value(CONSTRUCTED_0, &[certificate.as_der()]),
            &value(SET, &[&signer]),
        ],
    );
    let whole = value(SEQUENCE, &[&value(OBJECT, &[SIGNED_DATA]), &value(CONSTRUCTED_0, &[&signed])]);
    // Inner values have two bytes of length because certificate and signature have more than 255 bytes.
    if whole.len() > usize::from(u16::MAX) {
        return Err(SecureBootError::Certificate { reason: "it has more bytes than firmware takes" });
    }
    Ok(whole)
}

#[cfg(test)]
mod tests;
