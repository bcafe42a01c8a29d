// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The release id: `<project>-<image>-<version>-<arch>`, the name of a release and of its directory.
//!
//! It stands in names of certificates, where the kernel keeps the length of a common name in one byte; hence the limit.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::FormatError;
use crate::error::excerpt;

const MAX: usize = 200;

/// A checked release id: 1 to 200 of `[A-Za-z0-9._+~-]`, the first of `[a-z0-9]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReleaseId(String);

impl ReleaseId {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`FormatError::ReleaseId`] if it is empty, too long, or holds a character that an id does not have.
    pub fn parse(text: &str) -> Result<Self, FormatError> {
        let refuse = |reason| Err(FormatError::ReleaseId { text: excerpt(text), reason });
        if text.len() > MAX {
            return refuse("it is longer than 200 bytes");
        }
        if !text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit()) {
            return refuse("it has to begin with a lowercase letter or a digit");
        }
        if !text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+~-".contains(&byte)) {
            return refuse("it holds a character other than letters, digits and . _ + ~ -");
        }
        Ok(Self(text.to_owned()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ReleaseId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for ReleaseId {
    type Err = FormatError;

    fn from_str(text: &str) -> Result<Self, FormatError> {
        Self::parse(text)
    }
}

impl Serialize for ReleaseId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ReleaseId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_releases_are_taken() {
        for id in ["ashlar-qemu-1.0.0-x86_64", "a", "ashlar-k8s-2026.11~RC1+b2-aarch64", &"9".repeat(200)] {
            assert_eq!(ReleaseId::parse(id).unwrap().to_string(), id);
            let json = format!("\"{id}\"");
            assert_eq!(
                serde_json::to_string(&serde_json::from_str::<ReleaseId>(&json).unwrap()).unwrap(),
                json
            );
        }
    }

    #[test]
    fn an_id_that_leaves_its_directory_or_its_name_is_refused() {
        let long = "a".repeat(201);
        for id in
            ["", ".", "..", "../x", "a/b", "-a", "A", "a b", "a\n", "a\0", "a,CN=b", "é", "aé", "a=b", &long]
        {
            assert!(ReleaseId::parse(id).is_err(), "{id:?}");
        }
    }
}
