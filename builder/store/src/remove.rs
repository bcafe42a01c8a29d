// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Removal of directories that a build has written, whatever it did to them.
//!
//! A build may leave directories without permissions (so does an overlay's work directory), and chains of directories
//! deeper than a path may be long or a stack may reach. So nothing recurses: a directory that is not empty is
//! moved up to the top, and emptied there. Links are never followed.

use std::fs::{self, DirEntry, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use crate::StoreError;

/// Removes `path` and everything below it; nothing there is success.
pub(crate) fn remove_tree(path: &Path) -> Result<(), StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => {}
        Ok(_) => return fs::remove_file(path).map_err(StoreError::remove(path)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(StoreError::remove(path)(error)),
    }
    let mut burial = Burial { top: path, number: 0, waiting: Vec::new() };
    for entry in entries(path)? {
        if !burial.remove_at_once(&entry)? {
            burial.waiting.push(entry.path());
        }
    }
    while let Some(directory) = burial.waiting.pop() {
        for entry in entries(&directory)? {
            if !burial.remove_at_once(&entry)? {
                burial.move_up(&entry.path())?;
            }
        }
        fs::remove_dir(&directory).map_err(StoreError::remove(&directory))?;
    }
    fs::remove_dir(path).map_err(StoreError::remove(path))
}

struct Burial<'a> {
    top: &'a Path,
    number: u64,
    /// Directories right below the top that are to be emptied.
    waiting: Vec<PathBuf>,
}

impl Burial<'_> {
    /// Whether it could be removed without looking into it.
    fn remove_at_once(&self, entry: &DirEntry) -> Result<bool, StoreError> {
        let path = entry.path();
        if !entry.file_type().map_err(StoreError::remove(&path))?.is_dir() {
            return fs::remove_file(&path).map(|()| true).map_err(StoreError::remove(path));
        }
        match fs::remove_dir(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::DirectoryNotEmpty => Ok(false),
            Err(error) => Err(StoreError::remove(path)(error)),
        }
    }

    fn move_up(&mut self, directory: &Path) -> Result<(), StoreError> {
        // Moving a directory to another parent rewrites its `..`, for which it has to be writable.
        unlock(directory)?;
        loop {
            let place = self.top.join(format!("removed-{}", self.number));
            self.number += 1;
            match fs::rename(directory, &place) {
                Ok(()) => {
                    self.waiting.push(place);
                    return Ok(());
                }
                // The build has used that name.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::DirectoryNotEmpty
                            | io::ErrorKind::AlreadyExists
                            | io::ErrorKind::NotADirectory
                    ) => {}
                Err(error) => return Err(StoreError::remove(directory)(error)),
            }
        }
    }
}

fn entries(directory: &Path) -> Result<Vec<DirEntry>, StoreError> {
    unlock(directory)?;
    fs::read_dir(directory)
        .and_then(Iterator::collect::<io::Result<Vec<_>>>)
        .map_err(StoreError::remove(directory))
}

/// Gives the owner of a directory all rights on it.
fn unlock(directory: &Path) -> Result<(), StoreError> {
    let mode = fs::symlink_metadata(directory).map_err(StoreError::remove(directory))?.permissions().mode();
    if mode & 0o700 != 0o700 {
        fs::set_permissions(directory, Permissions::from_mode(0o700))
            .map_err(StoreError::remove(directory))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};

    #[test]
    fn a_chain_of_directories_deeper_than_any_path() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("top");
        fs::create_dir(&top).unwrap();
        let mut here = openat(CWD, &top, OFlags::DIRECTORY, Mode::empty()).unwrap();
        for _ in 0..600 {
            mkdirat(&here, "a-build-went-deeper", Mode::RWXU).unwrap();
            here = openat(&here, "a-build-went-deeper", OFlags::DIRECTORY, Mode::empty()).unwrap();
        }
        remove_tree(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn a_build_that_uses_our_names_is_removed_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("top");
        fs::create_dir_all(top.join("a/b/c")).unwrap();
        fs::create_dir_all(top.join("removed-0/x/y")).unwrap();
        fs::write(top.join("removed-1"), "").unwrap();
        remove_tree(&top).unwrap();
        assert!(!top.exists());
    }

    #[test]
    fn a_link_out_of_the_directory_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("precious"), "x").unwrap();
        let top = folder.path().join("top");
        fs::create_dir_all(top.join("a")).unwrap();
        std::os::unix::fs::symlink(&outside, top.join("link")).unwrap();
        std::os::unix::fs::symlink(&outside, top.join("a/link")).unwrap();
        remove_tree(&top).unwrap();
        assert!(outside.join("precious").exists());
    }
}
