// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Something being written beside the place where it will be, which nobody else can reach until it has its name.
//!
//! ```text
//! <parent>/.<id>.new-<number>/           mode 0700: no other user comes through it
//! <parent>/.<id>.new-<number>/content/   what is being written; renamed to its name when it is finished
//! ```
//! The inner folder has the mode that any new folder of this process gets, so what is published has the usual mode
//! without a question for the umask, which can only be asked by changing it (umask(2)).

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use crate::{BundleError, durable};

/// The mode of the closed folder: for its owner alone.
const CLOSED: u32 = 0o700;

/// An empty folder to write to. Dropped before [`Unfinished::publish`], it leaves nothing.
#[derive(Debug)]
#[must_use]
pub(crate) struct Unfinished {
    closed: PathBuf,
    content: PathBuf,
}

impl Unfinished {
    /// Makes the first folder `<prefix><number>` that is not there yet, in `parent`.
    pub(crate) fn make(parent: &Path, prefix: &str) -> Result<Self, BundleError> {
        let mut number = 0_u32;
        let closed = loop {
            let path = parent.join(format!("{prefix}{number}"));
            match DirBuilder::new().mode(CLOSED).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < u32::MAX => {
                    number += 1;
                }
                result => break result.map(|()| path.clone()).map_err(BundleError::write(&path))?,
            }
        };
        let content = closed.join("content");
        let unfinished = Self { closed, content };
        fs::create_dir(&unfinished.content).map_err(BundleError::write(&unfinished.content))?;
        Ok(unfinished)
    }

    /// Where to write.
    pub(crate) fn path(&self) -> &Path {
        &self.content
    }

    /// Gives what was written, and flushed, its name.
    pub(crate) fn publish(self, name: &Path) -> Result<(), BundleError> {
        durable::publish(&self.content, name)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // If that fails too, the next claim removes it.
        let _left_for_the_next_claim = durable::remove_folder(&self.closed);
    }
}
