// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Locks between processes and threads: flock(2) on files that nobody removes while they may be held.
//!
//! The kernel releases them when their holder dies, however it dies. Files are opened close-on-exec, so that a build
//! never inherits one.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ashlar_digest::{DerivationId, SourceDigest};
use rustix::fs::{FlockOperation, flock};

use crate::store::Inner;
use crate::{Store, StoreError};

/// How a lock is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    Shared,
    Exclusive,
}

/// Opens the lock's file, creating it if need be.
pub(crate) fn open(path: &Path) -> Result<File, StoreError> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .read(true)
        .write(true)
        .open(path)
        .map_err(StoreError::lock(path))
}

/// Takes the lock if nobody else holds it; tells whether it did.
pub(crate) fn try_take(file: &File, path: &Path, sharing: Sharing) -> Result<bool, StoreError> {
    let operation = match sharing {
        Sharing::Shared => FlockOperation::NonBlockingLockShared,
        Sharing::Exclusive => FlockOperation::NonBlockingLockExclusive,
    };
    match rustix::io::retry_on_intr(|| flock(file, operation)) {
        Ok(()) => Ok(true),
        Err(rustix::io::Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(StoreError::lock(path)(error.into())),
    }
}

/// Takes the lock, and calls `waiting` once if that takes time.
pub(crate) fn take(path: &Path, sharing: Sharing, waiting: &mut dyn FnMut()) -> Result<File, StoreError> {
    let file = open(path)?;
    if !try_take(&file, path, sharing)? {
        waiting();
        wait(&file, path, sharing)?;
    }
    Ok(file)
}

/// Takes an exclusive lock on a directory itself.
pub(crate) fn take_directory(path: &Path) -> Result<File, StoreError> {
    let directory = File::open(path).map_err(StoreError::lock(path))?;
    wait(&directory, path, Sharing::Exclusive)?;
    Ok(directory)
}

fn wait(file: &File, path: &Path, sharing: Sharing) -> Result<(), StoreError> {
    let operation = match sharing {
        Sharing::Shared => FlockOperation::LockShared,
        Sharing::Exclusive => FlockOperation::LockExclusive,
    };
    rustix::io::retry_on_intr(|| flock(file, operation)).map_err(|error| StoreError::lock(path)(error.into()))
}

/// The right to build one derivation, fetch one source or make one checkout; given back when dropped.
#[derive(Debug)]
#[must_use = "the lock is given back at once if nobody keeps it"]
pub struct Guard {
    path: PathBuf,
    _file: File,
    // Its file is only removed under the exclusive lock of the store, which cannot be had while this is alive.
    _store: Arc<Inner>,
}

impl Guard {
    /// The lock's file, for messages.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Store {
    /// Waits for the right to build `id`, so that two processes never build the same thing; `waiting` is called once
    /// if another has it. Whoever waited must ask [`Store::realisation`] again afterwards.
    ///
    /// Call it from a thread of your own. A thread of rayon's pool that holds one lock may, inside any parallel call,
    /// take up a job that waits for another, and two processes that do so wait for each other.
    ///
    /// # Errors
    /// [`StoreError::Lock`].
    pub fn lock(&self, id: DerivationId, mut waiting: impl FnMut()) -> Result<Guard, StoreError> {
        self.lock_named(&id.to_string(), &mut waiting)
    }

    /// Waits for the right to fetch a source.
    ///
    /// # Errors
    /// [`StoreError::Lock`].
    pub fn lock_source(&self, digest: SourceDigest, mut waiting: impl FnMut()) -> Result<Guard, StoreError> {
        self.lock_named(&format!("source-{digest}"), &mut waiting)
    }

    pub(crate) fn lock_named(&self, name: &str, waiting: &mut dyn FnMut()) -> Result<Guard, StoreError> {
        let path = self.layout().lock(name);
        let file = take(&path, Sharing::Exclusive, waiting)?;
        Ok(Guard { path, _file: file, _store: self.inner() })
    }
}
