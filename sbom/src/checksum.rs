// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Checksums that SBOM readers compare: SHA-1 (SPDX 2.3 §8.4 wants it of every file), SHA-256 (ours), SHA-512 (BSI TR-03183-2).
//!
//! They are texts that stand in documents, no identities of ours: those are the typed digests of `ashlar-digest`.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use sha1::Digest as _;

/// What made a checksum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// SHA-1, FIPS 180-4.
    #[serde(rename = "SHA-1")]
    Sha1,
    /// SHA-256, FIPS 180-4.
    #[serde(rename = "SHA-256")]
    Sha256,
    /// SHA-512, FIPS 180-4.
    #[serde(rename = "SHA-512")]
    Sha512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sha1, Self::Sha256, Self::Sha512];

    /// Length of a checksum in hexadecimal digits.
    #[must_use]
    pub const fn digits(self) -> usize {
        match self {
            Self::Sha1 => 40,
            Self::Sha256 => 64,
            Self::Sha512 => 128,
        }
    }

    /// As SPDX 2.3 §7.10 writes it; SPDX 3 writes the same in lowercase.
    pub(crate) const fn spdx(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
            Self::Sha512 => "SHA512",
        }
    }

    /// As CycloneDX 1.6 writes it (`hash-alg`).
    pub(crate) const fn cyclonedx(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Reads any of the spellings above.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let text = text.to_ascii_uppercase().replace('-', "");
        Self::ALL.into_iter().find(|algorithm| algorithm.spdx() == text)
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.cyclonedx())
    }
}

/// Checksums of the same bytes, at most one of each algorithm, in lowercase hexadecimal.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Checksums(BTreeMap<Algorithm, String>);

impl Checksums {
    /// None.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// All three of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(BTreeMap::from([
            (Algorithm::Sha1, hex(&sha1::Sha1::digest(bytes))),
            (Algorithm::Sha256, hex(&sha2::Sha256::digest(bytes))),
            (Algorithm::Sha512, hex(&sha2::Sha512::digest(bytes))),
        ]))
    }

    /// The SHA-256 alone, which is what a lock knows of a source.
    #[must_use]
    pub fn sha256(digest: ashlar_digest::Sha256) -> Self {
        Self(BTreeMap::from([(Algorithm::Sha256, digest.to_string())]))
    }

    /// Adds one as it stands in a document; false, and nothing is added, unless it has the right number of hexadecimal
    /// digits and contradicts none that is there.
    #[must_use]
    pub fn add(&mut self, algorithm: Algorithm, text: &str) -> bool {
        let text = text.to_ascii_lowercase();
        let fits = text.len() == algorithm.digits() && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits && *self.0.entry(algorithm).or_insert_with(|| text.clone()) == text
    }

    /// The one of `algorithm`.
    #[must_use]
    pub fn get(&self, algorithm: Algorithm) -> Option<&str> {
        self.0.get(&algorithm).map(String::as_str)
    }

    /// All, the weakest first.
    pub fn iter(&self) -> impl Iterator<Item = (Algorithm, &str)> {
        self.0.iter().map(|(algorithm, text)| (*algorithm, text.as_str()))
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The algorithms of which there is none.
    pub fn missing(&self) -> impl Iterator<Item = Algorithm> {
        Algorithm::ALL.into_iter().filter(|algorithm| !self.0.contains_key(algorithm))
    }
}

/// Lowercase hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |value: u8| char::from(DIGITS[usize::from(value & 15)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(*byte)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_of_the_standard_s_example() {
        let sums = Checksums::of(b"abc");
        assert_eq!(sums.get(Algorithm::Sha1), Some("a9993e364706816aba3e25717850c26c9cd0d89d"));
        assert!(sums.get(Algorithm::Sha256).unwrap().starts_with("ba7816bf8f01cfea"));
        assert!(sums.get(Algorithm::Sha512).unwrap().starts_with("ddaf35a193617aba"));
        assert_eq!(sums.missing().count(), 0);
    }

    #[test]
    fn a_checksum_that_cannot_be_one_is_not_taken() {
        let mut sums = Checksums::none();
        assert!(!sums.add(Algorithm::Sha1, "a9993e"));
        assert!(!sums.add(Algorithm::Sha1, &"g".repeat(40)));
        assert!(sums.add(Algorithm::Sha1, &"A".repeat(40)));
        assert_eq!(sums.get(Algorithm::Sha1), Some("a".repeat(40).as_str()));
        assert!(!sums.add(Algorithm::Sha1, &"b".repeat(40)), "two of one algorithm");
        assert_eq!(sums.missing().collect::<Vec<_>>(), [Algorithm::Sha256, Algorithm::Sha512]);
    }

    #[test]
    fn every_spelling_is_read() {
        for algorithm in Algorithm::ALL {
            for text in [algorithm.spdx(), algorithm.cyclonedx(), &algorithm.spdx().to_lowercase()] {
                assert_eq!(Algorithm::read(text), Some(algorithm));
            }
        }
        assert_eq!(Algorithm::read("MD5"), None);
    }
}
