// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A minimal `/dev`: the devices that POSIX programs expect, and nothing of the host's hardware.
//!
//! ```text
//! null zero full random urandom tty     the host's own nodes (a user namespace cannot make any)
//! pts/ ptmx                             terminals of this sandbox
//! shm/                                  shared memory, empty
//! fd stdin stdout stderr                links into /proc/self/fd
//! ```

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat, symlinkat};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MoveMountFlags, OpenTreeFlags, fsconfig_create,
    fsconfig_set_string, fsmount, fsopen, move_mount, open_tree,
};

use super::place::attach;
use crate::control::Failure;
use crate::syscall::change_mount;

const NODES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];
const FOLDERS: [&str; 2] = ["pts", "shm"];

/// The host's nodes as detached mounts, in the order of [`NODES`].
#[derive(Debug)]
pub(super) struct Devices(Vec<OwnedFd>);

impl Devices {
    pub(super) fn take() -> Result<Self, Failure> {
        let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let take = |name: &str| {
            let path = Path::new("/dev").join(name);
            let node =
                open_tree(CWD, &path, flags).map_err(Failure::at("take the device", Some(path.clone())))?;
            // Devices can be written to nevertheless. But where root runs a sandbox it owns the host's nodes: without
            // this a build could change their mode for everybody.
            change_mount(
                &node,
                libc::MOUNT_ATTR_RDONLY | libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NOEXEC,
                0,
                false,
            )
            .map_err(Failure::at("restrict the device", Some(path)))?;
            Ok(node)
        };
        NODES.into_iter().map(take).collect::<Result<_, _>>().map(Self)
    }
}

/// A new instance of a filesystem that the kernel itself provides, as a detached mount.
pub(super) fn new_filesystem(
    kind: &str,
    options: &[(&str, &str)],
    flags: MountAttrFlags,
) -> Result<OwnedFd, rustix::io::Errno> {
    let filesystem = fsopen(kind, FsOpenFlags::FSOPEN_CLOEXEC)?;
    for (key, value) in options {
        fsconfig_set_string(&filesystem, *key, *value)?;
    }
    fsconfig_create(&filesystem)?;
    fsmount(&filesystem, FsMountFlags::FSMOUNT_CLOEXEC, flags)
}

/// Mounts `/dev`, which is still writable.
pub(super) fn mount_devices(devices: Devices) -> Result<OwnedFd, Failure> {
    let failed = || Failure::at("mount", Some("/dev".into()));
    let safe = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let dev = new_filesystem("tmpfs", &[("mode", "0755"), ("size", "64k"), ("nr_inodes", "64")], safe)
        .map_err(failed())?;
    attach(&dev, Path::new("/dev"))?;
    for folder in FOLDERS {
        mkdirat(&dev, folder, Mode::from_raw_mode(0o755)).map_err(failed())?;
    }
    for (name, target) in LINKS {
        symlinkat(target, &dev, name).map_err(failed())?;
    }
    for (name, node) in NODES.into_iter().zip(devices.0) {
        let create = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        drop(openat(&dev, name, create, Mode::from_raw_mode(0o644)).map_err(failed())?);
        put(node, &dev, name)?;
    }
    let terminals = new_filesystem("devpts", &[("ptmxmode", "0666"), ("mode", "0620")], safe)
        .map_err(Failure::at("mount", Some("/dev/pts".into())))?;
    put(terminals, &dev, "pts")?;
    let shared = safe | MountAttrFlags::MOUNT_ATTR_NODEV;
    let memory = new_filesystem("tmpfs", &[("mode", "1777")], shared)
        .map_err(Failure::at("mount", Some("/dev/shm".into())))?;
    put(memory, &dev, "shm")?;
    Ok(dev)
}

/// Attaches a detached mount at an existing name of a folder.
pub(super) fn put(mount: impl AsFd, folder: impl AsFd, name: &str) -> Result<(), Failure> {
    move_mount(mount, c"", folder, name, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH)
        .map_err(Failure::at("attach", Some(name.into())))
}
