// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keyless signatures: for each module a public key under which a valid signature exists, and nobody ever held the
//! private key. Experimental until cryptographers have reviewed it.
//!
//! ECDSA verification asks for a point R = s⁻¹(zG + rQ) with x(R) = r. Signing starts from the key; here everything but
//! the key is derived from the module, and the key follows (the idea of Ethereum's "Nick's method", EIP-2470). Whoever has the module can
//! repeat it: there is no secret, no randomness, and a key that was chosen otherwise is noticed.
//! ```text
//! d    = SHA-512(module)
//! H    = first 48 bytes, as a number, of SHA-384(tag ‖ counter as big-endian u32 ‖ d)
//! z    = first 48 bytes of d, as a number, modulo n
//! s    = H("ashlar-keyless-v1/s", 0…) modulo n, the first that is not 0; then the lower of s and n - s
//! R    = the point with x = H("ashlar-keyless-v1/R", 0…) and even y, for the first counter where there is one
//! r    = x(R) modulo n
//! Q    = r⁻¹(sR - zG), the public key
//! ```
//! R comes out of a hash, so its discrete logarithm (the nonce, and with it the private key) is unknown to everyone.
//! Reductions modulo n are biased by less than 2^-190.

use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
use p384::ecdsa::{Signature, VerifyingKey};
use p384::elliptic_curve::PrimeField as _;
use p384::elliptic_curve::ops::Reduce;
use p384::elliptic_curve::point::{AffineCoordinates as _, DecompressPoint as _};
use p384::elliptic_curve::scalar::IsHigh as _;
use p384::elliptic_curve::sec1::ToEncodedPoint as _;
use p384::elliptic_curve::subtle::Choice;
use p384::{AffinePoint, FieldBytes, ProjectivePoint, Scalar, U384};
use sha2::{Digest as _, Sha384};

use crate::ecdsa_signer::leftmost;
use crate::{FormatError, ModuleDigest, PublicKey, SignatureValue};

const TAG_POINT: &str = "ashlar-keyless-v1/R";
const TAG_SCALAR: &str = "ashlar-keyless-v1/s";
/// Half of all numbers are the x of a point: no module fails more often than with a probability of 2^-256.
const TRIES: u32 = 256;

/// The key that a module's digest determines, and the signature that it makes valid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keyless {
    /// The derived key; a P-384 one.
    pub public_key: PublicKey,
    /// The signature over the digest, valid under that key.
    pub signature: SignatureValue,
}

/// Derives key and signature of a module, and checks them by ordinary ECDSA verification.
///
/// # Errors
/// [`FormatError::Keyless`] if there is no such key, which nobody will ever see, or if it does not verify.
pub fn keyless(digest: &ModuleDigest) -> Result<Keyless, FormatError> {
    let fail = |reason| FormatError::Keyless { module: digest.to_string(), reason };
    let z = reduce(&leftmost(digest));
    let s = (0..TRIES)
        .map(|counter| reduce(&hash(TAG_SCALAR, counter, digest)))
        .find(|s| *s != Scalar::ZERO)
        .ok_or_else(|| fail("no number s was found"))?;
    let s = if s.is_high().into() { -s } else { s };
    let (r, key) = (0..TRIES)
        .find_map(|counter| derive(&hash(TAG_POINT, counter, digest), &s, &z))
        .ok_or_else(|| fail("no point R was found"))?;

    let encoded = key.to_encoded_point(false);
    let point = encoded.as_bytes().try_into().map_err(|_| fail("the key is the point at infinity"))?;
    let found = Keyless {
        public_key: PublicKey::p384(point)?,
        signature: SignatureValue::EcdsaP384 { r: r.to_repr().into(), s: s.to_repr().into() },
    };
    Signature::from_scalars(r, s)
        .and_then(|signature| VerifyingKey::from_affine(key)?.verify_prehash(digest.as_bytes(), &signature))
        .map_err(|_| fail("the signature does not verify"))?;
    Ok(found)
}

/// r and Q from a candidate for x(R); nothing where no point has this x, or r or Q would be zero.
fn derive(x: &FieldBytes, s: &Scalar, z: &Scalar) -> Option<(Scalar, AffinePoint)> {
    let even = Choice::from(0);
    let point: AffinePoint = Option::from(AffinePoint::decompress(x, even))?;
    let r = reduce(&point.x());
    let inverse: Scalar = Option::from(r.invert())?;
    let key = (ProjectivePoint::from(point) * s - ProjectivePoint::GENERATOR * z) * inverse;
    (key != ProjectivePoint::IDENTITY).then(|| (r, key.to_affine()))
}

fn hash(tag: &str, counter: u32, digest: &ModuleDigest) -> FieldBytes {
    Sha384::new()
        .chain_update(tag)
        .chain_update(counter.to_be_bytes())
        .chain_update(digest.as_bytes())
        .finalize()
}

fn reduce(bytes: &FieldBytes) -> Scalar {
    <Scalar as Reduce<U384>>::reduce_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_signature_verifies_under_its_own_key_and_no_other() {
        let one = keyless(&ModuleDigest::of(b"one")).unwrap();
        let verifier = VerifyingKey::from_sec1_bytes(one.public_key.bits()).unwrap();
        let SignatureValue::EcdsaP384 { r, s } = one.signature else { panic!() };
        let signature = Signature::from_scalars(r, s).unwrap();
        verifier.verify_prehash(ModuleDigest::of(b"one").as_bytes(), &signature).unwrap();
        assert!(verifier.verify_prehash(ModuleDigest::of(b"two").as_bytes(), &signature).is_err());
    }

    #[test]
    fn every_module_has_a_key_of_its_own_and_the_lower_s() {
        let mut keys = BTreeSet::new();
        for number in 0..48_u8 {
            let digest = ModuleDigest::of(&[number]);
            let found = keyless(&digest).unwrap();
            assert_eq!(keyless(&digest).unwrap(), found);
            let SignatureValue::EcdsaP384 { r, s } = found.signature else { panic!() };
            assert!(Signature::from_scalars(r, s).unwrap().normalize_s().is_none());
            keys.insert(found.public_key.spki_der().to_vec());
        }
        assert_eq!(keys.len(), 48);
    }

    #[test]
    fn the_derivation_never_changes() {
        // The digests were computed a second time, in Python from the text above: the first module takes counter 0 and
        // s as it comes, the second counter 7 and n - s.
        for (module, expected) in [
            (&b"\x7fELF module"[..], "2b19a33aef704a903d3041260fd3f828cef6dfc76111984218beea64f12d94b7"),
            (b"c", "badab7a49d67d9e7c03cda5e24fd6e73b9bd9d70130e023d0a58b981c699b70e"),
        ] {
            let found = keyless(&ModuleDigest::of(module)).unwrap();
            let bytes = [found.public_key.spki_der(), &found.signature.to_bytes()].concat();
            assert_eq!(crate::Sha256::of(&bytes).to_string(), expected);
        }
    }
}
