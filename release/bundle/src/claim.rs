// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The right to make one release: at most one process, and at most one ceremony, for each version.
//!
//! ```text
//! <parent>/.<id>.lock             held (flock) by the one process that is at this release; removed with it
//! <parent>/.<id>.new-<number>/    something unfinished; what a killed process left is removed by the next claim
//! <parent>/.<id>.ceremony/        public results of the ceremony, until the release stands
//! <parent>/<id>/                  the release, whole or not there
//! ```
//! A claim that finds the release refuses: a release is never written twice. While there is a record of the ceremony,
//! a retried job resumes with the same certificate, so that two certificates never share one version.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ashlar_module_signature::ReleaseId;

use crate::unfinished::Unfinished;
use crate::{BundleError, durable};

/// The right to make a release, for as long as it lives.
#[derive(Debug)]
#[must_use = "the right is given back at once if nobody keeps it"]
pub struct Claim {
    parent: PathBuf,
    release: ReleaseId,
    lock: PathBuf,
    _held: File,
}

impl Claim {
    /// Claims the release `release` in the folder `parent`, which has to be there, and removes what a killed process
    /// left of it.
    ///
    /// # Errors
    /// [`BundleError::Claimed`] if another process is at it; [`BundleError::Exists`] if it is there already;
    /// [`BundleError::Lock`], [`BundleError::Read`], [`BundleError::Remove`].
    pub fn take(parent: &Path, release: &ReleaseId) -> Result<Self, BundleError> {
        let lock = parent.join(format!(".{release}.lock"));
        let held = lock_file(&lock, release)?;
        let claim = Self { parent: parent.to_owned(), release: release.clone(), lock, _held: held };
        claim.remove_leftovers()?;
        let path = claim.directory();
        if path.symlink_metadata().is_ok() {
            // Whoever made the release may have died before its last step.
            durable::remove_folder(&claim.record())?;
            return Err(BundleError::Exists { release: release.clone(), path });
        }
        Ok(claim)
    }

    /// The release that is claimed.
    #[must_use]
    pub const fn release(&self) -> &ReleaseId {
        &self.release
    }

    /// The folder that holds the release.
    #[must_use]
    pub fn parent(&self) -> &Path {
        &self.parent
    }

    /// Where the release will be.
    #[must_use]
    pub fn directory(&self) -> PathBuf {
        self.parent.join(self.release.as_str())
    }

    /// Where the results of the ceremony are recorded.
    pub(crate) fn record(&self) -> PathBuf {
        self.parent.join(format!(".{}.ceremony", self.release))
    }

    /// An empty folder for something unfinished. Only the holder of the claim makes such folders.
    pub(crate) fn unfinished(&self) -> Result<Unfinished, BundleError> {
        Unfinished::make(&self.parent, &self.unfinished_prefix())
    }

    fn unfinished_prefix(&self) -> String {
        format!(".{}.new-", self.release)
    }

    fn remove_leftovers(&self) -> Result<(), BundleError> {
        let prefix = self.unfinished_prefix();
        for entry in fs::read_dir(&self.parent).map_err(BundleError::read(&self.parent))? {
            let entry = entry.map_err(BundleError::read(&self.parent))?;
            let name = entry.file_name();
            let number = name.to_str().and_then(|name| name.strip_prefix(&prefix));
            // Release ids hold dots and dashes, so another release's folder could have this prefix, but not such an end.
            if number.is_some_and(|end| !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit())) {
                durable::remove_folder(&entry.path())?;
            }
        }
        Ok(())
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        // Still held, and whoever waits for it looks whether it still has its name: see `lock_file`.
        let _harmless_if_it_stays = fs::remove_file(&self.lock);
    }
}

/// Takes the lock. Its holder removes the file, so one that was locked but has lost its name is no lock any more.
fn lock_file(path: &Path, release: &ReleaseId) -> Result<File, BundleError> {
    let lock_error = |source| BundleError::Lock { path: path.to_owned(), source };
    loop {
        let file =
            OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(lock_error)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(BundleError::Claimed { release: release.clone(), lock: path.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(lock_error(source)),
        }
        let held = file.metadata().map_err(lock_error)?;
        match fs::symlink_metadata(path) {
            Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => return Ok(file),
            Ok(named) if named.is_symlink() => {
                return Err(BundleError::NotAFile { path: path.to_owned(), what: "a symbolic link" });
            }
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(source) => return Err(lock_error(source)),
        }
    }
}

#[cfg(test)]
mod tests;
