// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release directory: its layout, its manifest, how it is written, and how two of them are compared.
//!
//! ```text
//! Claim::take → resume / record_ceremony → ReleaseWriter::begin → add… → publish → <parent>/<release id>/
//! Listing::of_directory + Manifest::from_json → differences;   diff::compare(one, other) → Report
//! ```
//! The only effect is on the disk. Formats: docs/design/release.md, "Release directory".
#![forbid(unsafe_code)]

mod bundle_path;
mod canonical;
mod ceremony_record;
mod claim;
pub mod diff;
mod durable;
pub mod erofs;
mod error;
mod inputs;
pub mod layout;
pub mod limits;
mod listing;
mod manifest;
mod names;
mod regular_file;
mod sums;
mod unfinished;
mod writer;

pub use ashlar_module_signature::{ModuleDigest, ReleaseId};
pub use bundle_path::BundlePath;
pub use ceremony_record::{CeremonyCommitment, CeremonyResults, Seal};
pub use claim::Claim;
pub use error::BundleError;
pub use inputs::{Input, Inputs};
pub use layout::{Layout, Role};
pub use listing::{Listing, Measured, read_file};
pub use manifest::{FileDifference, FileEntry, Manifest, ManifestHead};
pub use names::{ImageName, PlatformName, Signer, Version};
pub use regular_file::{open_regular, read_regular};
pub use sums::Sums;
pub use writer::{Content, ReleaseWriter};
