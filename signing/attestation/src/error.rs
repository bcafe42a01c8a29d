// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why a key, a signature or a statement was not taken.

use std::fmt;

use ashlar_digest::CanonicalError;

use crate::KeyId;

/// Makes a key that this crate takes.
const MAKE_KEY: &str = "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out publisher.pem";
/// Takes the public half of it.
const MAKE_PUBLIC: &str = "openssl pkey -in publisher.pem -pubout -out publisher.pub.pem";

/// A failed operation on keys, signatures or statements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttestationError {
    /// The text has no usable PEM block.
    #[error("read a key: line {line}: {fault}")]
    Pem {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong there.
        fault: PemFault,
    },
    /// A PEM block of another kind than asked for.
    #[error("read a {wanted}: the file holds {found:?}")]
    PemLabel {
        /// What was to be read.
        wanted: KeyHalf,
        /// The label found.
        found: String,
    },
    /// A key that cannot sign or check releases.
    #[error("read a {half}: {fault}")]
    Key {
        /// Which half of a key.
        half: KeyHalf,
        /// What is wrong with it.
        fault: KeyFault,
    },
    /// A signature that is not encoded as it has to be.
    #[error("read a signature: {0}")]
    SignatureEncoding(SignatureFault),
    /// A signature that does not hold.
    #[error("verify a signature: it was not made by the key {key} over these bytes")]
    SignatureMismatch {
        /// The key.
        key: KeyId,
    },
    /// A signature that could not be made.
    #[error("sign with the key {key}")]
    Sign {
        /// The key.
        key: KeyId,
    },
    /// An envelope that is not a DSSE envelope as this crate writes it.
    #[error("read an envelope: {0}")]
    Envelope(String),
    /// An envelope of something that is no in-toto statement.
    #[error("read an envelope: its payload type is {found:?}, not {expected:?}")]
    PayloadType {
        /// Payload type found.
        found: String,
        /// Payload type of statements.
        expected: &'static str,
    },
    /// An envelope without signatures.
    #[error("verify an envelope: it has no signature")]
    NoSignature,
    /// An envelope without a signature of a trusted key.
    #[error("verify an envelope: no trusted key signed it, only {}", Keys(.claimed))]
    NoTrustedSignature {
        /// The key ids that the envelope names. Nothing says that they are true.
        claimed: Vec<String>,
    },
    /// A statement that cannot be read as the type asked for.
    #[error("read a statement: {0}")]
    Statement(String),
    /// A statement about something else than asked for.
    #[error("read a statement: its {field} is {found:?}, not {expected:?}")]
    StatementType {
        /// The field.
        field: &'static str,
        /// Its value.
        found: String,
        /// The value that it has to have.
        expected: &'static str,
    },
    /// A statement that is not written canonically, so its fields may be read in two ways.
    #[error("read a statement: it is not in canonical form, first at byte {offset}")]
    NotCanonical {
        /// The first byte that differs from the canonical form.
        offset: usize,
    },
    /// A statement with a number that canonical JSON cannot hold.
    #[error("write a statement: {0}")]
    Canonical(CanonicalError),
    /// A key statement that does not agree with itself or with its key.
    #[error("verify a key statement: {0}")]
    KeyStatement(KeyStatementFault),
    /// A line of a file of envelopes that is none.
    #[error("read line {line} of the provenance")]
    Line {
        /// Line, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: Box<AttestationError>,
    },
}

impl AttestationError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Pem { .. } | Self::PemLabel { .. } | Self::Key { .. } => Some(format!(
                "taken are P-384 keys: private as PKCS#8 (BEGIN PRIVATE KEY) or SEC1 (BEGIN EC PRIVATE KEY), not \
                 encrypted; public as BEGIN PUBLIC KEY. To make one: `{MAKE_KEY}`, then `{MAKE_PUBLIC}`"
            )),
            Self::NoTrustedSignature { .. } => {
                Some("compare these key ids with those of the publishers that you trust".to_owned())
            }
            Self::NoSignature => Some(
                "it may still be consistent: without a publisher's signature its origin is unproven".to_owned(),
            ),
            Self::SignatureEncoding(SignatureFault::HighS) => Some(
                "sign again until s is the lower of s and n-s, so that nobody can make a second valid signature; \
                 docs/design/release.md, \"Release directory\", says how with openssl"
                    .to_owned(),
            ),
            Self::Line { source, .. } => source.help(),
            Self::SignatureEncoding(_)
            | Self::SignatureMismatch { .. }
            | Self::Sign { .. }
            | Self::Envelope(_)
            | Self::PayloadType { .. }
            | Self::Statement(_)
            | Self::StatementType { .. }
            | Self::NotCanonical { .. }
            | Self::Canonical(_)
            | Self::KeyStatement(_) => None,
        }
    }
}

/// A list of key ids in a message.
struct Keys<'a>(&'a [String]);

impl fmt::Display for Keys<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, key) in self.0.iter().enumerate() {
            write!(f, "{}{key:?}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// Which half of a key was to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHalf {
    /// What signs.
    Private,
    /// What verifies.
    Public,
}

impl fmt::Display for KeyHalf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Private => "private key",
            Self::Public => "public key",
        })
    }
}

/// What is wrong with a PEM text (RFC 7468).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PemFault {
    /// There is no block in it.
    #[error("there is no PEM block")]
    NoBlock,
    /// A block that does not end, or that ends under another name.
    #[error("the block that begins here does not end")]
    Unfinished,
    /// Text outside of blocks that is no comment.
    #[error("this is neither a PEM block nor a comment")]
    Text,
    /// A private key that is encrypted.
    #[error("the key is encrypted")]
    Encrypted,
    /// More keys than one where one is asked for.
    #[error("there is a second key")]
    Second,
    /// Content that is not base64 of a key.
    #[error("the block is not the base64 of a DER structure")]
    Content,
}

/// What is wrong with a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// Another algorithm or curve.
    #[error("it is {0}, not an EC key on P-384")]
    Algorithm(String),
    /// Damaged or not canonical: another point than the private key's, a compressed point, trailing bytes.
    #[error("it is damaged or not written in the canonical way (uncompressed point, named curve)")]
    Encoding,
}

/// What is wrong with the encoding of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// Not the DER of two integers in range.
    #[error("it is not the DER of two integers below the order of P-384")]
    Der,
    /// The greater of s and n-s.
    #[error("its s is the greater of s and n-s")]
    HighS,
    /// An RSA signature of another length than its key.
    #[error("it has another length than the key")]
    Length,
}

/// In what a key statement does not agree with itself or with the key that signed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyStatementFault {
    /// Another number of signatures than the one of the ephemeral key.
    #[error("it has to have one signature, by the key of the certificate")]
    Signatures,
    /// It names another key or another algorithm than the certificate's.
    #[error("it names another key than the certificate's")]
    Key,
    /// What was signed is not what was committed to.
    #[error("what it lists as signed is not what was committed to")]
    Commitment,
}
