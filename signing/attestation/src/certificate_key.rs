// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The ephemeral key of a release, as its certificate states it: what a key statement is verified with.
//!
//! P-384 as everywhere here, or RSA of 4096 bits with PKCS#1 v1.5 and SHA-512 (RFC 8017 §8.2).

use ashlar_module_signature::{Algorithm, PublicKey};
use rsa::pkcs8::DecodePublicKey as _;
use rsa::{Pkcs1v15Sign, RsaPublicKey};
use sha2_10::{Digest as _, Sha512};

use crate::error::{KeyFault, KeyHalf, SignatureFault};
use crate::{AttestationError, DetachedSignature, KeyId, TrustedKey};

/// DER of `DigestInfo { sha512, NULL }` before the digest (RFC 8017 §9.2, note 1).
const SHA512_PREFIX: &[u8] = &[
    0x30, 0x51, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x03, 0x05, 0x00,
    0x04, 0x40,
];
const RSA_BYTES: usize = 512;

/// The public key of a release's certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateKey {
    id: KeyId,
    kind: Kind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    P384(TrustedKey),
    Rsa4096(RsaPublicKey),
}

impl CertificateKey {
    /// Reads the SubjectPublicKeyInfo of a certificate, DER.
    ///
    /// # Errors
    /// [`AttestationError::Key`] if it is no such key, or not in the one encoding that releases have.
    pub fn from_spki(spki: &[u8]) -> Result<Self, AttestationError> {
        let wrong = |fault| AttestationError::Key { half: KeyHalf::Public, fault };
        // The one place that knows which encodings a release has.
        let public = PublicKey::from_spki_der(spki)
            .map_err(|_| wrong(KeyFault::Algorithm("neither P-384 nor RSA of 4096 bits".to_owned())))?;
        let kind = match public.algorithm() {
            Algorithm::P384 => Kind::P384(TrustedKey::from_spki(spki)?),
            Algorithm::Rsa4096 => {
                Kind::Rsa4096(RsaPublicKey::from_public_key_der(spki).map_err(|_| wrong(KeyFault::Encoding))?)
            }
        };
        Ok(Self { id: KeyId::of_spki(spki), kind })
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// Which kind of key it is.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        match self.kind {
            Kind::P384(_) => Algorithm::P384,
            Kind::Rsa4096(_) => Algorithm::Rsa4096,
        }
    }

    /// Verifies a signature over `message`, encoded as an envelope carries it.
    ///
    /// # Errors
    /// [`AttestationError::SignatureEncoding`], [`AttestationError::SignatureMismatch`].
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), AttestationError> {
        match &self.kind {
            Kind::P384(key) => key.verify(message, &DetachedSignature::from_der(signature)?),
            Kind::Rsa4096(_) if signature.len() != RSA_BYTES => {
                Err(AttestationError::SignatureEncoding(SignatureFault::Length))
            }
            Kind::Rsa4096(key) => {
                let scheme = Pkcs1v15Sign { hash_len: Some(64), prefix: SHA512_PREFIX.into() };
                key.verify(scheme, &Sha512::digest(message), signature)
                    .map_err(|_| AttestationError::SignatureMismatch { key: self.id })
            }
        }
    }
}

#[cfg(test)]
mod tests;
