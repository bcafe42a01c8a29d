// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signature values, in the one form that a release publishes.
//!
//! With (r, s) an ECDSA verifier takes (r, n - s) as well. The lower of the two is the one that signers here make, so
//! that a signature cannot be changed into another without being noticed.

use p384::ecdsa::Signature;

use crate::der::{SEQUENCE, tlv, unsigned_integer};
use crate::{Algorithm, FormatError};

/// A signature over a SHA-512 digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignatureValue {
    /// ECDSA on P-384: two numbers, big-endian. Made by [`SignatureValue::from_ecdsa_low_s`].
    EcdsaP384 {
        /// The x coordinate of the nonce's point, modulo n.
        r: [u8; 48],
        /// The lower of s and n - s.
        s: [u8; 48],
    },
    /// RSA PKCS#1 v1.5: 512 bytes.
    Rsa4096(Vec<u8>),
}

impl SignatureValue {
    /// Takes r and s of an ECDSA signature, and the lower of s and n - s.
    ///
    /// # Errors
    /// [`FormatError::Signature`] if one of them is not between 1 and n - 1.
    pub fn from_ecdsa_low_s(r: [u8; 48], s: [u8; 48]) -> Result<Self, FormatError> {
        let signature = Signature::from_scalars(r, s)
            .map_err(|_| FormatError::Signature { reason: "r or s is outside 1 to n - 1 of P-384" })?;
        let low = signature.normalize_s().unwrap_or(signature);
        let (r, s) = low.split_bytes();
        Ok(Self::EcdsaP384 { r: r.into(), s: s.into() })
    }

    /// Which algorithm made it.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self {
            Self::EcdsaP384 { .. } => Algorithm::P384,
            Self::Rsa4096(_) => Algorithm::Rsa4096,
        }
    }

    /// The bytes that CMS and DSSE carry: DER `ECDSA-Sig-Value` (RFC 3279 §2.2.3), or the RSA bytes themselves.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::EcdsaP384 { r, s } => tlv(SEQUENCE, &[unsigned_integer(r), unsigned_integer(s)].concat()),
            Self::Rsa4096(bytes) => bytes.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hex;

    /// The order n of P-384 (SEC 2 §2.5.1).
    const ORDER: &str =
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973";

    #[test]
    fn the_higher_of_two_signatures_becomes_the_lower() {
        let mut one = [0; 48];
        one[47] = 1;
        let mut high: [u8; 48] = hex::read(ORDER).unwrap();
        high[47] -= 1;
        let low = SignatureValue::from_ecdsa_low_s(one, one).unwrap();
        assert_eq!(SignatureValue::from_ecdsa_low_s(one, high).unwrap(), low);
        assert_eq!(low.to_bytes(), [0x30, 6, 2, 1, 1, 2, 1, 1]);
    }

    #[test]
    fn numbers_outside_the_group_are_no_signature() {
        let mut one = [0; 48];
        one[47] = 1;
        let order: [u8; 48] = hex::read(ORDER).unwrap();
        for wrong in [[0; 48], order, [0xff; 48]] {
            assert!(SignatureValue::from_ecdsa_low_s(wrong, one).is_err());
            assert!(SignatureValue::from_ecdsa_low_s(one, wrong).is_err());
        }
    }
}
