// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The predicates that releases carry: how they were built, what is in them, and that somebody else built the same.
//!
//! One more, the key statement, belongs to the process that holds the key (`ashlar-module-signature`).

mod rebuild;
mod release_build;
mod slsa;
mod spdx;

pub use rebuild::{RebuildStatement, Verdict};
pub use release_build::{RELEASE_BUILD_TYPE, RELEASE_BUILDER, ReleaseParameters};
pub use slsa::{BuildDefinition, BuildMetadata, Builder, DigestSet, Resource, RunDetails, SlsaProvenance};
pub use spdx::SpdxDocument;
