// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ECDSA on P-384 over SHA-512, with the nonce that RFC 6979 derives from key and digest.
//!
//! No randomness enters a signature: it cannot repeat a nonce, and it has no room for anybody to hide a message in.
//! Of s and n - s the lower is taken.

use std::fmt;

use ecdsa::hazmat::sign_prehashed;
use p384::ecdsa::SigningKey;
use p384::elliptic_curve::PrimeField as _;
use p384::elliptic_curve::ops::Reduce;
use p384::{FieldBytes, NistP384, Scalar, U384};
use rfc6979::HmacDrbg;
use sha2::Sha512;
use zeroize::Zeroizing;

use crate::{FormatError, ModuleDigest, PublicKey, SignatureValue, Signer};

/// A random string of 48 bytes is no key with a probability of 2^-190.
const TRIES: usize = 8;

/// A P-384 key in memory; wiped when dropped.
pub struct EcdsaSigner {
    key: SigningKey,
    public_key: PublicKey,
}

impl EcdsaSigner {
    /// A key from its private number, big-endian.
    ///
    /// # Errors
    /// [`FormatError::PrivateKey`] if it is not between 1 and n - 1.
    pub fn from_scalar(scalar: &[u8; 48]) -> Result<Self, FormatError> {
        let key = SigningKey::from_slice(scalar)
            .map_err(|_| FormatError::PrivateKey { reason: "the number is outside 1 to n - 1 of P-384" })?;
        let point = key.verifying_key().to_encoded_point(false);
        let point = point.as_bytes().try_into().map_err(|_| FormatError::PublicKey { reason: "no point" })?;
        Ok(Self { public_key: PublicKey::p384(point)?, key })
    }

    /// A new key. `fill` has to overwrite all it is given with bytes that nobody else can know.
    ///
    /// # Errors
    /// [`FormatError::Randomness`] if `fill` does not give a usable number in a few tries, so it is broken.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Result<Self, FormatError> {
        let mut scalar = Zeroizing::new([0; 48]);
        for _ in 0..TRIES {
            fill(&mut *scalar);
            if let Ok(signer) = Self::from_scalar(&scalar) {
                return Ok(signer);
            }
        }
        Err(FormatError::Randomness)
    }
}

impl Signer for EcdsaSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, digest: &ModuleDigest) -> Result<SignatureValue, FormatError> {
        let z = leftmost(digest);
        let private = self.key.as_nonzero_scalar();
        let nonce = nonce(private, &z)?;
        let (signature, _) = sign_prehashed::<NistP384, Scalar>(private, *nonce, &z)
            .map_err(|_| FormatError::Sign { reason: "the nonce gives no signature" })?;
        let (r, s) = signature.split_bytes();
        SignatureValue::from_ecdsa_low_s(r.into(), s.into())
    }
}

impl fmt::Debug for EcdsaSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "EcdsaSigner({:?})", self.public_key)
    }
}

/// As much of a digest as ECDSA on P-384 uses: its first 384 bits (FIPS 186-5 §6.4.1).
pub(crate) fn leftmost(digest: &ModuleDigest) -> FieldBytes {
    let mut bytes = FieldBytes::default();
    bytes.copy_from_slice(&digest.as_bytes()[..48]);
    bytes
}

/// The nonce k of RFC 6979 §3.2 with SHA-512, whose 64 bytes are cut to the 48 of P-384 (bits2int, §2.3.2).
///
/// p384 offers this only with a hash as long as the curve's numbers.
fn nonce(private: &Scalar, z: &FieldBytes) -> Result<Zeroizing<Scalar>, FormatError> {
    let secret = Zeroizing::new(private.to_repr());
    let reduced = <Scalar as Reduce<U384>>::reduce_bytes(z).to_repr();
    let mut generator = HmacDrbg::<Sha512>::new(&secret, &reduced, &[]);
    let mut candidate = Zeroizing::new(FieldBytes::default());
    for _ in 0..TRIES {
        generator.fill_bytes(&mut candidate);
        if let Some(nonce) = Option::<Scalar>::from(Scalar::from_repr(*candidate))
            && nonce != Scalar::ZERO
        {
            return Ok(Zeroizing::new(nonce));
        }
    }
    Err(FormatError::Sign { reason: "no nonce was found" })
}

#[cfg(test)]
mod tests {
    use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
    use p384::ecdsa::{Signature, VerifyingKey};

    use super::*;
    use crate::{hex, test_keys};

    /// RFC 6979 §A.2.6, SHA-512: message, r, s as printed there.
    const VECTORS: [(&[u8], &str, &str); 2] = [
        (
            b"sample",
            "ed0959d5880ab2d869ae7f6c2915c6d60f96507f9cb3e047c0046861da4a799cfe30f35cc900056d7c99cd7882433709",
            "512c8cceee3890a84058ce1e22dbc2198f42323ce8aca9135329f03c068e5112dc7cc3ef3446defceb01a45c2667fdd5",
        ),
        (
            b"test",
            "a0d5d090c9980faf3c2ce57b7ae951d31977dd11c775d314af55f76c676447d06fb6495cd21b4b6e340fc236584fb277",
            "976984e59b4c77b0e8e4460dca3d9f20e07b9bb1f63beefaf576f6b2e8b224634a2092cd3792e0159ad9cee37659c736",
        ),
    ];

    #[test]
    fn signatures_are_those_of_rfc_6979_with_the_lower_s() {
        for (message, r, s) in VECTORS {
            let expected =
                SignatureValue::from_ecdsa_low_s(hex::read(r).unwrap(), hex::read(s).unwrap()).unwrap();
            assert_eq!(test_keys::ecdsa().sign(&ModuleDigest::of(message)).unwrap(), expected);
        }
        // Of the two, "sample" stands there with the lower s and "test" with the higher.
        let low = |s: &str| s.as_bytes()[0] < b'7';
        assert!(low(VECTORS[0].2) && !low(VECTORS[1].2));
    }

    #[test]
    fn the_public_key_is_that_of_rfc_6979() {
        let bits = test_keys::ecdsa().public_key().bits().to_vec();
        let expected: [u8; 96] = hex::read(concat!(
            "ec3a4e415b4e19a4568618029f427fa5da9a8bc4ae92e02e06aae5286b300c64def8f0ea9055866064a254515480bc13",
            "8015d9b72d7d57244ea8ef9ac0c621896708a59367f9dfb9f54ca84b3f1c9db1288b231c3ae0d4fe7344fd2533264720"
        ))
        .unwrap();
        assert_eq!(bits, [&[4][..], &expected].concat());
    }

    #[test]
    fn every_signature_verifies_and_has_the_lower_s() {
        let signer = test_keys::ecdsa();
        let verifier = VerifyingKey::from_sec1_bytes(signer.public_key().bits()).unwrap();
        for number in 0..64_u8 {
            let digest = ModuleDigest::of(&[number]);
            let SignatureValue::EcdsaP384 { r, s } = signer.sign(&digest).unwrap() else { panic!() };
            let signature = Signature::from_scalars(r, s).unwrap();
            verifier.verify_prehash(digest.as_bytes(), &signature).unwrap();
            assert!(signature.normalize_s().is_none(), "{number}");
        }
    }

    #[test]
    fn a_source_of_randomness_that_repeats_itself_makes_no_key() {
        for constant in [0, 0xff] {
            let made = EcdsaSigner::generate(&mut |bytes| bytes.fill(constant));
            assert!(matches!(made, Err(FormatError::Randomness)));
        }
        let mut calls = 0;
        let made = EcdsaSigner::generate(&mut |bytes| {
            bytes.fill(if calls == 0 { 0 } else { 7 });
            calls += 1;
        });
        assert_eq!(made.unwrap().public_key(), EcdsaSigner::from_scalar(&[7; 48]).unwrap().public_key());
    }

    #[test]
    fn a_debug_print_does_not_leak_the_key() {
        let signer = EcdsaSigner::from_scalar(&[7; 48]).unwrap();
        let expected = format!("EcdsaSigner(PublicKey(p384, {}))", signer.public_key().key_id());
        assert_eq!(format!("{signer:?}"), expected);
    }
}
