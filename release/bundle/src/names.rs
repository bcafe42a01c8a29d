// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names in a release: project and image, version, platform, and who signed.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::BundleError;

/// Refuses `text` unless its first character passes `first`, all others `rest`, and it has at most 64.
fn check(
    what: &'static str,
    text: &str,
    first: fn(u8) -> bool,
    rest: fn(u8) -> bool,
    reason: &'static str,
) -> Result<(), BundleError> {
    let good = text.len() <= 64 && text.bytes().next().is_some_and(first) && text.bytes().skip(1).all(rest);
    if good {
        return Ok(());
    }
    Err(BundleError::Name { what, text: text.chars().take(160).collect(), reason })
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal, $first:expr, $rest:expr, $reason:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
        pub struct $name(String);

        impl $name {
            /// Checks `text`.
            ///
            /// # Errors
            /// [`BundleError::Name`].
            pub fn parse(text: &str) -> Result<Self, BundleError> {
                check($what, text, $first, $rest, $reason)?;
                Ok(Self(text.to_owned()))
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    };
}

name! {
    /// The name of an image, an extension or a project: `[a-z][a-z0-9-]{0,63}`.
    ImageName, "name",
    |byte| byte.is_ascii_lowercase(),
    |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-',
    "it takes 1 to 64 of lowercase letters, digits and `-`, beginning with a letter"
}
name! {
    /// A version: `[0-9A-Za-z][0-9A-Za-z.+~-]{0,63}`.
    Version, "version",
    |byte| byte.is_ascii_alphanumeric(),
    |byte| byte.is_ascii_alphanumeric() || b".+~-".contains(&byte),
    "it takes 1 to 64 of letters, digits and `. + ~ -`, beginning with a letter or a digit"
}
name! {
    /// What the image runs on, such as `x86_64-linux`.
    PlatformName, "platform",
    |byte| byte.is_ascii_lowercase(),
    |byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte),
    "it is an architecture and a system, such as x86_64-linux"
}

impl PlatformName {
    /// The architecture: what stands before the first `-`.
    #[must_use]
    pub fn architecture(&self) -> &str {
        self.0.split_once('-').map_or(self.0.as_str(), |(architecture, _)| architecture)
    }
}

/// What made the modules' signatures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Signer {
    /// Nobody: keys derived from the modules themselves.
    #[serde(rename = "keyless")]
    Keyless,
    /// A ceremony with a P-384 key.
    #[serde(rename = "p384")]
    P384,
    /// A ceremony with an RSA key of 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
}

impl Signer {
    /// The word that documents have for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Keyless => "keyless",
            Self::P384 => "p384",
            Self::Rsa4096 => "rsa-4096",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_alphabet_holds_what_it_says() {
        for good in ["1.0.0", "2026.11~rc1+b2", "A", "v1-x"] {
            assert_eq!(Version::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".1", "-1", "1/2", "1 0", "1_0", "é", "1\n", &"1".repeat(65)] {
            assert!(Version::parse(bad).is_err(), "{bad:?}");
        }
        for bad in ["", "Q", "1q", "a.b", "a/b", "-a"] {
            assert!(ImageName::parse(bad).is_err(), "{bad:?}");
        }
        assert_eq!(PlatformName::parse("x86_64-linux").unwrap().architecture(), "x86_64");
    }

    #[test]
    fn a_signer_has_the_same_word_everywhere() {
        for signer in [Signer::Keyless, Signer::P384, Signer::Rsa4096] {
            assert_eq!(serde_json::to_value(signer).unwrap(), signer.word());
        }
    }
}
