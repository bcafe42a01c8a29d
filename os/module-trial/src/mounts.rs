// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The kernel's own file systems, and the disk with the files to try.

use crate::error::TrialError;
use rustix::mount::MountFlags;
use std::fs;
use std::io;

/// Where the files are.
pub(crate) const DISK: &str = "/disk";
/// The first virtio disk.
const DEVICE: &str = "/dev/vda";

const NO_DEVICES: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV);
const NOTHING: MountFlags = NO_DEVICES.union(MountFlags::NOEXEC);

/// File system type, source, target, flags.
type Entry = (&'static str, &'static str, &'static str, MountFlags);

const KERNEL: [Entry; 4] = [
    ("devtmpfs", "devtmpfs", "/dev", MountFlags::NOSUID.union(MountFlags::NOEXEC)),
    ("proc", "proc", "/proc", NOTHING),
    ("sysfs", "sysfs", "/sys", NOTHING),
    // Here the kernel states its lockdown.
    ("securityfs", "securityfs", "/sys/kernel/security", NOTHING),
];
const FILES: Entry = ("erofs", DEVICE, DISK, MountFlags::RDONLY.union(NO_DEVICES));

/// Mounts what the kernel shows, and gives what failed.
pub(crate) fn mount_kernel() -> Vec<TrialError> {
    KERNEL.iter().filter_map(|entry| mount(entry).err()).collect()
}

/// Mounts the disk.
///
/// # Errors
/// If there is none, or no file system on it.
pub(crate) fn mount_disk() -> Result<(), TrialError> {
    mount(&FILES)
}

fn mount((kind, source, target, flags): &Entry) -> Result<(), TrialError> {
    match fs::create_dir(target) {
        // sysfs has its own folders, and the initramfs should have the others.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(TrialError::CreateDirectory { path: target, source: error });
        }
        Ok(()) | Err(_) => {}
    }
    rustix::mount::mount(*source, *target, *kind, *flags, None).map_err(|source| TrialError::Mount {
        kind,
        target,
        source: source.into(),
    })
}
