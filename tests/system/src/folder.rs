// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A temporary folder, removed with everything in it.

use std::fs;
use std::path::{Path, PathBuf};

use crate::nonce;

/// A folder of one test.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// A new folder outside of any project, where the machine keeps temporary files.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn temporary() -> Self {
        Self::below(&std::env::temp_dir())
    }

    /// A new folder in `parent`: beside the stores of the tests, links between them are possible.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn below(parent: &Path) -> Self {
        let path = parent.join(format!("ashlar-system-{}", nonce()));
        fs::create_dir_all(&path).expect("make a temporary folder");
        // Imports are relative, so links on the way would lead elsewhere.
        Self { path: path.canonicalize().expect("find the temporary folder") }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A path in it.
    #[must_use]
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes read-only folders too: whatever a killed build leaves behind.
fn remove(path: &Path) {
    if fs::remove_dir_all(path).is_err() {
        open(path);
        // What is left then is a leftover of a test, not its result.
        fs::remove_dir_all(path).unwrap_or_default();
    }
}

fn open(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap_or_default();
    for entry in fs::read_dir(path).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            open(&entry.path());
        }
    }
}
