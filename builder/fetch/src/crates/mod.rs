// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The crates of a `Cargo.lock`: which ones a package needs, and where their files are.
//!
//! The lock names a SHA-256 for every crate, so they are sources like any other. They are downloaded by the
//! host's own `cargo`, which knows the user's registries, mirrors and credentials; this crate knows none.

mod client;
mod lock;

pub use client::CargoClient;
pub use lock::{Crate, CrateSet};
