// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Finds or makes the places where things are mounted, without ever following a symbolic link.
//!
//! The sysroot comes from a build of its own and may hold any link. All of this runs after `pivot_root`, so even a
//! followed link could not lead out of the sandbox; but it could make a source appear where nobody expects it.

use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Component, Path};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, mkdirat, openat, statat};
use rustix::io::Errno;
use rustix::mount::{MoveMountFlags, move_mount};

use crate::control::Failure;

const RESOLVE: &str = "resolve bind destination";

/// Attaches a detached mount at `destination`, which is made as a folder or an empty file when it is not there.
pub(super) fn attach(mount: impl AsFd, destination: &Path) -> Result<(), Failure> {
    let failed = || Failure::at(RESOLVE, Some(destination.into()));
    let stat = statat(&mount, c"", AtFlags::EMPTY_PATH).map_err(failed())?;
    let folder = FileType::from_raw_mode(stat.st_mode) == FileType::Directory;
    let (Some(parent), Some(name)) = (destination.parent(), destination.file_name()) else {
        return Err(failed()(Errno::INVAL));
    };
    let parent = open_folder(parent).map_err(failed())?;
    let place = match folder {
        true => enter_folder(&parent, name),
        false => open_file(&parent, name),
    }
    .map_err(failed())?;
    let flags = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
    move_mount(&mount, c"", &place, c"", flags).map_err(Failure::at("attach", Some(destination.into())))
}

/// Opens an absolute folder of the sandbox, making what is missing.
pub(super) fn open_folder(path: &Path) -> Result<OwnedFd, Errno> {
    let mut folder = openat(CWD, c"/", OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    for part in path.components() {
        match part {
            Component::RootDir => {}
            Component::Normal(name) => folder = enter_folder(&folder, name)?,
            _ => return Err(Errno::INVAL),
        }
    }
    Ok(folder)
}

fn enter_folder(parent: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    match mkdirat(parent, name, Mode::from_raw_mode(0o755)) {
        Ok(()) | Err(Errno::EXIST | Errno::ROFS) => {}
        Err(errno) => return Err(errno),
    }
    let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(parent, name, flags, Mode::empty())
}

fn open_file(parent: &OwnedFd, name: &OsStr) -> Result<OwnedFd, Errno> {
    let create = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    match openat(parent, name, create, Mode::from_raw_mode(0o644)) {
        Ok(_) | Err(Errno::EXIST | Errno::ROFS) => {}
        Err(errno) => return Err(errno),
    }
    let place = openat(parent, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())?;
    let stat = statat(&place, c"", AtFlags::EMPTY_PATH)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::Symlink => Err(Errno::LOOP),
        FileType::Directory => Err(Errno::ISDIR),
        _ => Ok(place),
    }
}
