// SPDX-License-Identifier: Apache-2.0 OR MIT
//! RSA of 4096 bits, PKCS#1 v1.5 over SHA-512 (RFC 8017 §8.2): one valid signature per key and digest.
//!
//! The `rsa` crate is known to leak timing to a remote attacker (RUSTSEC-2023-0071). This key lives for seconds, in a
//! process whose only peer is the one that asked for the signatures.

use std::fmt;

use rsa::rand_core::{CryptoRng, Error, RngCore};
use rsa::traits::PublicKeyParts as _;
use rsa::{BigUint, Pkcs1v15Sign, RsaPrivateKey};

use crate::{FormatError, ModuleDigest, PublicKey, SignatureValue, Signer};

const BITS: usize = 4096;
const EXPONENT: u32 = 65537;
/// DER of `DigestInfo` for SHA-512 up to the digest (RFC 8017 §9.2, note 1).
const DIGEST_INFO: &[u8] = &[
    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00,
    0x04, 0x40,
];

/// An RSA key in memory; wiped when dropped.
pub struct RsaSigner {
    key: RsaPrivateKey,
    public_key: PublicKey,
}

impl RsaSigner {
    /// A new key, a function of the bytes that `fill` gives; takes seconds. `fill` has to overwrite all it is given with
    /// bytes that nobody else can know.
    ///
    /// # Errors
    /// [`FormatError::PrivateKey`] if no key came out.
    pub fn generate(fill: &mut dyn FnMut(&mut [u8])) -> Result<Self, FormatError> {
        let key = RsaPrivateKey::new(&mut Filler(fill), BITS)
            .map_err(|_| FormatError::PrivateKey { reason: "no primes were found" })?;
        Self::new(key)
    }

    /// A key from its two primes of 2048 bits, big-endian.
    ///
    /// # Errors
    /// [`FormatError::PrivateKey`] or [`FormatError::PublicKey`] if they do not make a key of 4096 bits.
    pub fn from_primes(p: &[u8], q: &[u8]) -> Result<Self, FormatError> {
        let key = RsaPrivateKey::from_p_q(
            BigUint::from_bytes_be(p),
            BigUint::from_bytes_be(q),
            BigUint::from(EXPONENT),
        )
        .map_err(|_| FormatError::PrivateKey { reason: "the numbers are no primes of an RSA key" })?;
        Self::new(key)
    }

    fn new(key: RsaPrivateKey) -> Result<Self, FormatError> {
        let modulus = key.n().to_bytes_be();
        let modulus = modulus
            .as_slice()
            .try_into()
            .map_err(|_| FormatError::PublicKey { reason: "the modulus does not have 4096 bits" })?;
        Ok(Self { public_key: PublicKey::rsa_4096(modulus)?, key })
    }
}

impl Signer for RsaSigner {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, digest: &ModuleDigest) -> Result<SignatureValue, FormatError> {
        let scheme = Pkcs1v15Sign { hash_len: Some(64), prefix: DIGEST_INFO.into() };
        // It is verified before it is given out, so a fault in the arithmetic leaks no prime.
        let signature = self
            .key
            .sign(scheme, digest.as_bytes())
            .map_err(|_| FormatError::Sign { reason: "the RSA arithmetic failed" })?;
        Ok(SignatureValue::Rsa4096(signature))
    }
}

impl fmt::Debug for RsaSigner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "RsaSigner({:?})", self.public_key)
    }
}

/// The interface that `rsa` takes randomness through.
struct Filler<'a>(&'a mut dyn FnMut(&mut [u8]));

impl RngCore for Filler<'_> {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        u32::from_le_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        u64::from_le_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        (self.0)(bytes);
        Ok(())
    }
}

impl CryptoRng for Filler<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_keys;

    /// Bytes that differ from call to call and are the same in every run.
    fn fixed_filler() -> impl FnMut(&mut [u8]) {
        let mut counter = 0_u64;
        move |bytes: &mut [u8]| {
            for chunk in bytes.chunks_mut(64) {
                counter += 1;
                let block = ModuleDigest::of(&counter.to_be_bytes());
                chunk.copy_from_slice(&block.as_bytes()[..chunk.len()]);
            }
        }
    }

    #[test]
    fn a_new_key_has_4096_bits_and_signs() {
        let signer = RsaSigner::generate(&mut fixed_filler()).unwrap();
        let digest = ModuleDigest::of(b"module");
        let SignatureValue::Rsa4096(signature) = signer.sign(&digest).unwrap() else { panic!() };
        assert_eq!(signature.len(), 512);
        let scheme = Pkcs1v15Sign { hash_len: Some(64), prefix: DIGEST_INFO.into() };
        signer.key.to_public_key().verify(scheme, digest.as_bytes(), &signature).unwrap();
    }

    #[test]
    fn numbers_that_make_no_key_of_4096_bits_are_refused() {
        assert!(RsaSigner::from_primes(&[3], &[3]).is_err());
        assert!(RsaSigner::from_primes(&[], &[]).is_err());
        assert!(RsaSigner::from_primes(&[61], &[53]).is_err());
    }

    #[test]
    fn a_debug_print_does_not_leak_the_key() {
        let signer = test_keys::rsa();
        let printed = format!("{signer:?}");
        assert!(
            printed.len() < 120 && printed.contains(&signer.public_key().key_id().to_string()),
            "{printed}"
        );
    }
}
