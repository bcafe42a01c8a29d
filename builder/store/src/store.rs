// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The handle on a store: shared by all who build, exclusive for who removes.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use ashlar_digest::DerivationId;
use rustix::fs::syncfs;

use crate::layout::Layout;
use crate::lock::{self, Sharing};
use crate::scratch::{Owned, remove_dead, remove_doomed};
use crate::{CheckMode, Progress, Report, StoreError};

/// A store that is open. Clones are cheap and share everything.
#[derive(Clone, Debug)]
pub struct Store {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    layout: Layout,
    /// Where this process writes before it renames; made when first needed, so that a full disk can be read.
    session: OnceLock<Owned>,
    starting: Mutex<()>,
    counter: AtomicU64,
    /// Held for as long as anybody uses the store, declared last to be released last.
    _lock: File,
}

/// A store that nobody else has open: the only way to remove anything.
#[derive(Debug)]
pub struct ExclusiveStore {
    pub(crate) store: Store,
}

impl Store {
    /// Opens the store at `path`, and makes it if there is none. Waits while another process collects garbage.
    ///
    /// # Errors
    /// [`StoreError::NotAStore`], [`StoreError::Format`], or what reading, writing and locking give.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_or_wait(path, || {})
    }

    /// As [`Store::open`], calling `waiting` once before it waits.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_or_wait(path: &Path, mut waiting: impl FnMut()) -> Result<Self, StoreError> {
        Self::open_as(path, Sharing::Shared, &mut waiting)
    }

    fn open_as(path: &Path, sharing: Sharing, waiting: &mut dyn FnMut()) -> Result<Self, StoreError> {
        let layout = Layout::open(path)?;
        let lock = lock::take(&layout.directory("lock"), sharing, waiting)?;
        remove_dead(&layout.directory("tmp"))?;
        let inner = Inner {
            layout,
            session: OnceLock::new(),
            starting: Mutex::new(()),
            counter: AtomicU64::new(0),
            _lock: lock,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The store's folder, absolute.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.layout().root()
    }

    /// Where the log of a build belongs.
    #[must_use]
    pub fn log_path(&self, id: DerivationId) -> PathBuf {
        self.layout().log(id)
    }

    /// Where downloads lie until they are complete.
    #[must_use]
    pub fn partial_directory(&self) -> PathBuf {
        self.layout().directory("partial")
    }

    /// Waits until everything written is on the medium. Without it, a loss of power (never a killed process) can
    /// damage what was written last.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn flush(&self) -> Result<(), StoreError> {
        let path = self.path();
        let folder = File::open(path).map_err(StoreError::read(path))?;
        syncfs(folder).map_err(|error| StoreError::write(path)(error.into()))
    }

    pub(crate) fn layout(&self) -> &Layout {
        &self.inner.layout
    }

    pub(crate) fn inner(&self) -> Arc<Inner> {
        Arc::clone(&self.inner)
    }

    /// A path that nothing has, in the part of `tmp/` that belongs to this process.
    pub(crate) fn temporary_path(&self) -> Result<PathBuf, StoreError> {
        let number = self.inner.counter.fetch_add(1, Ordering::Relaxed);
        Ok(self.session()?.join(number.to_string()))
    }

    fn session(&self) -> Result<&Path, StoreError> {
        if let Some(session) = self.inner.session.get() {
            return Ok(session.path());
        }
        let _alone = self.inner.starting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(session) = self.inner.session.get() {
            return Ok(session.path());
        }
        let session = Owned::create(&self.layout().directory("tmp"), "session")?;
        Ok(self.inner.session.get_or_init(|| session).path())
    }
}

impl ExclusiveStore {
    /// Waits until nobody has the store open, and keeps it for itself; `waiting` is called once before it waits.
    /// A process that has a [`Store`] open on the same folder would wait for itself.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open(path: &Path, mut waiting: impl FnMut()) -> Result<Self, StoreError> {
        let store = Store::open_as(path, Sharing::Exclusive, &mut waiting)?;
        remove_doomed(&store.layout().directory("tmp"))?;
        Ok(Self { store })
    }

    /// As [`Store::check`].
    ///
    /// # Errors
    /// As [`Store::check`].
    pub fn check(&self, mode: CheckMode, progress: &(dyn Fn(Progress) + Sync)) -> Result<Report, StoreError> {
        self.store.check(mode, progress)
    }
}
