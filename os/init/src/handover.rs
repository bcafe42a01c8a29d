// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the initramfs tells the program in the root: `/run/ashlar/initramfs.json`, written and read only here (handover_file.rs).
//!
//! Only what cannot be asked of the kernel again; facts such as the root hash never travel through a file.

use crate::error::InitError;
use crate::{handover_file, mounts};
use ashlar_kernel_state::Failure;
use std::fs;

const FOLDER: &str = "/run/ashlar";
const PATH: &str = "/run/ashlar/initramfs.json";

/// Keeps the failures that did not stop the initramfs.
pub(crate) fn write(failures: Vec<Failure>) -> Result<(), InitError> {
    mounts::create_directory(FOLDER)?;
    fs::write(PATH, handover_file::text(failures))
        .map_err(|source| InitError::Write { path: PATH.to_owned(), source })
}

/// The failures of the initramfs.
///
/// # Errors
/// Also when there is no file: then nobody knows what failed.
pub(crate) fn read() -> Result<Vec<Failure>, InitError> {
    let text =
        fs::read_to_string(PATH).map_err(|source| InitError::Read { path: PATH.to_owned(), source })?;
    handover_file::parse(&text).map_err(|source| InitError::Understand { path: PATH.to_owned(), source })
}
