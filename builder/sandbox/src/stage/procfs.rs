// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/proc` of the sandbox's own processes, read-only, without what describes the host.
//!
//! Read-only as a whole: where root runs a sandbox, files like `/proc/sysrq-trigger` belong to it, and ownership
//! needs no capability.

use std::fs::File;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{AtFlags, Mode, OFlags, mkdirat, openat, unlinkat};
use rustix::io::Errno;
use rustix::mount::{MountAttrFlags, MoveMountFlags, OpenTreeFlags, move_mount, open_tree};

use super::devices::new_filesystem;
use super::place::attach;
use crate::control::Failure;
use crate::identity::{BOOT_ID, CPUINFO, EMPTY_FILES, EMPTY_FOLDERS, KernelIdentity};
use crate::syscall::change_mount;

/// The new `/proc`, not yet attached.
#[derive(Debug)]
pub(super) struct Proc(OwnedFd);

/// The folder of `/dev` where the replacing texts lie while they are attached; nothing is left there.
const STAGING: &str = ".proc";

const SAFE: MountAttrFlags = MountAttrFlags::MOUNT_ATTR_NOSUID
    .union(MountAttrFlags::MOUNT_ATTR_NODEV)
    .union(MountAttrFlags::MOUNT_ATTR_NOEXEC);

impl Proc {
    /// Only a process of the new pid namespace can mount it.
    pub(super) fn mount() -> Result<Self, Failure> {
        new_filesystem("proc", &[], SAFE).map(Self).map_err(Failure::of("mount /proc"))
    }

    /// Attaches it, replaces what tells of the host, and makes it and `/dev` read-only.
    pub(super) fn confine(self, kernel: &KernelIdentity, dev: &OwnedFd) -> Result<(), Failure> {
        attach(&self.0, Path::new("/proc"))?;
        // Nothing in a build needs namespaces of its own; without capabilities nobody can raise this again.
        self.write("sys/user/max_user_namespaces", "0")?;
        let texts = [
            ("cpuinfo", CPUINFO.to_owned()),
            ("version", kernel.banner()),
            ("sys/kernel/osrelease", format!("{}\n", kernel.release)),
            ("sys/kernel/version", format!("{}\n", kernel.version)),
            ("sys/kernel/random/boot_id", BOOT_ID.to_owned()),
        ];
        self.replace(&texts, dev)?;
        change_mount(&self.0, libc::MOUNT_ATTR_RDONLY, 0, false).map_err(Failure::of("make /proc read-only"))
    }

    /// Limits the pid namespace to `count` processes; whether this kernel can (Linux 6.14).
    ///
    /// Before that version the same file is the whole host's, and root would change it for everybody.
    pub(super) fn limit_processes(&self, count: u32) -> Result<bool, Failure> {
        let release = rustix::system::uname().release().to_string_lossy().into_owned();
        let mut parts = release.split(|letter: char| !letter.is_ascii_digit()).map(str::parse::<u32>);
        let version = (parts.next().and_then(Result::ok), parts.next().and_then(Result::ok));
        if version < (Some(6), Some(14)) {
            return Ok(false);
        }
        // The kernel keeps the first 300 for itself once ids wrap around, and accepts nothing below 301.
        self.write("sys/kernel/pid_max", &count.saturating_add(300).min(4 << 20).to_string())?;
        Ok(true)
    }

    fn write(&self, name: &str, text: &str) -> Result<(), Failure> {
        let path = || Some(Path::new("/proc").join(name));
        let flags = OFlags::WRONLY | OFlags::CLOEXEC;
        let file = openat(&self.0, name, flags, Mode::empty()).map_err(Failure::at("open", path()))?;
        File::from(file).write_all(text.as_bytes()).map_err(Failure::at("set", path()))
    }

    /// The texts lie in `/dev` for a moment: mounts of them stay when they are removed there, and to mount and unmount
    /// a filesystem for them would take longer than all the rest.
    fn replace(&self, texts: &[(&str, String)], dev: &OwnedFd) -> Result<(), Failure> {
        let mode = Mode::from_raw_mode(0o755);
        mkdirat(dev, STAGING, mode).map_err(failed("texts"))?;
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let store = openat(dev, STAGING, flags, Mode::empty()).map_err(failed("texts"))?;
        mkdirat(&store, "folder", mode).map_err(failed("texts"))?;
        write_new(&store, "empty", "")?;
        for (name, text) in texts {
            write_new(&store, &flat(name), text)?;
        }
        // What is mounted from here is as read-only as this mount is at that moment.
        change_mount(dev, libc::MOUNT_ATTR_RDONLY, 0, false).map_err(failed("texts"))?;
        for (name, _) in texts {
            self.cover(&store, &flat(name), name)?;
        }
        for (from, names) in [("empty", EMPTY_FILES), ("folder", EMPTY_FOLDERS)] {
            names.iter().try_for_each(|name| self.cover(&store, from, name))?;
        }
        change_mount(dev, 0, libc::MOUNT_ATTR_RDONLY, false).map_err(failed("texts"))?;
        for (name, _) in texts {
            unlinkat(&store, flat(name), AtFlags::empty()).map_err(failed("texts"))?;
        }
        unlinkat(&store, "empty", AtFlags::empty()).map_err(failed("texts"))?;
        unlinkat(&store, "folder", AtFlags::REMOVEDIR).map_err(failed("texts"))?;
        unlinkat(dev, STAGING, AtFlags::REMOVEDIR).map_err(failed("texts"))?;
        change_mount(dev, libc::MOUNT_ATTR_RDONLY, 0, false).map_err(failed("texts"))
    }

    /// Attaches `from` over `/proc/<name>`; one that this kernel does not have is passed over.
    fn cover(&self, store: &OwnedFd, from: &str, name: &str) -> Result<(), Failure> {
        let clone = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
        let over = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH | MoveMountFlags::MOVE_MOUNT_T_EMPTY_PATH;
        match openat(&self.0, name, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty()) {
            Err(Errno::NOENT) => Ok(()),
            Err(errno) => Err(errno),
            Ok(place) => {
                open_tree(store, from, clone).and_then(|cover| move_mount(&cover, c"", &place, c"", over))
            }
        }
        .map_err(failed(name))
    }
}

/// The name of a file as one path component.
fn flat(name: &str) -> String {
    name.replace('/', "-")
}

fn write_new(folder: &OwnedFd, name: &str, text: &str) -> Result<(), Failure> {
    let create = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
    let file = openat(folder, name, create, Mode::from_raw_mode(0o444)).map_err(failed(name))?;
    File::from(file).write_all(text.as_bytes()).map_err(failed(name))
}

fn failed<E: Into<std::io::Error>>(name: &str) -> impl FnOnce(E) -> Failure + use<E> {
    Failure::at("cover", Some(Path::new("/proc").join(name)))
}
