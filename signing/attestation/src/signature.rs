// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Detached signatures: ECDSA on P-384 with SHA-512, DER, with the lower s.
//!
//! ```text
//! Ecdsa-Sig-Value ::= SEQUENCE { r INTEGER, s INTEGER }    RFC 3279 §2.2.3, 0 < r < n, 0 < s <= n/2
//! ```
//! Of s and n-s both verify. Only the lower one is taken, so that nobody but the key's holder can make another valid
//! signature over the same bytes: a release is a function of what it carries.

use std::fmt;

use p384::ecdsa::{DerSignature, Signature};

use crate::AttestationError;
use crate::error::SignatureFault;

/// A longer DER cannot hold two integers below n: 2 + 2 * (2 + 49).
const MAX_LENGTH: usize = 104;

/// A signature in its one accepted encoding.
#[derive(Clone, PartialEq, Eq)]
pub struct DetachedSignature {
    der: Vec<u8>,
    value: Signature,
}

impl DetachedSignature {
    /// Reads the DER of a signature.
    ///
    /// # Errors
    /// [`AttestationError::SignatureEncoding`] if it is not canonical DER, out of range, or has the higher s.
    pub fn from_der(der: &[u8]) -> Result<Self, AttestationError> {
        let value = decode(der)?;
        if value.normalize_s().is_some() {
            return Err(AttestationError::SignatureEncoding(SignatureFault::HighS));
        }
        Ok(Self { der: der.to_vec(), value })
    }

    /// Takes what a signer gave that may choose the higher s (hardware, key services, openssl), and lowers it.
    ///
    /// # Errors
    /// [`AttestationError::SignatureEncoding`] if it is not canonical DER or out of range.
    pub fn lower_from_der(der: &[u8]) -> Result<Self, AttestationError> {
        let value = decode(der)?;
        let value = value.normalize_s().unwrap_or(value);
        Ok(Self { der: value.to_der().as_bytes().to_vec(), value })
    }

    pub(crate) const fn value(&self) -> &Signature {
        &self.value
    }

    /// The DER, as it is published.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }
}

impl fmt::Debug for DetachedSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DetachedSignature({} bytes of DER)", self.der.len())
    }
}

fn decode(der: &[u8]) -> Result<Signature, AttestationError> {
    let fault = AttestationError::SignatureEncoding(SignatureFault::Der);
    if der.len() > MAX_LENGTH {
        return Err(fault);
    }
    let read = DerSignature::from_bytes(der).and_then(Signature::try_from);
    match read {
        // Encoded again, so that no laxness of the reader gives one signature two encodings.
        Ok(value) if value.to_der().as_bytes() == der => Ok(value),
        _ => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE_ONE: &[u8] = &[0x30, 6, 2, 1, 1, 2, 1, 1];

    fn with_s(s: &[u8]) -> Vec<u8> {
        let mut der = vec![0x30, 5 + s.len() as u8, 2, 1, 1, 2, s.len() as u8];
        der.extend_from_slice(s);
        der
    }

    /// n - 1, with the zero that keeps it positive.
    fn highest() -> Vec<u8> {
        let mut s = vec![0];
        s.extend_from_slice(&[0xff; 24]);
        s.extend_from_slice(&[0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a, 0x0d, 0xb2]);
        s.extend_from_slice(&[0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x72]);
        s
    }

    #[test]
    fn a_high_s_is_refused_and_can_be_lowered_by_its_signer() {
        let high = with_s(&highest());
        assert_eq!(
            DetachedSignature::from_der(&high),
            Err(AttestationError::SignatureEncoding(SignatureFault::HighS))
        );
        assert_eq!(DetachedSignature::lower_from_der(&high).unwrap().as_der(), ONE_ONE);
        assert_eq!(DetachedSignature::lower_from_der(ONE_ONE).unwrap().as_der(), ONE_ONE);
        assert_eq!(DetachedSignature::from_der(ONE_ONE).unwrap().as_der(), ONE_ONE);
    }

    #[test]
    fn other_encodings_of_the_same_numbers_are_refused() {
        let mut trailing = ONE_ONE.to_vec();
        trailing.push(0);
        let mut order = highest();
        *order.last_mut().unwrap() += 1;
        for der in [
            vec![],
            vec![0x30],
            trailing,
            vec![0x30, 7, 2, 1, 1, 2, 1, 1, 0],       // trailing inside
            vec![0x30, 7, 2, 2, 0, 1, 2, 1, 1],       // padded r
            vec![0x30, 0x81, 6, 2, 1, 1, 2, 1, 1],    // long length
            vec![0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0], // indefinite length
            vec![0x30, 6, 2, 1, 0, 2, 1, 1],          // r = 0
            vec![0x30, 6, 2, 1, 1, 2, 1, 0],          // s = 0
            vec![0x30, 6, 2, 1, 0x81, 2, 1, 1],       // r < 0
            with_s(&order),                           // s = n
            vec![0x30; 200],
        ] {
            let expected = Err(AttestationError::SignatureEncoding(SignatureFault::Der));
            assert_eq!(DetachedSignature::from_der(&der), expected, "{der:02x?}");
            assert_eq!(DetachedSignature::lower_from_der(&der), expected, "{der:02x?}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            if let Ok(signature) = DetachedSignature::lower_from_der(&bytes) {
                proptest::prop_assert!(DetachedSignature::from_der(signature.as_der()).is_ok());
            }
        }

        #[test]
        fn no_change_of_a_signature_makes_the_reader_panic(at in 0_usize..56, byte: u8, cut in 0_usize..57) {
            let mut der = with_s(&highest());
            der[at] = byte;
            der.truncate(cut);
            let _either = DetachedSignature::from_der(&der);
        }
    }
}
