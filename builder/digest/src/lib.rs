// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Typed digests and canonical JSON: the identities of everything.
//!
//! A digest is typed by its algorithm *and* by what was hashed, so that a source digest can never stand
//! where an artifact digest is meant. There are no conversions between the types: whoever really needs
//! one (a fetched source becomes a blob) says so through [`Sha256`].
#![forbid(unsafe_code)]

mod canonical;
mod hasher;
mod sha256;
mod typed;

pub use canonical::{CanonicalError, CanonicalWriter, Member, to_canonical_json};
pub use hasher::Hasher;
pub use sha256::{DigestError, Sha256};
pub use typed::{BlobDigest, DerivationId, SourceDigest, TreeDigest};
