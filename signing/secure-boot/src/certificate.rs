// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The certificate of a Secure Boot key.
//!
//! Firmware looks at nothing in it but its bytes and its key: it is trusted because it is in the variable `db`.
//! Expiry is not checked by firmware (UEFI specification, section 32.5.3), nor here.

use ashlar_digest::Sha256;
use der::pem::LineEnding;
use der::{Decode as _, DecodePem as _, Encode as _};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::traits::PublicKeyParts as _;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use x509_cert::Certificate;

use crate::SecureBootError;

/// Lengths of a modulus, in bits, that firmware takes.
pub(crate) const KEY_BITS: [usize; 3] = [2048, 3072, 4096];
/// DER of DigestInfo for SHA-256 without the digest (RFC 8017, section 9.2, note 1).
const DIGEST_INFO: [u8; 19] = [
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00,
    0x04, 0x20,
];

/// RSA PKCS#1 v1.5 with SHA-256.
pub(crate) fn scheme() -> Pkcs1v15Sign {
    Pkcs1v15Sign { hash_len: Some(32), prefix: Box::new(DIGEST_INFO) }
}

/// An X.509 certificate of an RSA key of 2048, 3072 or 4096 bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecureBootCertificate {
    der: Vec<u8>,
    issuer: Vec<u8>,
    serial_number: Vec<u8>,
    key: RsaPublicKey,
}

fn refuse(reason: &'static str) -> SecureBootError {
    SecureBootError::Certificate { reason }
}

impl SecureBootCertificate {
    /// Reads DER.
    ///
    /// # Errors
    /// [`SecureBootError::Certificate`].
    pub fn from_der(der: &[u8]) -> Result<Self, SecureBootError> {
        let read = Certificate::from_der(der).map_err(|_| refuse("it is no X.509 certificate"))?;
        Self::from_certificate(&read, der)
    }

    /// Reads PEM: one block `CERTIFICATE`.
    ///
    /// # Errors
    /// [`SecureBootError::Certificate`].
    pub fn from_pem(pem: &str) -> Result<Self, SecureBootError> {
        let read =
            Certificate::from_pem(pem).map_err(|_| refuse("it is not one X.509 certificate as PEM"))?;
        let der = read.to_der().map_err(|_| refuse("it cannot be written again"))?;
        Self::from_certificate(&read, &der)
    }

    fn from_certificate(read: &Certificate, der: &[u8]) -> Result<Self, SecureBootError> {
        let written = |result: der::Result<Vec<u8>>| result.map_err(|_| refuse("it cannot be written again"));
        if written(read.to_der())? != der {
            return Err(refuse("it is not in the one way that DER has"));
        }
        let parts = &read.tbs_certificate;
        let key = written(parts.subject_public_key_info.to_der())?;
        let key = RsaPublicKey::from_public_key_der(&key).map_err(|_| refuse("its key is no RSA key"))?;
        if !KEY_BITS.contains(&key.n().bits()) {
            return Err(refuse("its key has not 2048, 3072 or 4096 bits"));
        }
        Ok(Self {
            der: der.to_vec(),
            issuer: written(parts.issuer.to_der())?,
            serial_number: written(parts.serial_number.to_der())?,
            key,
        })
    }

    /// Its DER.
    #[must_use]
    pub fn as_der(&self) -> &[u8] {
        &self.der
    }

    /// Its PEM, always the same for the same certificate.
    ///
    /// # Errors
    /// [`SecureBootError::Certificate`] if it is too long to be written.
    pub fn to_pem(&self) -> Result<String, SecureBootError> {
        der::pem::encode_string("CERTIFICATE", LineEnding::LF, &self.der)
            .map_err(|_| refuse("it cannot be written as PEM"))
    }

    /// DER of the issuer's name.
    pub(crate) fn issuer(&self) -> &[u8] {
        &self.issuer
    }

    /// DER of the serial number.
    pub(crate) fn serial_number(&self) -> &[u8] {
        &self.serial_number
    }

    pub(crate) fn is_of(&self, key: &RsaPublicKey) -> bool {
        self.key == *key
    }

    /// Whether its key signed `message` with SHA-256.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), SecureBootError> {
        self.key
            .verify(scheme(), Sha256::of(message).as_bytes(), signature)
            .map_err(|_| SecureBootError::Forged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn pem_and_der_are_the_same_certificate() {
        let certificate = fixture::certificate();
        assert_eq!(SecureBootCertificate::from_der(certificate.as_der()).unwrap(), certificate);
        assert_eq!(certificate.to_pem().unwrap(), fixture::CERTIFICATE);
    }

    #[test]
    fn a_certificate_with_more_behind_it_or_of_another_key_is_refused() {
        let der = fixture::certificate().as_der().to_vec();
        let longer = SecureBootCertificate::from_der(&[&der[..], &[0]].concat()).unwrap_err();
        assert!(longer.help().is_some() && longer.to_string().contains("no X.509"), "{longer}");
        let two = [fixture::CERTIFICATE, fixture::OTHER_CERTIFICATE].concat();
        assert!(SecureBootCertificate::from_pem(&two).is_err());
        assert!(SecureBootCertificate::from_pem(fixture::KEY).is_err());
    }

    proptest::proptest! {
        #[test]
        fn hostile_certificates_never_panic(noise: Vec<u8>, changes: Vec<(u16, u8)>) {
            let mut der = fixture::certificate().as_der().to_vec();
            for (offset, value) in changes {
                let offset = usize::from(offset) % der.len();
                der[offset] = value;
            }
            if let Ok(read) = SecureBootCertificate::from_der(&der) {
                proptest::prop_assert_eq!(read.as_der(), &der[..]);
            }
            drop(SecureBootCertificate::from_der(&noise));
        }
    }
}
