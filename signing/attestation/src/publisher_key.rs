// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A publisher's private key in a file: PKCS#8 (RFC 5958, `BEGIN PRIVATE KEY`) or SEC1 (RFC 5915, `BEGIN EC PRIVATE KEY`).
//!
//! Signatures are deterministic (RFC 6979 with SHA-512): a bad source of randomness cannot give the key away, and the
//! same manifest gets the same signature. The arithmetic is the ceremony's, so there is one signer to review.
//! The key is wiped from this process when the value is dropped.

use std::fmt;

use ashlar_module_signature::{EcdsaSigner, ModuleDigest, Signer as _};
use p384::SecretKey;
use p384::elliptic_curve::zeroize::Zeroizing;
use p384::pkcs8::der::asn1::{BitStringRef, ContextSpecific, OctetStringRef};
use p384::pkcs8::der::{Decode as _, Reader as _, SliceReader, TagNumber};
use p384::pkcs8::{ObjectIdentifier, PrivateKeyInfo, SecretDocument};

use crate::error::{KeyFault, KeyHalf, PemFault};
use crate::{AttestationError, DetachedSignature, KeyId, StatementSigner, TrustedKey, algorithm, pem};

const PKCS8: &str = "PRIVATE KEY";
const SEC1: &str = "EC PRIVATE KEY";
/// Before a SEC1 key, `openssl ecparam -genkey` writes the curve.
const PARAMETERS: &str = "EC PARAMETERS";
const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// A private P-384 key.
pub struct PublisherKey {
    signer: EcdsaSigner,
    public: TrustedKey,
}

impl PublisherKey {
    /// Reads a PEM text with one private key.
    ///
    /// # Errors
    /// [`AttestationError::Pem`], [`AttestationError::PemLabel`] or [`AttestationError::Key`], whose help says which
    /// keys are taken and how to make one.
    pub fn from_pem(text: &str) -> Result<Self, AttestationError> {
        let mut key = None;
        for block in pem::blocks(text)? {
            let pem_fault = |fault| AttestationError::Pem { line: block.line, fault };
            let secret = match block.label {
                PARAMETERS => continue,
                PKCS8 => from_pkcs8(&document(&block)?),
                SEC1 => from_sec1(&document(&block)?),
                ENCRYPTED => return Err(pem_fault(PemFault::Encrypted)),
                other => {
                    let found = other.to_owned();
                    return Err(AttestationError::PemLabel { wanted: KeyHalf::Private, found });
                }
            };
            let secret = secret.map_err(|fault| AttestationError::Key { half: KeyHalf::Private, fault })?;
            if key.replace(secret).is_some() {
                return Err(pem_fault(PemFault::Second));
            }
        }
        let secret = key.ok_or(AttestationError::Pem { line: 1, fault: PemFault::NoBlock })?;
        let damaged = || AttestationError::Key { half: KeyHalf::Private, fault: KeyFault::Encoding };
        let public = TrustedKey::from_public_key(&secret.public_key()).ok_or_else(damaged)?;
        let scalar = Zeroizing::new(<[u8; 48]>::from(secret.to_bytes()));
        let signer = EcdsaSigner::from_scalar(&scalar).map_err(|_| damaged())?;
        Ok(Self { signer, public })
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &TrustedKey {
        &self.public
    }
}

impl fmt::Debug for PublisherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PublisherKey").field("id", &self.public.id()).finish_non_exhaustive()
    }
}

impl StatementSigner for PublisherKey {
    fn key_id(&self) -> KeyId {
        self.public.id()
    }

    fn sign(&self, message: &[u8]) -> Result<DetachedSignature, AttestationError> {
        // What the kernel calls a module's digest is plain SHA-512. A manifest begins with `{` and an attestation with
        // `DSSEv1`, so neither can be taken for a module.
        let value = self.signer.sign(&ModuleDigest::of(message));
        let value = value.map_err(|_| AttestationError::Sign { key: self.public.id() })?;
        DetachedSignature::from_der(&value.to_bytes())
    }
}

fn document(block: &pem::Block<'_>) -> Result<SecretDocument, AttestationError> {
    let content = AttestationError::Pem { line: block.line, fault: PemFault::Content };
    SecretDocument::from_pem(block.text).map(|(_, document)| document).map_err(|_| content)
}

fn from_pkcs8(document: &SecretDocument) -> Result<SecretKey, KeyFault> {
    let key = PrivateKeyInfo::from_der(document.as_bytes()).map_err(|_| KeyFault::Encoding)?;
    algorithm::require_p384(&key.algorithm)?;
    SecretKey::try_from(key).map_err(|_| KeyFault::Encoding)
}

fn from_sec1(document: &SecretDocument) -> Result<SecretKey, KeyFault> {
    // The reader of the curve crate does not look at the curve that the key names.
    algorithm::require_p384_curve(sec1_curve(document.as_bytes()).ok_or(KeyFault::Encoding)?)?;
    SecretKey::from_sec1_der(document.as_bytes()).map_err(|_| KeyFault::Encoding)
}

/// `ECPrivateKey ::= SEQUENCE { version, privateKey OCTET STRING, [0] named curve, [1] BIT STRING OPTIONAL }`.
fn sec1_curve(der: &[u8]) -> Option<ObjectIdentifier> {
    let mut reader = SliceReader::new(der).ok()?;
    let curve = reader
        .sequence(|inner| {
            let _version = u8::decode(inner)?;
            let _private = OctetStringRef::decode(inner)?;
            let curve = ContextSpecific::<ObjectIdentifier>::decode_explicit(inner, TagNumber::N0)?;
            let _public = ContextSpecific::<BitStringRef<'_>>::decode_explicit(inner, TagNumber::N1)?;
            Ok(curve.map(|curve| curve.value))
        })
        .ok()?;
    reader.finish(curve).ok()?
}

#[cfg(test)]
mod tests;
