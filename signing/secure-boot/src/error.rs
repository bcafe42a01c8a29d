// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why an image could not be signed, or a signature not be believed.

use crate::PeDigest;

/// A failed step.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecureBootError {
    /// The image is not the PE32+ image that it has to be.
    #[error("read the EFI image, at offset {offset:#x}: {reason}")]
    Image {
        /// Byte offset in the file.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The image's certificate table is not one signature, written as [`crate::attach`] writes it.
    #[error("read the image's certificate table, at offset {offset:#x}: {reason}")]
    Table {
        /// Byte offset in the file.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Bytes that are no certificate to sign EFI images with.
    #[error("read the Secure Boot certificate: {reason}")]
    Certificate {
        /// What is wrong.
        reason: &'static str,
    },
    /// A text that is no key to sign EFI images with.
    #[error("read the Secure Boot key: {reason}")]
    Key {
        /// What is wrong.
        reason: &'static str,
    },
    /// The key gave no signature.
    #[error("sign the image: the key and its numbers do not fit each other")]
    Sign,
    /// Bytes that are not a signature as this crate writes it.
    #[error("read the Secure Boot signature: {reason}")]
    Signature {
        /// What is wrong.
        reason: &'static str,
    },
    /// A signature of another image.
    #[error(
        "check the Secure Boot signature: it is of an image with the digest {signed}, this one has {found}"
    )]
    OtherImage {
        /// The digest in the signature.
        signed: PeDigest,
        /// The image's digest.
        found: PeDigest,
    },
    /// The certificate's key did not make the signature.
    #[error("check the Secure Boot signature: the key of its certificate did not make it")]
    Forged,
    /// A file that is no empty store of firmware variables.
    #[error("write firmware variables, at offset {offset:#x}: {reason}")]
    Variables {
        /// Byte offset in the file.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
}

impl SecureBootError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Key { .. } => Some(
                "give an RSA key of 2048, 3072 or 4096 bits, unencrypted, as PEM: \
                 openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072",
            ),
            Self::Certificate { .. } => {
                Some("give one X.509 certificate of an RSA key of 2048, 3072 or 4096 bits, as PEM or DER")
            }
            Self::OtherImage { .. } => Some("compare the image with a rebuild: one of its inputs is another"),
            Self::Variables { .. } => Some("begin with OVMF_VARS_4M.fd as the package ovmf has it"),
            Self::Image { .. } | Self::Table { .. } | Self::Signature { .. } => None,
            Self::Sign | Self::Forged => None,
        }
    }
}
