// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file that gets its final name only when it is complete.

use std::fs::{self, File, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, futimens, utimensat};

use crate::{MTIME, Store, StoreError};

const TIMES: Timestamps = Timestamps {
    last_access: Timespec { tv_sec: MTIME, tv_nsec: 0 },
    last_modification: Timespec { tv_sec: MTIME, tv_nsec: 0 },
};

/// Removed when dropped before [`NewFile::publish`].
#[derive(Debug)]
pub(crate) struct NewFile {
    file: File,
    path: PathBuf,
    published: bool,
}

impl NewFile {
    pub(crate) fn create(store: &Store) -> Result<Self, StoreError> {
        let path = store.temporary_path()?;
        let file = File::create_new(&path).map_err(StoreError::write(&path))?;
        Ok(Self { file, path, published: false })
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), StoreError> {
        self.file.write_all(bytes).map_err(StoreError::write(&self.path))
    }

    /// Gives the file its mode, the constant time and its name. What had the name is replaced.
    pub(crate) fn publish(self, destination: &Path, mode: u32) -> Result<(), StoreError> {
        futimens(&self.file, &TIMES).map_err(|error| StoreError::write(&self.path)(error.into()))?;
        self.publish_dated(destination, mode)
    }

    /// As [`NewFile::publish`], but it keeps the time at which it was written. Only for what no build can see.
    pub(crate) fn publish_dated(mut self, destination: &Path, mode: u32) -> Result<(), StoreError> {
        self.file.set_permissions(Permissions::from_mode(mode)).map_err(StoreError::write(&self.path))?;
        rename(&self.path, destination)?;
        self.published = true;
        Ok(())
    }
}

impl Drop for NewFile {
    fn drop(&mut self) {
        if !self.published {
            // It lies in the session's directory, which is removed as a whole later.
            let _garbage_at_worst = fs::remove_file(&self.path);
        }
    }
}

/// Renames into a directory `ab/` that may not exist yet.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        result => return result.map_err(StoreError::write(to)),
    }
    if let Some(parent) = to.parent() {
        match fs::create_dir(parent) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
                return Err(StoreError::write(parent)(error));
            }
            _ => {}
        }
    }
    fs::rename(from, to).map_err(StoreError::write(to))
}

/// Gives a file, directory or link the constant time, without following links.
pub(crate) fn set_times(path: &Path) -> Result<(), StoreError> {
    utimensat(CWD, path, &TIMES, AtFlags::SYMLINK_NOFOLLOW)
        .map_err(|error| StoreError::write(path)(error.into()))
}
