// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A Secure Boot key that is a file.
//!
//! The caller reads the file; the numbers are wiped when the key is dropped. A key in a device signs
//! [`AuthenticodeRequest::signed_attributes`](crate::AuthenticodeRequest::signed_attributes) by itself, and
//! [`pkcs7`](crate::pkcs7) takes what it gave.

use std::fmt;

use ashlar_digest::Sha256;
use rsa::pkcs1::DecodeRsaPrivateKey as _;
use rsa::pkcs8::DecodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{RsaPrivateKey, RsaPublicKey};

use crate::certificate::{KEY_BITS, scheme};
use crate::{SecureBootCertificate, SecureBootError, pkcs7, to_be_signed};

/// An RSA key of 2048, 3072 or 4096 bits.
pub struct SecureBootKey(RsaPrivateKey);

impl fmt::Debug for SecureBootKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecureBootKey(..)")
    }
}

impl SecureBootKey {
    /// Reads PEM: one block `PRIVATE KEY` (PKCS#8) or `RSA PRIVATE KEY` (PKCS#1).
    ///
    /// # Errors
    /// [`SecureBootError::Key`].
    pub fn from_pem(pem: &str) -> Result<Self, SecureBootError> {
        let refuse = |reason| SecureBootError::Key { reason };
        if pem.contains("ENCRYPTED") {
            return Err(refuse("it is encrypted"));
        }
        let key = RsaPrivateKey::from_pkcs8_pem(pem)
            .or_else(|_| RsaPrivateKey::from_pkcs1_pem(pem))
            .map_err(|_| refuse("it is not one RSA key as PEM"))?;
        if !KEY_BITS.contains(&key.n().bits()) {
            return Err(refuse("it has not 2048, 3072 or 4096 bits"));
        }
        Ok(Self(key))
    }

    /// Whether the certificate is this key's.
    ///
    /// # Errors
    /// [`SecureBootError::Key`] if it is another's.
    pub fn check_certificate(&self, certificate: &SecureBootCertificate) -> Result<(), SecureBootError> {
        if certificate.is_of(&RsaPublicKey::from(&self.0)) {
            return Ok(());
        }
        Err(SecureBootError::Key { reason: "the certificate is another key's" })
    }

    /// Signs an unsigned image: the detached signature, the same each time.
    ///
    /// # Errors
    /// As [`to_be_signed`] and [`pkcs7`]; [`SecureBootError::Key`] if the certificate is another key's;
    /// [`SecureBootError::Sign`].
    pub fn sign(&self, pe: &[u8], certificate: &SecureBootCertificate) -> Result<Vec<u8>, SecureBootError> {
        self.check_certificate(certificate)?;
        let request = to_be_signed(pe)?;
        let digest = Sha256::of(&request.signed_attributes);
        let signature = self.0.sign(scheme(), digest.as_bytes()).map_err(|_| SecureBootError::Sign)?;
        pkcs7(certificate, &signature, request.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn signing_again_gives_the_same_bytes() {
        let key = SecureBootKey::from_pem(fixture::KEY).unwrap();
        let certificate = fixture::certificate();
        let signature = key.sign(&fixture::image(), &certificate).unwrap();
        assert_eq!(signature, key.sign(&fixture::image(), &certificate).unwrap());
        assert_eq!(signature, fixture::signature());
        assert_eq!(format!("{key:?}"), "SecureBootKey(..)");
    }

    #[test]
    fn a_certificate_of_another_key_is_refused_before_signing() {
        let key = SecureBootKey::from_pem(fixture::OTHER_KEY).unwrap();
        let told = key.sign(&fixture::image(), &fixture::certificate()).unwrap_err();
        assert_eq!(told, SecureBootError::Key { reason: "the certificate is another key's" });
    }

    #[test]
    fn what_is_no_key_of_the_right_kind_is_refused() {
        let encrypted = fixture::KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
        let cases = [
            (encrypted.as_str(), "encrypted"),
            (fixture::CERTIFICATE, "not one RSA key"),
            ("", "not one RSA key"),
        ];
        for (pem, reason) in cases {
            let error = SecureBootKey::from_pem(pem).unwrap_err();
            assert!(error.to_string().contains(reason) && error.help().is_some(), "{error}");
        }
    }
}
