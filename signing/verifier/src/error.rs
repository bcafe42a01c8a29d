// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a signature, a signed module or a certificate was refused.

use ashlar_module_signature::{Algorithm, FormatError};
use der::asn1::ObjectIdentifier;

/// One reason for not trusting some bytes.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// A list of certificates that the kernel's loader would not take.
    #[error("read the certificates: {reason} at offset {offset}")]
    CertificateList {
        /// Byte offset in the list.
        offset: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// An item of the list that is no certificate in DER.
    #[error("read certificate {index}: it is not X.509 in DER")]
    CertificateDer {
        /// Position in the list, from 0.
        index: usize,
        /// The cause.
        #[source]
        source: der::Error,
    },
    /// A certificate that says the same in other bytes than DER does.
    #[error("read certificate {index}: its encoding is not DER's")]
    CertificateEncoding {
        /// Position in the list, from 0.
        index: usize,
    },
    /// A certificate with a key that signs no modules.
    #[error("read the key of certificate {index}: {reason}")]
    CertificateKey {
        /// Position in the list, from 0.
        index: usize,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// Two certificates that signatures cannot tell apart.
    #[error("read certificate {index}: certificate {first} has the same issuer and serial number")]
    CertificateTwice {
        /// Position of the second, from 0.
        index: usize,
        /// Position of the first.
        first: usize,
    },
    /// A module without a signature.
    #[error("split the module from its signature: it has none")]
    Unsigned,
    /// What follows the signature is not what the kernel takes.
    #[error("split the module from its signature: {reason}")]
    Trailer {
        /// What is wrong.
        reason: &'static str,
    },
    /// A signature longer than any that is canonical.
    #[error("read a signature of {length} bytes: the limit is {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The most that is read.
        limit: usize,
    },
    /// A signature that is no CMS in DER.
    #[error("read the signature: it is not CMS in DER")]
    NotCms {
        /// The cause.
        #[source]
        source: der::Error,
    },
    /// Something follows the CMS.
    #[error("read the signature: {length} bytes follow the CMS")]
    TrailingBytes {
        /// How many.
        length: usize,
    },
    /// CMS of another kind than signed data.
    #[error("read the signature: it is CMS of the type {found}, not signed data")]
    ContentType {
        /// The type found.
        found: ObjectIdentifier,
    },
    /// Signed data about something that has a type of its own.
    #[error("read the signature: it signs content of the type {found}, not data")]
    SignedContentType {
        /// The type found.
        found: ObjectIdentifier,
    },
    /// The signed content is in the signature.
    #[error("read the signature: the signed content is embedded")]
    EmbeddedContent,
    /// Certificates are in the signature: the kernel would follow them to a trusted one.
    #[error("read the signature: certificates are embedded")]
    EmbeddedCertificates,
    /// Revocation lists are in the signature.
    #[error("read the signature: revocation lists are embedded")]
    EmbeddedRevocations,
    /// No signer, or several.
    #[error("read the signature: it has {count} signers, not one")]
    SignerCount {
        /// How many.
        count: usize,
    },
    /// With signed attributes the signature is over them, and no longer over the module.
    #[error("read the signature: it has signed attributes")]
    SignedAttributes,
    /// Unsigned attributes are bytes that nobody vouches for.
    #[error("read the signature: it has unsigned attributes")]
    UnsignedAttributes,
    /// Another digest than SHA-512.
    #[error("read the signature: its digest algorithm is {found}, not SHA-512")]
    DigestAlgorithm {
        /// The algorithm found.
        found: ObjectIdentifier,
    },
    /// The list of digest algorithms is not that of the one signer.
    #[error("read the signature: it lists {count} digest algorithms, not one")]
    DigestAlgorithmCount {
        /// How many.
        count: usize,
    },
    /// The signer is named by a key identifier.
    #[error("find the signer: it is named by a key identifier, not by issuer and serial number")]
    SignerIdentifier,
    /// No certificate has the issuer and the serial number of the signer.
    #[error("find the signer: no certificate has the serial number {serial} of {issuer}")]
    UnknownSigner {
        /// Serial number of the signer, hex.
        serial: String,
        /// Issuer of the signer.
        issuer: String,
    },
    /// The signature's algorithm is not that of the signer's key.
    #[error("verify the signature: it is by {found}, and the key is for {key}")]
    AlgorithmMismatch {
        /// The signature's algorithm.
        found: ObjectIdentifier,
        /// The key's.
        key: Algorithm,
    },
    /// The bytes of the signature have no meaning for the algorithm.
    #[error("verify the signature: {reason}")]
    SignatureForm {
        /// What is wrong with them.
        reason: &'static str,
    },
    /// The signature is not by this key, or not over this module.
    #[error("verify the signature: it does not fit the module and the key")]
    BadSignature,
    /// The signature is valid, and so is another with n - s, which is the one that signers make.
    #[error("verify the signature: of s and n - s it holds the higher")]
    HighS,
    /// The signature is valid, and written differently than the templates write it.
    #[error("compare the signature with its canonical form: they differ at offset {offset}")]
    NotCanonical {
        /// First byte that differs.
        offset: usize,
    },
    /// The canonical form cannot be written, because the signer's certificate is none of a release.
    #[error("compare the signature with its canonical form: {issuer} is not the issuer of any release")]
    ForeignIssuer {
        /// Issuer of the certificate.
        issuer: String,
    },
    /// A template could not be filled.
    #[error("write the canonical form")]
    Template {
        /// The cause.
        #[source]
        source: FormatError,
    },
    /// A certificate that holds a choice that nobody should have had.
    #[error("compare the certificate with its canonical form: they differ at offset {offset}")]
    CertificateNotCanonical {
        /// First byte that differs.
        offset: usize,
    },
    /// A key that was not derived from the module: somebody may hold its private half.
    #[error("derive the key of the module again: the certificate holds another")]
    KeyNotDerived,
}

impl Refusal {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Unsigned => Some("every module of a release is signed: run `ashlar release` again"),
            Self::CertificateNotCanonical { .. } | Self::NotCanonical { .. } | Self::HighS => {
                Some("a release holds only what its templates write: do not trust this one")
            }
            Self::KeyNotDerived => Some("do not trust this release: its keyless keys are not keyless"),
            _ => None,
        }
    }
}
