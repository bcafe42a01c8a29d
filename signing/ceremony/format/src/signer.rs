// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What holds a private key and signs: one interface for both kinds of key.
//!
//! A signer sees digests of modules, never modules. The one other thing it signs is an attestation, and the message of an
//! attestation begins with `DSSEv1 ` where a module begins with `\x7fELF`: neither can ever stand for the other.

use crate::{FormatError, ModuleDigest, PublicKey, SignatureValue};

/// The beginning of every message of DSSE version 1.
pub(crate) const ATTESTATION: &[u8] = b"DSSEv1 ";

/// A private key in use. The same input always gives the same signature.
pub trait Signer {
    /// The public half.
    fn public_key(&self) -> &PublicKey;

    /// Signs a module by its digest.
    ///
    /// # Errors
    /// [`FormatError::Sign`] if the arithmetic failed; nothing was signed then.
    fn sign(&self, digest: &ModuleDigest) -> Result<SignatureValue, FormatError>;

    /// Signs SHA-512 of `message`, which has to be what [`pae`](crate::pae) makes.
    ///
    /// # Errors
    /// [`FormatError::NotAnAttestation`] for any other message; otherwise as [`Self::sign`].
    fn sign_message(&self, message: &[u8]) -> Result<SignatureValue, FormatError> {
        if !message.starts_with(ATTESTATION) {
            return Err(FormatError::NotAnAttestation);
        }
        self.sign(&ModuleDigest::of(message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{pae, test_keys};

    #[test]
    fn a_module_disguised_as_a_message_is_not_signed() {
        let signer = test_keys::ecdsa();
        for message in [&b"\x7fELF"[..], b"", b"DSSEv1", b"DSSEv2 1 a 1 b", b" DSSEv1 1 a 1 b"] {
            assert!(matches!(signer.sign_message(message), Err(FormatError::NotAnAttestation)));
        }
        assert!(signer.sign_message(&pae("text/plain", b"\x7fELF")).is_ok());
    }
}
