// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The image: built from an empty store, compared, booted both ways, damaged, and read by programs of other people.
//!
//! This takes as long as the kernel takes to compile. Cargo runs it after the small tests.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test; clippy knows only functions with the attribute")]

mod boots;
mod built;
mod read_back;
mod scene;
