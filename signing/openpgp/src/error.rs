// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a signature does not count.

use std::time::{Duration, SystemTime};

use crate::Fingerprint;

/// A failed operation of this crate.
#[derive(Debug, thiserror::Error)]
pub enum OpenPgpError {
    /// Text that is no fingerprint.
    #[error("read the fingerprint {text:?}: it is not 40 or 64 hex digits")]
    Fingerprint {
        /// The text.
        text: String,
    },
    /// Bytes that are no keyring.
    #[error("read a keyring")]
    Keyring {
        /// What the parser said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Pinned keys that the keyring does not hold.
    #[error("find the pinned key {fingerprint} in the keyring")]
    PinnedKeyMissing {
        /// The first of them.
        fingerprint: Fingerprint,
    },
    /// No key was pinned: nothing could be trusted.
    #[error("verify a signature: no key is pinned")]
    NothingPinned,
    /// Text without the frame of an inline signature, or with anything before, between or behind it.
    #[error("verify a signed text: {reason}")]
    Frame {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// More bytes than any signed text of an archive has.
    #[error("verify a signed text: it has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// Bytes that are no OpenPGP message or signature.
    #[error("read a signature")]
    Malformed {
        /// What the parser said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The signed bytes could not be read.
    #[error("read the signed bytes")]
    Read {
        /// Why.
        #[source]
        cause: std::io::Error,
    },
    /// There is no signature.
    #[error("verify a signature: there is none")]
    NoSignature,
    /// Signatures, none by a key of the keyring.
    #[error("verify a signature: it was made by {}, and the keyring has no such key", .issuers.join(", "))]
    UnknownSigner {
        /// Key ids or fingerprints that the signatures name.
        issuers: Vec<String>,
    },
    /// Good signatures, none by a key that is pinned.
    #[error("verify a signature: it was made by {}, which is not pinned", list(.signers))]
    NotPinned {
        /// The keys.
        signers: Vec<Fingerprint>,
    },
    /// The key had expired.
    #[error("verify a signature of {signer}: the key has expired")]
    KeyExpired {
        /// The key.
        signer: Fingerprint,
    },
    /// The key was revoked.
    #[error("verify a signature of {signer}: the key is revoked")]
    KeyRevoked {
        /// The key.
        signer: Fingerprint,
    },
    /// The key may not make such signatures, or is too weak for today's policy.
    #[error("verify a signature of {signer}: the key is not acceptable")]
    KeyUnacceptable {
        /// The key.
        signer: Fingerprint,
        /// Why.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The signature is not valid yet, or not any more, at the time of use.
    #[error("verify a signature of {signer}: it is not valid now")]
    NotLive {
        /// The key.
        signer: Fingerprint,
        /// Why.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The bytes are not those that were signed.
    #[error(
        "verify a signature of {signer}: the bytes are not those that were signed, or the signature is too weak"
    )]
    BadSignature {
        /// The key.
        signer: Fingerprint,
        /// What the check said.
        #[source]
        cause: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl OpenPgpError {
    /// The next step to take, where there is one.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Fingerprint { .. } => {
                Some("write the whole fingerprint of the primary key, without spaces".into())
            }
            Self::PinnedKeyMissing { .. } => {
                Some("add the key to the keyring file, or take out its fingerprint".into())
            }
            Self::NothingPinned => Some("name at least one fingerprint".into()),
            Self::NotPinned { signers } => {
                Some(format!("if you have checked by another way that {} is right, pin it", list(signers)))
            }
            Self::UnknownSigner { .. } => {
                Some("the signer has a new key, or the file is forged: find out which".into())
            }
            Self::KeyExpired { .. } => Some("get the key again: its owner may have extended it".into()),
            Self::NotLive { .. } => Some("check the machine's clock".into()),
            Self::BadSignature { .. } | Self::Frame { .. } => Some("fetch again, from another mirror".into()),
            _ => None,
        }
    }

    /// How much this says about a text with several signatures; the most telling failure is reported.
    pub(crate) const fn rank(&self) -> u8 {
        match self {
            Self::BadSignature { .. } => 6,
            Self::KeyRevoked { .. } => 5,
            Self::KeyExpired { .. } => 4,
            Self::NotLive { .. } => 3,
            Self::KeyUnacceptable { .. } => 2,
            Self::NotPinned { .. } => 1,
            _ => 0,
        }
    }
}

fn list(signers: &[Fingerprint]) -> String {
    signers.iter().map(Fingerprint::as_str).collect::<Vec<_>>().join(" and ")
}

/// Seconds since 1970 as the time that the implementation wants. Not a clock.
pub(crate) fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(SystemTime::UNIX_EPOCH)
}
