// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files and folders that survive a power cut, or were never there: written, flushed, then named.
//!
//! rename(2) gives a folder its name at once; the bytes behind it are only on the disk after fsync(2) of the file, and
//! the name only after fsync of the folder that holds it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use ashlar_digest::Hasher;
use rustix::fs::OFlags;

use crate::{BundleError, Measured};

/// Writes a new file and flushes it. Gives size and digest of the bytes that were handed over for it, so they are true of
/// what was meant, whatever somebody makes of the file.
pub(crate) fn write_new(path: &Path, source: &mut dyn Read) -> Result<Measured, BundleError> {
    let written = File::create_new(path).and_then(|file| {
        let mut into = Counted { file, hasher: Hasher::new() };
        io::copy(source, &mut into)?;
        into.file.sync_all()?;
        Ok(Measured { size: into.hasher.size(), sha256: into.hasher.finish() })
    });
    written.map_err(BundleError::write(path))
}

/// A file, and the digest of what was written to it.
struct Counted {
    file: File,
    hasher: Hasher,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Flushes a folder.
pub(crate) fn flush_folder(path: &Path) -> Result<(), BundleError> {
    // What is no folder is not opened: a pipe in its place would make the writer wait.
    let flags = OFlags::DIRECTORY.bits().cast_signed();
    let opened = OpenOptions::new().read(true).custom_flags(flags).open(path);
    opened.and_then(|folder| folder.sync_all()).map_err(BundleError::write(path))
}

/// Gives a flushed folder its final name, which nothing has; the caller holds the claim, so nobody takes it meanwhile.
pub(crate) fn publish(folder: &Path, name: &Path) -> Result<(), BundleError> {
    if name.symlink_metadata().is_ok() {
        let source = io::Error::from(io::ErrorKind::AlreadyExists);
        return Err(BundleError::write(name)(source));
    }
    fs::rename(folder, name).map_err(BundleError::write(name))?;
    name.parent().map_or(Ok(()), flush_folder)
}

/// Removes a folder and all in it, without following links; content if there is none.
pub(crate) fn remove_folder(path: &Path) -> Result<(), BundleError> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(BundleError::remove(path)(error)),
        _ => Ok(()),
    }
}
