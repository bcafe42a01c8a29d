// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a directory holds, by path, without following links and without recursion.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use ashlar_tree::TreePath;

use crate::{CaptureProblem, StoreError};

/// One entry.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) path: TreePath,
    pub(crate) on_disk: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) metadata: fs::Metadata,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Directory,
    File,
    Symlink(String),
}

/// How to walk.
pub(crate) struct Walk<'a> {
    /// Whether a directory that its owner cannot read is made readable.
    pub(crate) unlock: bool,
    /// Paths to leave out, directories with all below.
    pub(crate) skip: Option<&'a dyn Fn(&TreePath) -> bool>,
}

impl Walk<'_> {
    /// Lists everything below `top`, in no particular order, and what no tree can hold.
    pub(crate) fn run(&self, top: &Path) -> Result<(Vec<Found>, Vec<CaptureProblem>), StoreError> {
        let mut found = Vec::new();
        let mut problems = Vec::new();
        let mut directories: Vec<(PathBuf, Option<TreePath>)> = vec![(top.to_owned(), None)];
        while let Some((directory, below)) = directories.pop() {
            for entry in self.list(&directory)? {
                let entry = entry.map_err(StoreError::read(&directory))?;
                let on_disk = entry.path();
                let shown = || {
                    let relative = on_disk.strip_prefix(top).unwrap_or(&on_disk);
                    relative.to_str().map_or_else(|| format!("{relative:?}"), str::to_owned)
                };
                let mut problem = |reason: String| problems.push(CaptureProblem { path: shown(), reason });
                let name = entry.file_name();
                let Some(name) = name.to_str() else {
                    problem("its name is not UTF-8; rename it in the build".to_owned());
                    continue;
                };
                let parsed = below.as_ref().map_or_else(|| TreePath::parse(name), |below| below.join(name));
                let path = match parsed {
                    Ok(path) => path,
                    Err(error) => {
                        problem(format!("failed to {error}"));
                        continue;
                    }
                };
                if self.skip.is_some_and(|skip| skip(&path)) {
                    continue;
                }
                let metadata = entry.metadata().map_err(StoreError::read(&on_disk))?;
                let kind = if metadata.is_dir() {
                    directories.push((on_disk.clone(), Some(path.clone())));
                    Kind::Directory
                } else if metadata.is_symlink() {
                    let target = fs::read_link(&on_disk).map_err(StoreError::read(&on_disk))?;
                    let Some(target) = target.to_str() else {
                        problem("its target is not UTF-8".to_owned());
                        continue;
                    };
                    Kind::Symlink(target.to_owned())
                } else if metadata.is_file() {
                    Kind::File
                } else {
                    problem(format!(
                        "it is a {}; trees hold files, directories and links",
                        special(&metadata)
                    ));
                    continue;
                };
                found.push(Found { path, on_disk, kind, metadata });
            }
        }
        Ok((found, problems))
    }

    fn list(&self, directory: &Path) -> Result<fs::ReadDir, StoreError> {
        match fs::read_dir(directory) {
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && self.unlock => {}
            result => return result.map_err(StoreError::read(directory)),
        }
        fs::set_permissions(directory, Permissions::from_mode(0o700))
            .and_then(|()| fs::read_dir(directory))
            .map_err(StoreError::read(directory))
    }
}

fn special(metadata: &fs::Metadata) -> &'static str {
    let kind = metadata.file_type();
    if kind.is_fifo() {
        "named pipe"
    } else if kind.is_socket() {
        "socket"
    } else if kind.is_block_device() {
        "block device"
    } else {
        "character device"
    }
}
