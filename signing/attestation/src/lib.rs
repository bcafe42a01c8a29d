// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Who says what of a release: in-toto statements in DSSE envelopes, and the long-lived keys that sign them.
//!
//! ```text
//! Statement<P> → envelope::seal (StatementSigner) → Envelope → envelope::verify (TrustedKey) → Verified<Statement<P>>
//! manifest.json → StatementSigner::sign → DetachedSignature → TrustedKey::verify
//! ```
//! Everything is a function of values: keys come as text, nothing is read or written here. What is not verified has
//! another type ([`Unverified`]) than what is ([`Verified`]). Formats: docs/design/release.md.
#![forbid(unsafe_code)]

mod algorithm;
mod certificate_key;
pub mod envelope;
mod error;
mod hex_digest;
mod key_id;
mod key_statement;
mod pem;
mod predicate;
mod publisher_key;
mod signature;
mod signer;
mod statement;
mod trusted_key;
mod verified;

#[cfg(test)]
mod foreign;

pub use ashlar_module_signature::{Envelope, EnvelopeSignature, KeyStatement, PAYLOAD_TYPE};
pub use certificate_key::CertificateKey;
pub use error::{AttestationError, KeyFault, KeyHalf, KeyStatementFault, PemFault, SignatureFault};
pub use key_id::KeyId;
pub use key_statement::verify_key_statement;
pub use predicate::{
    BuildDefinition, BuildMetadata, Builder, DigestSet, RELEASE_BUILD_TYPE, RELEASE_BUILDER,
    RebuildStatement, ReleaseParameters, Resource, RunDetails, SlsaProvenance, SpdxDocument, Verdict,
};
pub use publisher_key::PublisherKey;
pub use signature::DetachedSignature;
pub use signer::StatementSigner;
pub use statement::{Predicate, STATEMENT_TYPE, Statement, Subject, SubjectDigest};
pub use trusted_key::TrustedKey;
pub use verified::{Unverified, Verified};
