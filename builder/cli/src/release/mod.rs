// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release: modules collected, a ceremony held, the release directory filled (docs/design/release.md).
//!
//! Building, signing and writing are separate: everything keyless is built and its digests are committed to before a key exists.

mod agent;
mod assembled;
mod ceremony;
mod checkout;
mod contents;
mod derived;
mod files;
mod inputs;
mod keys;
mod modules;
mod provenance;
mod published;
mod sbom_statements;
mod secure_boot;
mod signatures;
mod signing;
mod stated;
mod store_blobs;

pub(crate) use agent::Agent;
pub(crate) use assembled::{Assembled, Part, image_epoch};
pub(crate) use checkout::checkout_digest;
pub(crate) use contents::system_map;
pub(crate) use derived::derived;
pub(crate) use files::{read_file, read_pem};
pub(crate) use inputs::inputs_of;
pub(crate) use keys::{publisher_key, trust, trusted_keys};
pub(crate) use modules::unsigned_modules;
pub(crate) use provenance::provenance;
pub(crate) use published::Published;
pub(crate) use sbom_statements::sbom_statements;
pub(crate) use secure_boot::{SecureBoot, with_signature};
pub(crate) use signatures::{signature_parts, store_signatures};
pub(crate) use signing::{Wanted, sign_modules};
pub(crate) use stated::Stated;
pub(crate) use store_blobs::StoreBlobs;
