// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Key ids: SHA-256 of a key's SubjectPublicKeyInfo (RFC 5280 §4.1.2.7), in DER, as 64 lowercase hex digits.
//!
//! An id finds a key; it proves nothing. DSSE says the same of its `keyid` (protocol.md, "keyid").

use std::fmt;
use std::str::FromStr;

use ashlar_digest::{DigestError, Sha256};

/// The id of a public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(Sha256);

impl KeyId {
    /// The id of the key whose SubjectPublicKeyInfo is `spki` (DER).
    #[must_use]
    pub fn of_spki(spki: &[u8]) -> Self {
        Self(Sha256::of(spki))
    }

    /// Takes an id from a format that carries its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Sha256::from_bytes(bytes))
    }

    /// The digest.
    #[must_use]
    pub const fn sha256(&self) -> Sha256 {
        self.0
    }
}

impl FromStr for KeyId {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        text.parse().map(Self)
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({})", self.0)
    }
}
