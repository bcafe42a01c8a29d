// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a value is not what a format allows, and why a frame could not be passed on.

use std::io;

use crate::Algorithm;

/// A value that a format does not allow, or a signature that could not be made.
#[derive(Debug, thiserror::Error)]
pub enum FormatError {
    /// Text that is not a digest.
    #[error("read the digest {text:?}: it takes exactly {digits} lowercase hex digits")]
    Digest {
        /// The text, its first 160 characters.
        text: String,
        /// How many digits there should be.
        digits: usize,
    },
    /// Text that is not a release id.
    #[error("read the release id {text:?}: {reason}")]
    ReleaseId {
        /// The text, its first 160 characters.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A time that a certificate cannot state.
    #[error("write the epoch {epoch} into a certificate: it is after the year 9999")]
    Epoch {
        /// Seconds since 1970.
        epoch: u64,
    },
    /// Bytes that are not a public key of a kind that signs modules.
    #[error("read the public key: {reason}")]
    PublicKey {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Numbers that are not a private key.
    #[error("take the private key: {reason}")]
    PrivateKey {
        /// What is wrong with it; says nothing of the key.
        reason: &'static str,
    },
    /// The source of randomness gave no usable key in many tries.
    #[error("make a key: the source of randomness repeats itself")]
    Randomness,
    /// Signing failed.
    #[error("sign: {reason}")]
    Sign {
        /// What went wrong; says nothing of the key.
        reason: &'static str,
    },
    /// A signature value outside the range of its algorithm.
    #[error("read the signature: {reason}")]
    Signature {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A signature of one algorithm and a key of another.
    #[error("join a signature by {signature} and a key for {key}")]
    Algorithms {
        /// Of the signature.
        signature: Algorithm,
        /// Of the key.
        key: Algorithm,
    },
    /// Something else than an attestation was to be signed as a message.
    #[error(
        "sign a message that does not begin with `DSSEv1 `: only module digests and attestations are signed"
    )]
    NotAnAttestation,
    /// No key could be derived for a module.
    #[error("derive the key of module {module}: {reason}")]
    Keyless {
        /// Digest of the module, hex.
        module: String,
        /// What went wrong.
        reason: &'static str,
    },
    /// The file to sign is no module.
    #[error("take the file as a kernel module: it does not begin with the ELF magic")]
    NotElf,
    /// The module to sign carries a signature.
    #[error("sign the module: it already ends with the magic of an appended signature")]
    AlreadySigned,
    /// A signature that is longer than the trailer can say.
    #[error("append a signature of {length} bytes: the trailer holds 32 bits")]
    SignatureLength {
        /// Its length in bytes.
        length: usize,
    },
    /// A commitment to nothing, or to more than a ceremony signs.
    #[error("commit to {count} modules: a ceremony signs from 1 to {max}", max = crate::MAX_MODULES)]
    CommitmentCount {
        /// How many there are.
        count: usize,
    },
    /// Committed digests that are out of order.
    #[error("read the committed digests: number {index} is not above the one before it")]
    CommitmentOrder {
        /// Position, from 0.
        index: usize,
    },
    /// A value that could not be written as JSON.
    #[error("write the key statement")]
    StatementWrite {
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// JSON that is not a key statement.
    #[error("read the key statement")]
    StatementRead {
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// A key statement that says something else than its format lets it.
    #[error("read the key statement: {reason}")]
    Statement {
        /// What is wrong with it.
        reason: &'static str,
    },
}

impl FormatError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::AlreadySigned => Some("give the module as it was built and stripped, before any signature"),
            Self::NotElf => {
                Some("give the uncompressed .ko file: modules are compressed after they are signed")
            }
            Self::ReleaseId { .. } => {
                Some("a release id is <project>-<image>-<version>-<arch>, such as ashlar-qemu-1.0.0-x86_64")
            }
            Self::Digest { .. }
            | Self::Epoch { .. }
            | Self::PublicKey { .. }
            | Self::PrivateKey { .. }
            | Self::Randomness
            | Self::Sign { .. }
            | Self::Signature { .. }
            | Self::Algorithms { .. }
            | Self::NotAnAttestation
            | Self::Keyless { .. }
            | Self::SignatureLength { .. }
            | Self::CommitmentCount { .. }
            | Self::CommitmentOrder { .. }
            | Self::StatementWrite { .. }
            | Self::StatementRead { .. }
            | Self::Statement { .. } => None,
        }
    }
}

/// A frame that could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    /// The other end could not be read.
    #[error("read a frame")]
    Read {
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The other end took no more bytes.
    #[error("write a frame")]
    Write {
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The other end stopped within a frame.
    #[error("read a frame: the other end stopped within it")]
    Truncated,
    /// A frame beyond the limit.
    #[error("pass on a frame of {length} bytes: the limit is {max}", max = crate::MAX_FRAME)]
    TooLong {
        /// Its length as stated.
        length: u64,
    },
    /// A frame that is not what is expected here.
    #[error("read a frame: {source}")]
    Malformed {
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
    /// A value that could not be written as JSON.
    #[error("write a frame: {source}")]
    Encode {
        /// The cause.
        #[source]
        source: serde_json::Error,
    },
}

/// The beginning of foreign text, short enough for a message.
pub(crate) fn excerpt(text: &str) -> String {
    text.chars().take(160).collect()
}
