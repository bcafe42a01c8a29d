// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A module's signature as CMS (RFC 5652), byte for byte as the kernel's `sign-file` writes it.
//!
//! Without signed attributes, so that what is signed is the module's digest and nothing else. Sizes: RSA-4096 about
//! 700 bytes, P-384 about 300. Format: docs/design/release.md, "Module signature".
//! ```text
//! ContentInfo { signedData, [0] SignedData { 1, SET { sha512 }, { id-data }, SET { SignerInfo } } }
//! SignerInfo  { 1, { issuer, serial }, sha512, algorithm, OCTET STRING signature }
//! ```

use crate::certificate::{issuer_name, serial};
use crate::der::{CONTEXT_0, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, tlv};
use crate::{FormatError, PublicKey, ReleaseId, SignatureValue};

/// 1.2.840.113549.1.7.1, id-data.
const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
/// 1.2.840.113549.1.7.2, id-signedData.
const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 2.16.840.1.101.3.4.2.3, id-sha512.
const SHA512: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03];

/// Writes the detached signature of a module, DER, as made by the key of `release` that `key` is the public half of.
///
/// # Errors
/// [`FormatError::Algorithms`] if the signature is of another algorithm than the key, which the kernel would refuse.
pub fn cms(release: &ReleaseId, key: &PublicKey, signature: &SignatureValue) -> Result<Vec<u8>, FormatError> {
    if signature.algorithm() != key.algorithm() {
        return Err(FormatError::Algorithms { signature: signature.algorithm(), key: key.algorithm() });
    }
    let version = tlv(INTEGER, &[1]);
    let sha512 = tlv(SEQUENCE, &tlv(OBJECT_IDENTIFIER, SHA512));
    let signer = [issuer_name(release), tlv(INTEGER, &serial(key.spki_der()))].concat();
    let signer_info = [
        version.clone(),
        tlv(SEQUENCE, &signer),
        sha512.clone(),
        signature.algorithm().cms_identifier(),
        tlv(OCTET_STRING, &signature.to_bytes()),
    ]
    .concat();
    let signed_data = [
        version,
        tlv(SET, &sha512),
        tlv(SEQUENCE, &tlv(OBJECT_IDENTIFIER, DATA)),
        tlv(SET, &tlv(SEQUENCE, &signer_info)),
    ]
    .concat();
    let content = tlv(CONTEXT_0, &tlv(SEQUENCE, &signed_data));
    Ok(tlv(SEQUENCE, &[tlv(OBJECT_IDENTIFIER, SIGNED_DATA), content].concat()))
}

#[cfg(test)]
mod tests;
