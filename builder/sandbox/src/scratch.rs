// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The private folder of one run.
//!
//! ```text
//! <scratch>/root    mount point of the overlay; always empty on the host
//! <scratch>/upper   what the command wrote to /
//! <scratch>/work    overlayfs's own; holds folders of mode 000, which `rm -rf` of an ordinary user cannot enter
//! <scratch>/tmp     the sandbox's /tmp
//! ```

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::error::SandboxError;

/// The folders of one run.
#[derive(Debug)]
pub(crate) struct Scratch {
    pub(crate) root: PathBuf,
    pub(crate) upper: PathBuf,
    pub(crate) work: PathBuf,
    pub(crate) tmp: PathBuf,
}

impl Scratch {
    pub(crate) fn at(path: &Path) -> Self {
        Self {
            root: path.join("root"),
            upper: path.join("upper"),
            work: path.join("work"),
            tmp: path.join("tmp"),
        }
    }

    /// Makes what is missing. A scratch folder may be used again (`ashlar shell` re-enters a failed build).
    pub(crate) fn create(path: &Path) -> Result<(), SandboxError> {
        let scratch = Self::at(path);
        // Holds the mark of a mount with `volatile`, which the next mount would refuse; and nothing that is needed.
        remove_scratch(&scratch.work)?;
        for folder in [&scratch.root, &scratch.upper, &scratch.work, &scratch.tmp] {
            fs::DirBuilder::new().recursive(true).mode(0o755).create(folder).map_err(failed(folder))?;
        }
        for (folder, mode) in [(&scratch.upper, 0o755), (&scratch.tmp, 0o1777)] {
            fs::set_permissions(folder, fs::Permissions::from_mode(mode)).map_err(failed(folder))?;
        }
        Ok(())
    }
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> SandboxError + use<> {
    let path = path.to_path_buf();
    move |source| SandboxError::Scratch { path, source }
}

/// Removes a scratch folder with folders that a build or overlayfs left unreadable. A missing one is fine.
///
/// Symbolic links are removed, never followed.
///
/// # Errors
/// [`SandboxError::Scratch`] with the path that could not be removed.
pub fn remove_scratch(path: &Path) -> Result<(), SandboxError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(SandboxError::Scratch { path: path.to_path_buf(), source }),
        Ok(_) => remove(path),
    }
}

fn remove(path: &Path) -> Result<(), SandboxError> {
    let kind = path.symlink_metadata().map_err(failed(path))?;
    if !kind.is_dir() {
        return fs::remove_file(path).map_err(failed(path));
    }
    if kind.permissions().mode() & 0o700 != 0o700 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o700)).map_err(failed(path))?;
    }
    for entry in fs::read_dir(path).map_err(failed(path))? {
        remove(&entry.map_err(failed(path))?.path())?;
    }
    fs::remove_dir(path).map_err(failed(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_mode_000_are_removed_and_links_are_not_followed() {
        let place = tempfile::tempdir().unwrap();
        let keep = place.path().join("keep");
        fs::create_dir(&keep).unwrap();
        fs::write(keep.join("file"), "stays").unwrap();
        let scratch = place.path().join("scratch");
        let locked = scratch.join("work/work");
        fs::create_dir_all(locked.join("inner")).unwrap();
        std::os::unix::fs::symlink(&keep, scratch.join("link")).unwrap();
        fs::set_permissions(&locked, fs::Permissions::from_mode(0o000)).unwrap();
        remove_scratch(&scratch).unwrap();
        assert!(!scratch.exists());
        assert_eq!(fs::read_to_string(keep.join("file")).unwrap(), "stays");
        remove_scratch(&scratch).unwrap();
    }
}
