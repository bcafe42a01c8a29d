// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is mounted where: the kernel's own file systems, and the memory file systems that the image declares.
//!
//! Declared ones (declared_mounts.rs) are never setuid and never hold devices.

use crate::declared_mounts::{self, Tmpfs};
use crate::error::InitError;
use crate::mountinfo::data_mounts;
use rustix::mount::{MountFlags, UnmountFlags};
use std::ffi::CString;
use std::fs;
use std::io;

const NONE: MountFlags = MountFlags::empty();
const NO_DEVICES: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);
const NOTHING: MountFlags = NO_DEVICES.union(MountFlags::NOEXEC);

/// File system type, target, flags, options.
type Entry = (&'static str, &'static str, MountFlags, &'static str);

/// Mounted in the initramfs, in this order, and moved into the root.
const EARLY: [Entry; 5] = [
    ("proc", "/proc", NOTHING, ""),
    ("sysfs", "/sys", NOTHING, ""),
    // Already here, so that a failure in the initramfs can state the lockdown level too.
    ("securityfs", "/sys/kernel/security", NOTHING, ""),
    ("devtmpfs", "/dev", MountFlags::NOSUID.union(MountFlags::NOEXEC), "mode=0755"),
    ("tmpfs", "/run", NO_DEVICES, "mode=0755"),
];

/// The tops of [`EARLY`]: what lies below moves along.
const MOVED: [&str; 4] = ["/proc", "/sys", "/dev", "/run"];

/// Mounted in the root, in this order.
const LATE: [Entry; 4] = [
    ("tmpfs", "/tmp", NOTHING, "mode=1777"),
    ("tmpfs", "/dev/shm", NOTHING, "mode=1777"),
    // Group 5 is tty in every distribution, and what programs with a pseudo-terminal expect.
    ("devpts", "/dev/pts", MountFlags::NOSUID.union(MountFlags::NOEXEC), "gid=5,mode=0620,ptmxmode=0666"),
    ("cgroup2", "/sys/fs/cgroup", NOTHING, "nsdelegate"),
];

/// Where the initramfs mounts the root before entering it.
const SYSROOT: &str = "/sysroot";

/// Mounts what the initramfs needs.
///
/// # Errors
/// On the first failure: each of them is needed by what follows.
pub(crate) fn mount_early() -> Result<(), InitError> {
    EARLY.iter().try_for_each(mount_entry)
}

/// Mounts the rest, and gives what failed.
pub(crate) fn mount_late() -> Vec<InitError> {
    LATE.iter().filter_map(|entry| mount_entry(entry).err()).collect()
}

fn mount_entry((kind, target, flags, options): &Entry) -> Result<(), InitError> {
    // sysfs and a read-only root have their folders, or the mount below says what is missing.
    if target.starts_with("/dev/") || MOVED.contains(target) {
        create_directory(target)?;
    }
    mount(kind, kind, target, *flags, options)
}

/// Mounts the verified root read-only on a folder of the initramfs, moves the early mounts into it and enters it.
pub(crate) fn enter_root(device: &str) -> Result<(), InitError> {
    create_directory(SYSROOT)?;
    mount("erofs", device, SYSROOT, MountFlags::RDONLY | MountFlags::NODEV, "")?;
    for from in MOVED {
        let to = format!("{SYSROOT}{from}");
        rustix::mount::mount_move(from, &to).map_err(|source| InitError::MoveMount {
            from: from.to_owned(),
            to,
            source: source.into(),
        })?;
    }
    // pivot_root cannot move the initramfs away; it stays below, unreachable, and holds the file of the root.
    let failed =
        |source: rustix::io::Errno| InitError::EnterRoot { path: SYSROOT.to_owned(), source: source.into() };
    rustix::process::chdir(SYSROOT).map_err(failed)?;
    rustix::mount::mount_move(".", "/").map_err(failed)?;
    rustix::process::chroot(".").map_err(failed)?;
    rustix::process::chdir("/").map_err(failed)
}

/// Mounts the verified `device` of an extension read-only on `target`, a folder below `/run`.
pub(crate) fn mount_extension(device: &str, target: &str) -> Result<(), InitError> {
    for (end, _) in target.match_indices('/').filter(|(at, _)| *at > 0) {
        create_directory(&target[..end])?;
    }
    create_directory(target)?;
    mount("erofs", device, target, MountFlags::RDONLY | NO_DEVICES, "")
}

/// Creates a folder unless it exists.
pub(crate) fn create_directory(path: &str) -> Result<(), InitError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(InitError::CreateDirectory { path: path.to_owned(), source: error })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

fn mount(kind: &str, source: &str, target: &str, flags: MountFlags, options: &str) -> Result<(), InitError> {
    let failed = |source| InitError::Mount { kind: kind.to_owned(), target: target.to_owned(), source };
    let options = CString::new(options).map_err(|error| failed(error.into()))?;
    rustix::mount::mount(source, target, kind, flags, Some(options.as_c_str()))
        .map_err(|error| failed(error.into()))
}

/// Mounts what the image declares, and gives what failed.
pub(crate) fn mount_declared() -> Vec<InitError> {
    let path = || declared_mounts::PATH.to_owned();
    let text = match fs::read_to_string(declared_mounts::PATH) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Vec::new(),
        Err(source) => return vec![InitError::Read { path: path(), source }],
    };
    let declared = match declared_mounts::parse(&text) {
        Ok(declared) => declared,
        Err(source) => return vec![InitError::Understand { path: path(), source }],
    };
    let mount_tmpfs = |tmpfs: &Tmpfs| {
        let flags = NO_DEVICES | if tmpfs.noexec { MountFlags::NOEXEC } else { NONE };
        mount("tmpfs", "tmpfs", &tmpfs.path, flags, &format!("mode={}", tmpfs.mode)).err()
    };
    declared.iter().filter_map(mount_tmpfs).collect()
}

/// Unmounts everything that could lose data, the newest first, and gives what failed.
pub(crate) fn unmount_data() -> Vec<InitError> {
    const MOUNTINFO: &str = "/proc/self/mountinfo";
    let text = match fs::read_to_string(MOUNTINFO) {
        Ok(text) => text,
        Err(source) => return vec![InitError::Read { path: MOUNTINFO.to_owned(), source }],
    };
    data_mounts(&text)
        .into_iter()
        .rev()
        .filter_map(|target| {
            rustix::mount::unmount(&target, UnmountFlags::NOFOLLOW)
                .err()
                .map(|source| InitError::Unmount { target, source: source.into() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_early_mount_is_moved_with_its_top() {
        for (_, target, ..) in EARLY {
            let tops = MOVED.iter().filter(|top| target == **top || target.starts_with(&format!("{top}/")));
            assert_eq!(tops.count(), 1, "{target}");
        }
    }

    #[test]
    fn nothing_but_dev_can_hold_devices() {
        for (kind, target, flags, _) in EARLY.iter().chain(&LATE) {
            let devices = ["devtmpfs", "devpts"].contains(kind);
            assert_eq!(flags.contains(MountFlags::NODEV), !devices, "{target}");
            assert!(flags.contains(MountFlags::NOSUID), "{target}");
        }
    }
}
