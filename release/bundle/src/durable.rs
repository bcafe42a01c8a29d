// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files and folders that survive a power cut, or were never there: written, flushed, then named.
//!
//! rename(2) gives a folder its name at once; the bytes behind it are only on the disk after fsync(2) of the file, and
//! the name only after fsync of the folder that holds it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::BundleError;

/// Writes a new file and flushes it.
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), BundleError> {
    let written = OpenOptions::new().write(true).create_new(true).open(path).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(BundleError::write(path))
}

/// Flushes a file or a folder.
pub(crate) fn flush(path: &Path) -> Result<(), BundleError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(BundleError::write(path))
}

/// Gives a flushed folder its final name, which nothing has; the caller holds the claim, so nobody takes it meanwhile.
pub(crate) fn publish(folder: &Path, name: &Path) -> Result<(), BundleError> {
    if name.symlink_metadata().is_ok() {
        let source = io::Error::from(io::ErrorKind::AlreadyExists);
        return Err(BundleError::write(name)(source));
    }
    fs::rename(folder, name).map_err(BundleError::write(name))?;
    name.parent().map_or(Ok(()), flush)
}

/// Removes a folder and all in it, without following links; content if there is none.
pub(crate) fn remove_folder(path: &Path) -> Result<(), BundleError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BundleError::remove(path)(error)),
        _ => Ok(()),
    }
}
