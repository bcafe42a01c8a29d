// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Digests: [`ModuleDigest`] is what the kernel's signature check computes, [`Sha256`] names everything else.
//!
//! They are written as lowercase hex everywhere, and read strictly, so that one digest has one spelling.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::{Digest as _, Sha512};

use crate::error::excerpt;
use crate::{FormatError, hex};

/// SHA-512 of an unsigned module's bytes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModuleDigest([u8; 64]);

/// SHA-256 of any other bytes: a certificate, a signature, a program.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl ModuleDigest {
    /// The digest of a module as it was built, without a signature.
    #[must_use]
    pub fn of(module: &[u8]) -> Self {
        Self(Sha512::digest(module).into())
    }

    /// Takes a digest computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 64]) -> Self {
        Self(bytes)
    }

    /// Reads 128 lowercase hex digits.
    ///
    /// # Errors
    /// [`FormatError::Digest`] for anything else.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        hex::read(text).map(Self).ok_or_else(|| FormatError::Digest { text: excerpt(text), digits: 128 })
    }

    /// The bytes, in the order of the hex digits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 64] {
        &self.0
    }
}

impl Sha256 {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Takes a digest computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads 64 lowercase hex digits.
    ///
    /// # Errors
    /// [`FormatError::Digest`] for anything else.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        hex::read(text).map(Self).ok_or_else(|| FormatError::Digest { text: excerpt(text), digits: 64 })
    }

    /// The bytes, in the order of the hex digits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for ModuleDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(&self.0, formatter)
    }
}

impl fmt::Debug for ModuleDigest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ModuleDigest({self})")
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        hex::write(&self.0, formatter)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Sha256({self})")
    }
}

impl Serialize for ModuleDigest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModuleDigest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Sha256 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-4 example, "abc".
    const ABC: &str = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                       2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

    #[test]
    fn a_module_digest_is_sha_512_in_lowercase_hex() {
        assert_eq!(ModuleDigest::of(b"abc").to_string(), ABC);
        assert_eq!(ModuleDigest::parse(ABC).unwrap(), ModuleDigest::of(b"abc"));
        assert_eq!(serde_json::to_string(&ModuleDigest::of(b"abc")).unwrap(), format!("\"{ABC}\""));
    }

    #[test]
    fn a_second_spelling_of_a_digest_is_refused() {
        let long = format!("{ABC}00");
        let padded = format!(" {}", &ABC[1..]);
        let wide = "\u{ff11}".repeat(128 / 3);
        for text in [&ABC.to_uppercase(), &ABC[1..], &long, &padded, "", &wide] {
            assert!(ModuleDigest::parse(text).is_err(), "{text}");
            assert!(serde_json::from_str::<ModuleDigest>(&format!("\"{text}\"")).is_err(), "{text}");
        }
        assert!(Sha256::parse(ABC).is_err());
        assert!(Sha256::parse(&"0A".repeat(32)).is_err());
        assert_eq!(Sha256::parse(&Sha256::of(b"abc").to_string()).unwrap(), Sha256::of(b"abc"));
    }

    #[test]
    fn digests_sort_as_their_hex_does() {
        let mut digests: Vec<_> = (0_u8..32).map(|byte| ModuleDigest::of(&[byte])).collect();
        digests.sort_unstable();
        assert!(digests.windows(2).all(|pair| pair[0].to_string() < pair[1].to_string()));
    }
}
