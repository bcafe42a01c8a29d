// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The two kinds of key that sign modules, and how signatures name them in DER.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::der::{NULL, OBJECT_IDENTIFIER, SEQUENCE, tlv};

/// 1.2.840.10045.4.3.4, ecdsa-with-SHA512 (RFC 5758 §3.2).
const ECDSA_WITH_SHA512: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04];
/// 1.2.840.113549.1.1.13, sha512WithRSAEncryption (RFC 8017 appendix C).
const SHA512_WITH_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d];
/// 1.2.840.113549.1.1.1, rsaEncryption.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

/// A kind of key; each signs SHA-512 digests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Algorithm {
    /// ECDSA on NIST P-384 with the nonce of RFC 6979 and the lower of s and n - s.
    #[serde(rename = "p384")]
    P384,
    /// RSA of 4096 bits, PKCS#1 v1.5, exponent 65537.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
}

impl Algorithm {
    /// The `AlgorithmIdentifier` that a certificate states (twice).
    pub(crate) fn certificate_identifier(self) -> Vec<u8> {
        match self {
            Self::P384 => tlv(SEQUENCE, &tlv(OBJECT_IDENTIFIER, ECDSA_WITH_SHA512)),
            Self::Rsa4096 => {
                tlv(SEQUENCE, &[tlv(OBJECT_IDENTIFIER, SHA512_WITH_RSA), tlv(NULL, &[])].concat())
            }
        }
    }

    /// The `AlgorithmIdentifier` that a CMS `SignerInfo` states. The kernel's `sign-file` names RSA without its hash here.
    pub(crate) fn cms_identifier(self) -> Vec<u8> {
        match self {
            Self::P384 => self.certificate_identifier(),
            Self::Rsa4096 => {
                tlv(SEQUENCE, &[tlv(OBJECT_IDENTIFIER, RSA_ENCRYPTION), tlv(NULL, &[])].concat())
            }
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::P384 => "p384",
            Self::Rsa4096 => "rsa-4096",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_in_messages_is_the_name_in_json() {
        for algorithm in [Algorithm::P384, Algorithm::Rsa4096] {
            assert_eq!(serde_json::to_string(&algorithm).unwrap(), format!("\"{algorithm}\""));
        }
        assert!(serde_json::from_str::<Algorithm>("\"P384\"").is_err());
    }
}
