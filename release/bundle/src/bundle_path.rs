// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Paths inside a release directory: relative, without `..`, of characters that every tool prints plainly.
//!
//! ```text
//! path    = name *("/" name)             at most 512 bytes
//! name    = (letter / digit) *(letter / digit / one of . _ + ~ -)
//! ```
//! So no path leaves the directory, hides behind a dot, looks like an option, or needs an escape in SHA256SUMS.

use std::fmt;

use crate::BundleError;

const MAX_LENGTH: usize = 512;

/// A checked path, in byte order as paths sort in every list of a release.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BundlePath(String);

impl BundlePath {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`BundleError::Path`].
    pub fn parse(text: &str) -> Result<Self, BundleError> {
        let refuse = |reason| Err(BundleError::Path { text: text.chars().take(160).collect(), reason });
        if text.len() > MAX_LENGTH {
            return refuse("it is longer than 512 bytes");
        }
        for name in text.split('/') {
            if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) {
                return refuse("a name in it is empty or does not begin with a letter or a digit");
            }
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte)) {
                return refuse("it holds a character other than letters, digits, `/` and `. _ + ~ -`");
            }
        }
        Ok(Self(text.to_owned()))
    }

    /// The path as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder that holds it, if it is not the release directory itself.
    #[must_use]
    pub fn folder(&self) -> Option<&str> {
        self.0.rsplit_once('/').map(|(folder, _)| folder)
    }
}

impl fmt::Display for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BundlePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_directory_is_refused() {
        for text in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../b",
            "a/..",
            ".",
            "./a",
            "a/.",
            "a//b",
            "a/",
            "-rf",
            ".hidden",
            "a/.x",
            "a b",
            "a\nb",
            "a\\b",
            "a\0",
            "é",
            "a:b",
            "*",
        ] {
            assert!(matches!(BundlePath::parse(text), Err(BundleError::Path { .. })), "{text:?}");
        }
        assert!(BundlePath::parse(&"a".repeat(513)).is_err());
    }

    #[test]
    fn the_paths_of_a_release_are_taken() {
        for text in ["SHA256SUMS", "qemu.efi", "extensions/debug-tools.raw", "a/b/c", "x+1.0~rc_2"] {
            let path = BundlePath::parse(text).unwrap();
            assert_eq!(path.to_string(), text);
        }
        assert_eq!(BundlePath::parse("a/b/c").unwrap().folder(), Some("a/b"));
        assert_eq!(BundlePath::parse("a").unwrap().folder(), None);
    }
}
