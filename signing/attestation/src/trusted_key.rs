// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Public keys that verify: SubjectPublicKeyInfo (RFC 5280 §4.1.2.7, RFC 5480 §2) in DER, or in PEM as `BEGIN PUBLIC KEY`.
//!
//! Only the canonical encoding is taken (named curve, uncompressed point), so that a key has one [`KeyId`].

use p384::PublicKey;
use p384::ecdsa::VerifyingKey;
use p384::ecdsa::signature::hazmat::PrehashVerifier as _;
use p384::pkcs8::der::Decode as _;
use p384::pkcs8::spki::{DecodePublicKey as _, SubjectPublicKeyInfoRef};
use p384::pkcs8::{Document, EncodePublicKey as _};
use sha2_10::{Digest as _, Sha512};

use crate::error::{KeyFault, KeyHalf, PemFault};
use crate::{AttestationError, DetachedSignature, KeyId, algorithm, pem};

const LABEL: &str = "PUBLIC KEY";

/// A public P-384 key that someone decided to trust.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedKey {
    key: VerifyingKey,
    spki: Vec<u8>,
    id: KeyId,
}

impl TrustedKey {
    /// Reads a key from SubjectPublicKeyInfo.
    ///
    /// # Errors
    /// [`AttestationError::Key`] if it is another kind of key, or not encoded canonically.
    pub fn from_spki(spki: &[u8]) -> Result<Self, AttestationError> {
        let wrong = |fault| AttestationError::Key { half: KeyHalf::Public, fault };
        let damaged = || wrong(KeyFault::Encoding);
        let read = SubjectPublicKeyInfoRef::from_der(spki).map_err(|_| damaged())?;
        algorithm::require_p384(&read.algorithm).map_err(wrong)?;
        let key = PublicKey::from_public_key_der(spki).map_err(|_| damaged())?;
        let trusted = Self::from_public_key(&key).ok_or_else(damaged)?;
        if trusted.spki != spki {
            return Err(damaged());
        }
        Ok(trusted)
    }

    /// `None` only if the key cannot be encoded, which no point of the curve gives.
    pub(crate) fn from_public_key(key: &PublicKey) -> Option<Self> {
        let spki = key.to_public_key_der().ok()?.into_vec();
        Some(Self { key: VerifyingKey::from(key), id: KeyId::of_spki(&spki), spki })
    }

    /// Reads a PEM text with one key.
    ///
    /// # Errors
    /// As [`TrustedKey::all_from_pem`], and if there is a second key.
    pub fn from_pem(text: &str) -> Result<Self, AttestationError> {
        let second = pem::blocks(text)?.get(1).map(|block| block.line);
        match (second, Self::all_from_pem(text)?.pop()) {
            (None, Some(key)) => Ok(key),
            (line, _) => Err(AttestationError::Pem { line: line.unwrap_or(1), fault: PemFault::Second }),
        }
    }

    /// Reads a PEM text with one key or several, in order. A key that is there twice is given once.
    ///
    /// # Errors
    /// [`AttestationError::Pem`] if there is no key or other text, [`AttestationError::PemLabel`] if something else is
    /// in it (above all a private key, which belongs into no file of trusted keys), [`AttestationError::Key`].
    pub fn all_from_pem(text: &str) -> Result<Vec<Self>, AttestationError> {
        let mut keys: Vec<Self> = Vec::new();
        for block in pem::blocks(text)? {
            if block.label != LABEL {
                let found = block.label.to_owned();
                return Err(AttestationError::PemLabel { wanted: KeyHalf::Public, found });
            }
            let content = AttestationError::Pem { line: block.line, fault: PemFault::Content };
            let (_, document) = Document::from_pem(block.text).map_err(|_| content)?;
            let key = Self::from_spki(document.as_bytes())?;
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok(keys)
    }

    /// The key's id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The key as SubjectPublicKeyInfo, DER.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Verifies a signature over `message`.
    ///
    /// # Errors
    /// [`AttestationError::SignatureMismatch`].
    pub fn verify(&self, message: &[u8], signature: &DetachedSignature) -> Result<(), AttestationError> {
        // The leftmost 384 bits of the digest, FIPS 186-5 §6.4.
        let digest = Sha512::digest(message);
        self.key
            .verify_prehash(&digest, signature.value())
            .map_err(|_| AttestationError::SignatureMismatch { key: self.id })
    }
}

#[cfg(test)]
mod tests;
