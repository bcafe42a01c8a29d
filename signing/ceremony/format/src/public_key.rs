// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Public keys as `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7), in the one encoding that each kind has here.
//!
//! Both kinds are a fixed frame around the key's bytes (RFC 5480 §2, RFC 8017 appendix A.1.1), so a key is read by
//! comparing the frame: there is no second encoding to be confused by.
//! ```text
//! P-384     23 bytes of frame | 04 x y (97 bytes)
//! RSA-4096  33 bytes of frame | modulus (512 bytes) | 02 03 01 00 01
//! ```

use std::fmt;

use p384::ecdsa::VerifyingKey;

use crate::{Algorithm, FormatError, Sha256};

/// SEQUENCE { SEQUENCE { id-ecPublicKey, secp384r1 }, BIT STRING …
const P384_FRAME: &[u8; 23] = &[
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x05, 0x2b, 0x81,
    0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
];
/// SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { SEQUENCE { INTEGER …
const RSA_FRAME: &[u8; 33] = &[
    0x30, 0x82, 0x02, 0x22, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
    0x05, 0x00, 0x03, 0x82, 0x02, 0x0f, 0x00, 0x30, 0x82, 0x02, 0x0a, 0x02, 0x82, 0x02, 0x01, 0x00,
];
/// INTEGER 65537.
const RSA_EXPONENT: &[u8; 5] = &[0x02, 0x03, 0x01, 0x00, 0x01];
/// Where the content of the BIT STRING begins.
const P384_BITS: usize = 23;
const RSA_BITS: usize = 24;

/// The public half of a key that signs modules.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicKey {
    algorithm: Algorithm,
    spki: Vec<u8>,
}

impl PublicKey {
    /// A key from a point on P-384, uncompressed: `04 ‖ x ‖ y`.
    ///
    /// # Errors
    /// [`FormatError::PublicKey`] if it is not a point of the curve in this form.
    pub fn p384(point: &[u8; 97]) -> Result<Self, FormatError> {
        let refuse = |reason| FormatError::PublicKey { reason };
        if point[0] != 4 {
            return Err(refuse("the point is not in uncompressed form"));
        }
        VerifyingKey::from_sec1_bytes(point).map_err(|_| refuse("the point is not on P-384"))?;
        Ok(Self { algorithm: Algorithm::P384, spki: [&P384_FRAME[..], point].concat() })
    }

    /// A key from an RSA modulus of exactly 4096 bits, big-endian. The exponent is 65537.
    ///
    /// # Errors
    /// [`FormatError::PublicKey`] if the modulus is shorter or even.
    pub fn rsa_4096(modulus: &[u8; 512]) -> Result<Self, FormatError> {
        let refuse = |reason| Err(FormatError::PublicKey { reason });
        if modulus[0] & 0x80 == 0 {
            return refuse("the modulus is shorter than 4096 bits");
        }
        if modulus[511] & 1 == 0 {
            return refuse("the modulus is even");
        }
        Ok(Self { algorithm: Algorithm::Rsa4096, spki: [&RSA_FRAME[..], modulus, RSA_EXPONENT].concat() })
    }

    /// Reads a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`FormatError::PublicKey`] for anything but the encodings that [`Self::p384`] and [`Self::rsa_4096`] make.
    pub fn from_spki_der(spki: &[u8]) -> Result<Self, FormatError> {
        if let Some(point) = spki.strip_prefix(P384_FRAME).and_then(|point| point.try_into().ok()) {
            return Self::p384(point);
        }
        let modulus = spki.strip_prefix(RSA_FRAME).and_then(|rest| rest.strip_suffix(RSA_EXPONENT));
        match modulus.and_then(|modulus| modulus.try_into().ok()) {
            Some(modulus) => Self::rsa_4096(modulus),
            None => Err(FormatError::PublicKey {
                reason: "it is neither P-384 with an uncompressed point nor RSA of 4096 bits with exponent 65537",
            }),
        }
    }

    /// What kind of key it is.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The `SubjectPublicKeyInfo`, DER.
    #[must_use]
    pub fn spki_der(&self) -> &[u8] {
        &self.spki
    }

    /// The content of the SPKI's BIT STRING: the point, or the `RSAPublicKey`.
    #[must_use]
    pub fn bits(&self) -> &[u8] {
        match self.algorithm {
            Algorithm::P384 => &self.spki[P384_BITS..],
            Algorithm::Rsa4096 => &self.spki[RSA_BITS..],
        }
    }

    /// SHA-256 of the SPKI: how attestations name the key.
    #[must_use]
    pub fn key_id(&self) -> Sha256 {
        Sha256::of(&self.spki)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({}, {})", self.algorithm, self.key_id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Signer as _, test_keys};

    #[test]
    fn a_key_survives_its_encoding() {
        for key in [test_keys::ecdsa().public_key().clone(), test_keys::rsa().public_key().clone()] {
            assert_eq!(PublicKey::from_spki_der(key.spki_der()).unwrap(), key);
        }
    }

    #[test]
    fn a_point_off_the_curve_is_no_key() {
        let mut spki = test_keys::ecdsa().public_key().spki_der().to_vec();
        spki[119] ^= 1;
        assert!(PublicKey::from_spki_der(&spki).is_err());
        assert!(PublicKey::p384(&[0; 97]).is_err());
        let mut compressed = [0; 97];
        compressed[0] = 2;
        assert!(PublicKey::p384(&compressed).is_err());
    }

    #[test]
    fn a_short_or_even_modulus_is_no_key() {
        let mut modulus = [0xff; 512];
        assert!(PublicKey::rsa_4096(&modulus).is_ok());
        modulus[511] = 0xfe;
        assert!(PublicKey::rsa_4096(&modulus).is_err());
        modulus = [0x7f; 512];
        assert!(PublicKey::rsa_4096(&modulus).is_err());
    }

    #[test]
    fn a_key_of_another_kind_or_with_bytes_around_it_is_refused() {
        let spki = test_keys::ecdsa().public_key().spki_der().to_vec();
        let mut p256 = spki.clone();
        p256[18] = 0x23;
        let mut exponent = test_keys::rsa().public_key().spki_der().to_vec();
        exponent[549] = 3;
        for wrong in [&[][..], &spki[1..], &spki[..119], &[&spki[..], &[0]].concat(), &p256, &exponent] {
            assert!(PublicKey::from_spki_der(wrong).is_err(), "{wrong:02x?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic_and_what_is_read_is_written_again(
            bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..600),
            (at, value) in (0_usize..550, proptest::prelude::any::<u8>()),
        ) {
            let mut mutated = [test_keys::ecdsa().public_key().spki_der(), &bytes].concat();
            mutated.truncate(120);
            if let Some(byte) = mutated.get_mut(at) {
                *byte = value;
            }
            for input in [bytes, mutated] {
                if let Ok(key) = PublicKey::from_spki_der(&input) {
                    proptest::prop_assert_eq!(key.spki_der(), &input[..]);
                }
            }
        }
    }
}
