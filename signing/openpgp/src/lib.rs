// SPDX-License-Identifier: Apache-2.0 OR MIT
//! OpenPGP verification against pinned fingerprints.
//!
//! A crate of its own, because the implementation below it is large, is LGPL, and must not be linked into anything
//! that ships: it only ever verifies, on the machine that builds. It reads no clock and no keyring of the user.
#![forbid(unsafe_code)]

mod error;
mod fingerprint;
mod keyring;
mod verify;

pub use error::OpenPgpError;
pub use fingerprint::Fingerprint;
pub use keyring::Keyring;
pub use verify::{Signature, Verified};
