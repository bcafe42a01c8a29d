// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Directories for work in progress, which vanish with the process that made them.
//!
//! `tmp/<name>.owner` exists and is locked before `tmp/<name>/` exists, and is removed after it. So whoever can lock an
//! owner file knows that its directory is garbage: the process that made it is dead.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::rand::{GetRandomFlags, getrandom};

use crate::inspect::files;
use crate::layout::{DOOMED_PREFIX, OWNER_SUFFIX};
use crate::lock::{self, Sharing};
use crate::remove::remove_tree;
use crate::{Store, StoreError};

/// A directory in `tmp/` and the lock that says that its owner lives.
#[derive(Debug)]
pub(crate) struct Owned {
    path: PathBuf,
    owner: PathBuf,
    _lock: File,
}

impl Owned {
    pub(crate) fn create(parent: &Path, name: &str) -> Result<Self, StoreError> {
        loop {
            let full = format!("{name}-{}", random_name()?);
            let owner = parent.join(format!("{full}{OWNER_SUFFIX}"));
            let lock = lock::open(&owner)?;
            // Between the two calls another process may have taken the file for that of a dead one.
            if !lock::try_take(&lock, &owner, Sharing::Exclusive)? || !same_file(&lock, &owner)? {
                continue;
            }
            let path = parent.join(full);
            fs::create_dir(&path).map_err(StoreError::write(&path))?;
            return Ok(Self { path, owner, _lock: lock });
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    fn clear(&self) -> Result<(), StoreError> {
        remove_tree(&self.path)?;
        fs::remove_file(&self.owner).map_err(StoreError::remove(&self.owner))
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // What is left here is garbage without an owner, which the next process that opens the store removes.
        let _left_for_the_next = self.clear();
    }
}

fn same_file(file: &File, path: &Path) -> Result<bool, StoreError> {
    use std::os::unix::fs::MetadataExt as _;
    let open = file.metadata().map_err(StoreError::read(path))?;
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(found.ino() == open.ino() && found.dev() == open.dev()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::read(path)(error)),
    }
}

pub(crate) fn random_name() -> Result<String, StoreError> {
    let mut bytes = [0_u8; 8];
    getrandom(&mut bytes, GetRandomFlags::empty())
        .map_err(|error| StoreError::Random { source: error.into() })?;
    Ok(format!("{:016x}", u64::from_ne_bytes(bytes)))
}

/// Removes the directories whose owners are dead.
pub(crate) fn remove_dead(parent: &Path) -> Result<(), StoreError> {
    for entry in fs::read_dir(parent).map_err(StoreError::read(parent))? {
        let entry = entry.map_err(StoreError::read(parent))?;
        let name = entry.file_name();
        let Some(stem) = name.to_str().and_then(|name| name.strip_suffix(OWNER_SUFFIX)) else { continue };
        let owner = entry.path();
        let lock = match File::open(&owner) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(StoreError::lock(owner)(error)),
        };
        // A lock on a file that has lost its name protects nothing: another process did the work.
        if !lock::try_take(&lock, &owner, Sharing::Exclusive)? || !same_file(&lock, &owner)? {
            continue;
        }
        remove_tree(&parent.join(stem))?;
        fs::remove_file(&owner).map_err(StoreError::remove(&owner))?;
    }
    Ok(())
}

/// Takes the name from a whole directory and then removes it, so that it is never seen half removed. It needs no space,
/// for this is how space is freed on a full disk. Only for who has the store alone.
pub(crate) fn doom(temporary: &Path, path: &Path) -> Result<(), StoreError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let doomed = temporary.join(format!("{DOOMED_PREFIX}{name}"));
    fs::rename(path, &doomed).map_err(StoreError::remove(path))?;
    remove_tree(&doomed)
}

/// Finishes what [`doom`] began in a process that died. Only for who has the store alone.
pub(crate) fn remove_doomed(parent: &Path) -> Result<(), StoreError> {
    for path in files(parent)? {
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(DOOMED_PREFIX)) {
            remove_tree(&path)?;
        }
    }
    Ok(())
}

/// A private directory for one build; removed when dropped, or by whoever opens the store after this process died.
#[derive(Debug)]
pub struct Scratch {
    owned: Owned,
    // Keeps garbage collection away from the work.
    _store: Store,
}

impl Scratch {
    /// The directory. It is empty, and on the same filesystem as the blobs.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.owned.path()
    }

    /// Removes it now, and says what could not be removed.
    ///
    /// # Errors
    /// [`StoreError::Remove`].
    pub fn remove(self) -> Result<(), StoreError> {
        remove_tree(self.owned.path())
    }
}

impl Store {
    /// A new private directory; `name` shows up in its path.
    ///
    /// # Errors
    /// [`StoreError::Write`], [`StoreError::Lock`].
    pub fn scratch(&self, name: &str) -> Result<Scratch, StoreError> {
        let safe: String = name
            .chars()
            .take(60)
            .map(|c| if c.is_ascii_alphanumeric() || "+-_.".contains(c) { c } else { '_' })
            .collect();
        let owned = Owned::create(&self.layout().directory("tmp"), &safe)?;
        Ok(Scratch { owned, _store: self.clone() })
    }
}
