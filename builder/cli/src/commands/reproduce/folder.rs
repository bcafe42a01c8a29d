// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where both legs work.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, lchown};
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// The folder of both legs.
pub(super) struct Folder {
    pub(super) path: PathBuf,
}

impl Folder {
    /// Below `asked`, or where every user may look.
    pub(super) fn make(asked: Option<&Path>) -> Result<Self, Failure> {
        let parent = asked.map_or_else(|| PathBuf::from("/var/tmp"), Path::to_owned);
        let parent = std::path::absolute(&parent).map_err(wrong("find", &parent))?;
        let path = parent.join(format!("ashlar-reproduce-{}", std::process::id()));
        fs::create_dir_all(&parent).map_err(wrong("make", &parent))?;
        // Not one that another run left behind: the legs begin with empty stores.
        fs::create_dir(&path).map_err(wrong("make", &path))?;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).map_err(wrong("open", &path))?;
        Ok(Self { path })
    }

    pub(super) fn remove(self) -> Result<(), Failure> {
        ashlar_sandbox::remove_scratch(&self.path)?;
        Ok(())
    }
}

/// Gives a folder and everything in it to another user.
pub(super) fn give(path: &Path, uid: u32) -> Result<(), Failure> {
    lchown(path, Some(uid), Some(uid)).map_err(wrong("give away", path))?;
    if path.is_dir() && !path.is_symlink() {
        for entry in fs::read_dir(path).map_err(wrong("list", path))? {
            give(&entry.map_err(wrong("list", path))?.path(), uid)?;
        }
    }
    Ok(())
}

pub(super) fn wrong(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Failure + use<> {
    let path = path.to_owned();
    move |cause| Failure::surroundings(format!("{operation} {}: {cause}", path.display()))
}
