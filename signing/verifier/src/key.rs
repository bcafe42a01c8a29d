// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Public keys of certificates, and what a signature by them is.
//!
//! SPKI: RFC 5280 §4.1.2.7, for P-384 RFC 5480 §2, for RSA RFC 8017 appendix A.1.1. Signatures: `ECDSA-Sig-Value`
//! of RFC 3279 §2.2.3 over the first 384 bits of a SHA-512 digest; RSASSA-PKCS1-v1_5 of RFC 8017 §8.2.

use ashlar_module_signature::{Algorithm, ModuleDigest, SignatureValue};
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode as _, Sequence};
use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
use p384::ecdsa::{Signature, VerifyingKey};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPublicKey};
use spki::SubjectPublicKeyInfoOwned;

use crate::error::Refusal;

/// id-ecPublicKey.
const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
/// The curve P-384.
const SECP384R1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
/// rsaEncryption.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// ecdsa-with-SHA512.
const ECDSA_WITH_SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4");

/// `DigestInfo` of a SHA-512 digest up to the digest itself (RFC 8017 §9.2, note 1).
const SHA512_DIGEST_INFO: [u8; 19] = [
    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00,
    0x04, 0x40,
];

/// Bytes of a P-384 number, of an uncompressed point, and of an RSA-4096 modulus.
const NUMBER: usize = 48;
const POINT: usize = 1 + 2 * NUMBER;
const MODULUS: usize = 512;

#[derive(Sequence)]
struct RsaKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

#[derive(Sequence)]
struct EcdsaValue<'a> {
    r: UintRef<'a>,
    s: UintRef<'a>,
}

/// A key that signs modules.
#[derive(Clone, Debug)]
pub(crate) enum Key {
    P384(VerifyingKey),
    Rsa4096(RsaPublicKey),
}

impl Key {
    /// Reads the key of a certificate; the reason where it is none.
    pub(crate) fn parse(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, &'static str> {
        let bits = spki.subject_public_key.as_bytes().ok_or("it is not made of whole bytes")?;
        let parameters = spki.algorithm.parameters.as_ref().ok_or("its algorithm has no parameters")?;
        match spki.algorithm.oid {
            EC_PUBLIC_KEY => {
                if parameters.decode_as::<ObjectIdentifier>() != Ok(SECP384R1) {
                    return Err("its curve is not P-384");
                }
                if bits.len() != POINT || bits.first() != Some(&4) {
                    return Err("its point is not uncompressed");
                }
                VerifyingKey::from_sec1_bytes(bits)
                    .map(Self::P384)
                    .map_err(|_| "its point is not on the curve")
            }
            RSA_ENCRYPTION => {
                if !parameters.is_null() {
                    return Err("its algorithm has other parameters than NULL");
                }
                let key = RsaKey::from_der(bits).map_err(|_| "it is no RSA key in DER")?;
                let modulus = key.modulus.as_bytes();
                if modulus.len() != MODULUS || modulus.first().is_none_or(|first| *first < 0x80) {
                    return Err("its modulus does not have 4096 bits");
                }
                if key.exponent.as_bytes() != [1, 0, 1] {
                    return Err("its exponent is not 65537");
                }
                let exponent = BigUint::from_bytes_be(key.exponent.as_bytes());
                let key = RsaPublicKey::new(BigUint::from_bytes_be(modulus), exponent);
                key.map(Self::Rsa4096).map_err(|_| "its numbers are no RSA key")
            }
            _ => Err("its algorithm is neither ECDSA nor RSA"),
        }
    }

    pub(crate) fn algorithm(&self) -> Algorithm {
        match self {
            Self::P384(_) => Algorithm::P384,
            Self::Rsa4096(_) => Algorithm::Rsa4096,
        }
    }

    /// How a `SignerInfo` names the algorithm of this key.
    pub(crate) fn signature_algorithm(&self) -> ObjectIdentifier {
        match self {
            Self::P384(_) => ECDSA_WITH_SHA512,
            Self::Rsa4096(_) => RSA_ENCRYPTION,
        }
    }

    /// Checks a signature over a module, and gives its numbers.
    pub(crate) fn verify(&self, digest: &ModuleDigest, signature: &[u8]) -> Result<SignatureValue, Refusal> {
        match self {
            Self::P384(key) => verify_ecdsa(key, digest, signature),
            Self::Rsa4096(key) => verify_rsa(key, digest, signature),
        }
    }
}

fn verify_ecdsa(key: &VerifyingKey, digest: &ModuleDigest, bytes: &[u8]) -> Result<SignatureValue, Refusal> {
    let form = |reason| Refusal::SignatureForm { reason };
    let value = EcdsaValue::from_der(bytes).map_err(|_| form("it is not a pair of numbers in DER"))?;
    let range = || form("r or s is not between 1 and n - 1");
    let r = fixed(value.r.as_bytes()).ok_or_else(range)?;
    let s = fixed(value.s.as_bytes()).ok_or_else(range)?;
    let signature = Signature::from_scalars(r, s).map_err(|_| range())?;
    key.verify_prehash(digest.as_bytes(), &signature).map_err(|_| Refusal::BadSignature)?;
    if signature.normalize_s().is_some() {
        return Err(Refusal::HighS);
    }
    Ok(SignatureValue::EcdsaP384 { r, s })
}

fn verify_rsa(key: &RsaPublicKey, digest: &ModuleDigest, bytes: &[u8]) -> Result<SignatureValue, Refusal> {
    if bytes.len() != key.size() {
        return Err(Refusal::SignatureForm { reason: "it is not as long as the modulus" });
    }
    let scheme = Pkcs1v15Sign { hash_len: Some(digest.as_bytes().len()), prefix: SHA512_DIGEST_INFO.into() };
    key.verify(scheme, digest.as_bytes(), bytes).map_err(|_| Refusal::BadSignature)?;
    Ok(SignatureValue::Rsa4096(bytes.to_vec()))
}

/// A number of at most 48 bytes, with zeroes in front.
fn fixed(number: &[u8]) -> Option<[u8; NUMBER]> {
    let mut result = [0; NUMBER];
    let start = NUMBER.checked_sub(number.len())?;
    result.get_mut(start..)?.copy_from_slice(number);
    Some(result)
}
