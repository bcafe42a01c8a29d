// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The image: built from an empty store, compared, booted both ways, damaged, and read by programs of other people; then released,
//! attacked and rebuilt.
//!
//! This takes as long as the kernel takes to compile. Cargo runs it after the small tests.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test; clippy knows only functions with the attribute")]

mod attacks;
mod boots;
mod built;
mod enforcement;
mod extensions;
mod interrupted;
mod key_search;
mod pipeline;
mod publication;
mod quorum;
mod read_back;
mod rebuilt;
mod recount;
mod releases;
mod scene;
mod secure_boot;
mod signers;
mod tampering;
