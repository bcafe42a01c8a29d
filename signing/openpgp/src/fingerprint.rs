// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fingerprints of certificates: the names that trust is pinned to.

use std::fmt;
use std::str::FromStr;

use sequoia_openpgp as openpgp;

use crate::OpenPgpError;

/// Fingerprint of a certificate's primary key: 40 hex digits (version 4) or 64 (version 6), shown in capitals.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// As capital hex digits without spaces.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn of(cert: &openpgp::Cert) -> Self {
        Self(cert.fingerprint().to_hex())
    }
}

impl FromStr for Fingerprint {
    type Err = OpenPgpError;

    /// Reads hex digits in either case. Key ids, which can be forged, and spaces are refused.
    fn from_str(text: &str) -> Result<Self, OpenPgpError> {
        if matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            Ok(Self(text.to_ascii_uppercase()))
        } else {
            Err(OpenPgpError::Fingerprint { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_fingerprints_are_names() {
        let text = "4cb50190207b4758a3f73a796ed0e7b82643e131";
        assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), text.to_uppercase());
        for text in
            ["", "6ED0E7B82643E131", "2643E131", &format!("0x{}", &text[2..]), &text.replace('4', " ")]
        {
            assert!(text.parse::<Fingerprint>().is_err(), "{text:?}");
        }
    }
}
