// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The port behind which a publisher's key lies: a file today; hardware or a key service later; a test's.

use crate::{AttestationError, DetachedSignature, KeyId};

/// What signs for a publisher: ECDSA on P-384 over the SHA-512 of a message.
pub trait StatementSigner {
    /// The id of the public half.
    fn key_id(&self) -> KeyId;

    /// Signs `message` as it is; whoever calls says by its first bytes what it is (a manifest, `DSSEv1`).
    ///
    /// # Errors
    /// [`AttestationError::Sign`] if the key cannot be used, or what the holder of the key says.
    fn sign(&self, message: &[u8]) -> Result<DetachedSignature, AttestationError>;
}
