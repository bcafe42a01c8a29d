// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SHA-256 of raw bytes (FIPS 180-4), and its one textual form: 64 lowercase hexadecimal digits.

use std::fmt;
use std::str::FromStr;

use sha2::Digest as _;

/// The SHA-256 digest of some bytes, without saying of what. Prefer a typed digest where there is one.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

/// Why a text is no digest.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DigestError {
    /// The text has another length than 64 characters.
    #[error("a sha256 has 64 hexadecimal digits, this has {found} characters")]
    Length {
        /// Characters found.
        found: usize,
    },
    /// A character that is not one of `0-9a-f`.
    #[error("{found:?} at position {position} is not a lowercase hexadecimal digit")]
    Character {
        /// The offending character.
        found: char,
        /// Its position, counted from 1.
        position: usize,
    },
}

impl Sha256 {
    /// Hashes `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// Takes the 32 bytes of a digest computed elsewhere.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = DigestError;

    fn from_str(text: &str) -> Result<Self, DigestError> {
        let found = text.chars().count();
        if found != 64 {
            return Err(DigestError::Length { found });
        }
        let mut bytes = [0; 32];
        for (index, character) in text.chars().enumerate() {
            let value = match character {
                '0'..='9' => character as u8 - b'0',
                'a'..='f' => character as u8 - b'a' + 10,
                _ => return Err(DigestError::Character { found: character, position: index + 1 }),
            };
            bytes[index / 2] = bytes[index / 2] << 4 | value;
        }
        Ok(Self(bytes))
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (index, byte) in self.0.iter().enumerate() {
            text[index * 2] = DIGITS[usize::from(byte >> 4)];
            text[index * 2 + 1] = DIGITS[usize::from(byte & 15)];
        }
        f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vector_of_abc() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Sha256::of(b"abc").to_string(), expected);
        assert_eq!(expected.parse::<Sha256>().unwrap(), Sha256::of(b"abc"));
    }

    #[test]
    fn what_is_no_digest_is_refused_with_its_place() {
        assert_eq!("ab".parse::<Sha256>(), Err(DigestError::Length { found: 2 }));
        let upper = "BA7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(upper.parse::<Sha256>(), Err(DigestError::Character { found: 'B', position: 1 }));
        let wide = "é".repeat(64);
        assert_eq!(wide.parse::<Sha256>(), Err(DigestError::Character { found: 'é', position: 1 }));
    }

    proptest::proptest! {
        #[test]
        fn text_and_bytes_are_one_to_one(bytes: [u8; 32]) {
            let digest = Sha256::from_bytes(bytes);
            proptest::prop_assert_eq!(digest.to_string().parse::<Sha256>().unwrap(), digest);
        }
    }
}
