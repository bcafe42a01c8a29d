// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release for tests: small, of no use to a machine, and consistent in every byte that an audit looks at.
//!
//! Its parts are made by the crates that make real ones; only kernel and stub are made here. Keys come from seeds,
//! so every run is the same.

#[path = "../../bundle/src/erofs/synthetic.rs"]
mod erofs;
mod file_system;
mod image_files;
mod keys;
mod programs;
mod release;

pub(crate) use file_system::FileSystem;
pub(crate) use image_files::{NewcEntry, archive, extension, unified, with_entry};
pub(crate) use keys::{Random, ceremony_key, publisher_key};
pub(crate) use programs::bzimage;
pub(crate) use release::{MODULES, OS_DOCUMENT, Signing, Synthetic, TOOLS_DOCUMENT, Written, digests};
