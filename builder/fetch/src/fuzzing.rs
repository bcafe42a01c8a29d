// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reader of module zips, as a target in fuzz/ reaches it: everybody else names a file and the hash that it must have.

use std::io::Cursor;

use crate::Reason;
use crate::go::{Hash1, ModuleVersion, of_zip_within};

/// The hash of the zip of `module`, which may unpack to `bound` bytes.
///
/// # Errors
/// [`Reason::Archive`] for what is no module zip.
pub fn zip_hash(zip: &[u8], module: &ModuleVersion, bound: u64) -> Result<Hash1, Reason> {
    of_zip_within(Cursor::new(zip), module, bound)
}
