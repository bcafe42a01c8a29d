// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Builds the sandbox's file system and makes it the root.
//!
//! Everything of the host is first taken as a detached mount; then the root changes and the old one goes away; only
//! then is anything attached, so that no path of the specification is ever resolved among the host's files.

use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, open};
use rustix::mount::{
    FsMountFlags, FsOpenFlags, MountAttrFlags, MountPropagationFlags, MoveMountFlags, OpenTreeFlags,
    UnmountFlags, fsconfig_create, fsconfig_set_flag, fsconfig_set_string, fsmount, fsopen, mount_change,
    move_mount, open_tree, unmount,
};
use rustix::process::{chdir, pivot_root};

use super::devices::{Devices, mount_devices};
use super::place::{attach, open_folder};
use super::procfs::Proc;
use crate::control::Failure;
use crate::scratch::Scratch;
use crate::spec::{Bind, SandboxSpec};
use crate::syscall::change_mount;

/// The first step that needs a capability: what AppArmor forbids fails here at the latest.
pub(crate) const MAKE_PRIVATE: &str = "make the mounts private";

/// Keeps what happens here from the host's mount table, and the other way round.
pub(super) fn make_private(root: &Path) -> Result<(), Failure> {
    mount_change(root, MountPropagationFlags::PRIVATE | MountPropagationFlags::REC)
        .map_err(Failure::of(MAKE_PRIVATE))
}

/// Makes the file system of `spec` this process's root, hides the host's, and enters the working directory.
/// Returns whether the number of processes is limited by the pid namespace.
pub(super) fn change_root(spec: &SandboxSpec) -> Result<bool, Failure> {
    make_private(Path::new("/"))?;
    let scratch = Scratch::at(&spec.scratch);
    let root = mount_overlay(&spec.sysroot, &scratch)?;
    let binds = spec.binds.iter().map(take).collect::<Result<Vec<_>, _>>()?;
    let tmp = Bind { source: scratch.tmp, destination: PathBuf::from("/tmp"), read_only: false };
    let temporary = take(&tmp)?;
    let devices = Devices::take()?;
    // A new /proc is granted only while an old one is in sight.
    let proc = Proc::mount()?;
    pivot(&root, &scratch.root)?;

    attach(&temporary, &tmp.destination)?;
    let dev = mount_devices(devices)?;
    let limited = spec.limits.processes.map_or(Ok(false), |count| proc.limit_processes(count))?;
    proc.confine(&spec.kernel, &dev)?;
    for (bind, mount) in spec.binds.iter().zip(binds) {
        attach(&mount, &bind.destination)?;
    }
    let start = open_folder(&spec.working_directory)
        .map_err(Failure::at("open the working directory", Some(spec.working_directory.clone())))?;
    rustix::process::fchdir(&start)
        .map_err(Failure::at("enter the working directory", Some(spec.working_directory.clone())))?;
    Ok(limited)
}

fn mount_overlay(sysroot: &Path, scratch: &Scratch) -> Result<OwnedFd, Failure> {
    let failed = || Failure::at("mount the overlay", Some(sysroot.into()));
    let overlay = fsopen("overlay", FsOpenFlags::FSOPEN_CLOEXEC).map_err(failed())?;
    fsconfig_set_string(&overlay, "source", "ashlar").map_err(failed())?;
    let mut held = Vec::new();
    for (key, folder) in [("lowerdir", sysroot), ("upperdir", &scratch.upper), ("workdir", &scratch.work)] {
        let fd = open(folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())
            .map_err(Failure::at("open", Some(folder.into())))?;
        // By descriptor: no character has to be escaped, no length is exceeded, and the mount table in the sandbox
        // does not show where the host keeps its store.
        let value = format!("/proc/self/fd/{}", fd.as_raw_fd());
        fsconfig_set_string(&overlay, key, value.as_str()).map_err(failed())?;
        held.push(fd);
    }
    fsconfig_set_flag(&overlay, "userxattr").map_err(failed())?;
    // What is written here is thrown away or captured; after a crash it is not used.
    fsconfig_set_flag(&overlay, "volatile").map_err(failed())?;
    fsconfig_create(&overlay).map_err(failed())?;
    let flags = MountAttrFlags::MOUNT_ATTR_NODEV | MountAttrFlags::MOUNT_ATTR_NOSUID;
    fsmount(&overlay, FsMountFlags::FSMOUNT_CLOEXEC, flags).map_err(failed())
}

/// Takes a file or folder of the host as a detached mount.
fn take(bind: &Bind) -> Result<OwnedFd, Failure> {
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    // With all that is mounted below: the kernel refuses to uncover what lies under an inherited mount.
    let mount = open_tree(CWD, &bind.source, flags | OpenTreeFlags::AT_RECURSIVE)
        .map_err(Failure::at("open bind source", Some(bind.source.clone())))?;
    let read_only = if bind.read_only { libc::MOUNT_ATTR_RDONLY } else { 0 };
    change_mount(&mount, libc::MOUNT_ATTR_NOSUID | libc::MOUNT_ATTR_NODEV | read_only, 0, true)
        .map_err(Failure::at("restrict bind", Some(bind.source.clone())))?;
    Ok(mount)
}

fn pivot(root: &OwnedFd, place: &Path) -> Result<(), Failure> {
    let failed = || Failure::at("change the root", Some(place.into()));
    move_mount(root, c"", CWD, place, MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH).map_err(failed())?;
    chdir(place).map_err(failed())?;
    // Both on one place: the old root then lies on top of the new one and is taken off (pivot_root(2), "NOTES").
    pivot_root(".", ".").map_err(failed())?;
    unmount(".", UnmountFlags::DETACH).map_err(failed())?;
    chdir("/").map_err(failed())
}
