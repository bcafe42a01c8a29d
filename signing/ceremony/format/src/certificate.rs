// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificate of a module key (RFC 5280), every byte a function of public key, release id and epoch.
//!
//! Only the kernel reads it, to learn the key and under which name signatures ask for it. It checks a certificate's own
//! signature only where issuer and subject are equal; they never are here, so the signature is a fixed filler and
//! anybody can compute the certificate again. Format: docs/design/release.md, "Certificate".
//! ```text
//! SEQUENCE { tbs, algorithm, BIT STRING of 16 zero bytes }
//! tbs: [0] v3 | serial | algorithm | issuer | notBefore notAfter | subject | SPKI | [3] extensions
//! ```

use sha2::{Digest as _, Sha512};

use crate::der::{
    BOOLEAN, CONTEXT_0, CONTEXT_3, INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, SET, UTF8_STRING,
    bit_string, tlv,
};
use crate::time::validity;
use crate::{FormatError, ModuleDigest, PublicKey, ReleaseId, Sha256};

/// 2.5.4.3, commonName.
const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
/// 2.5.29.19.
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 0x13];
/// 2.5.29.15.
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 0x0f];
/// 2.5.29.14.
const SUBJECT_KEY_IDENTIFIER: &[u8] = &[0x55, 0x1d, 0x0e];
/// BIT STRING with bit 0 (digitalSignature) set, seven bits unused.
const DIGITAL_SIGNATURE: &[u8] = &[0x03, 0x02, 0x07, 0x80];
/// BasicConstraints with its default, no CA.
const NO_CA: &[u8] = &[0x30, 0x00];

/// Whose key a certificate holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The one key of a release's ceremony.
    Release,
    /// The key that keyless signing derives from one module.
    Module(ModuleDigest),
}

/// Writes the certificate, DER. It has more than 255 bytes of content, as the kernel's loader demands.
///
/// # Errors
/// [`FormatError::Epoch`] if `epoch` (seconds since 1970) is after the year 9999.
pub fn certificate(
    subject: &Subject,
    release: &ReleaseId,
    epoch: u64,
    key: &PublicKey,
) -> Result<Vec<u8>, FormatError> {
    let algorithm = key.algorithm().certificate_identifier();
    let common_name = match subject {
        Subject::Release => format!("module key of {release}"),
        Subject::Module(digest) => format!("module {:.32}", digest.to_string()),
    };
    let tbs = tlv(
        SEQUENCE,
        &[
            tlv(CONTEXT_0, &tlv(INTEGER, &[2])),
            tlv(INTEGER, &serial(key.spki_der())),
            algorithm.clone(),
            issuer_name(release),
            validity(epoch)?,
            name(&common_name),
            key.spki_der().to_vec(),
            tlv(CONTEXT_3, &tlv(SEQUENCE, &extensions(key))),
        ]
        .concat(),
    );
    Ok(tlv(SEQUENCE, &[tbs, algorithm, bit_string(&[0; 16])].concat()))
}

/// The serial number of a key's certificate, as the content of an INTEGER: the first 16 bytes of SHA-512 of the SPKI,
/// the first of them between 0x40 and 0x7f, so that it is positive and always 16 bytes long.
#[must_use]
pub fn serial(spki: &[u8]) -> [u8; 16] {
    let mut serial = [0; 16];
    serial.copy_from_slice(&Sha512::digest(spki)[..16]);
    serial[0] = (serial[0] & 0x7f) | 0x40;
    serial
}

/// The issuer that certificates and signatures of a release state: a DER `Name`.
///
/// The kernel keeps the length of a common name in one byte; a release id is short enough for that.
#[must_use]
pub fn issuer_name(release: &ReleaseId) -> Vec<u8> {
    name(&format!("Ashlar module signing, {release}"))
}

/// A `Name` of one common name.
fn name(common_name: &str) -> Vec<u8> {
    let attribute = [tlv(OBJECT_IDENTIFIER, COMMON_NAME), tlv(UTF8_STRING, common_name.as_bytes())].concat();
    tlv(SEQUENCE, &tlv(SET, &tlv(SEQUENCE, &attribute)))
}

fn extensions(key: &PublicKey) -> Vec<u8> {
    let key_identifier = tlv(OCTET_STRING, &Sha256::of(key.bits()).as_bytes()[..20]);
    [
        extension(BASIC_CONSTRAINTS, true, NO_CA),
        extension(KEY_USAGE, true, DIGITAL_SIGNATURE),
        extension(SUBJECT_KEY_IDENTIFIER, false, &key_identifier),
    ]
    .concat()
}

fn extension(identifier: &[u8], critical: bool, value: &[u8]) -> Vec<u8> {
    // FALSE is the default of `critical`, and DER leaves defaults out.
    let critical = if critical { tlv(BOOLEAN, &[0xff]) } else { Vec::new() };
    tlv(SEQUENCE, &[tlv(OBJECT_IDENTIFIER, identifier), critical, tlv(OCTET_STRING, value)].concat())
}

#[cfg(test)]
mod tests;
