// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The disks of the machine, as /sys/block shows them.
//!
//! Format: Documentation/ABI/stable/sysfs-block of the kernel: `dev` is "major:minor", `size` counts sectors of 512
//! bytes whatever the disk's own blocks are.

use crate::disk_name::is_whole_disk;
use crate::dm_message::DeviceNumber;
use std::fs;
use std::io;
use std::path::Path;
use std::str::FromStr;

pub(crate) const SYS_BLOCK: &str = "/sys/block";
const SECTOR: u64 = 512;

/// A whole disk, as the kernel names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Disk {
    pub(crate) name: String,
    pub(crate) number: DeviceNumber,
    /// In bytes.
    pub(crate) size: u64,
}

impl Disk {
    /// The node that devtmpfs makes for it.
    pub(crate) fn path(&self) -> String {
        format!("/dev/{}", self.name)
    }
}

/// The names of all block devices that are no partitions, in byte order.
pub(crate) fn names() -> io::Result<Vec<String>> {
    let mut names = fs::read_dir(SYS_BLOCK)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<Vec<String>>>()?;
    names.sort();
    Ok(names)
}

/// Whole virtio, SCSI and NVMe disks with a medium, in byte order of their names.
pub(crate) fn whole() -> io::Result<Vec<Disk>> {
    let mut disks = Vec::new();
    for name in names()?.into_iter().filter(|name| is_whole_disk(name)) {
        let folder = Path::new(SYS_BLOCK).join(&name);
        let size = number::<u64>(&folder.join("size"))?.saturating_mul(SECTOR);
        if size > 0 {
            disks.push(Disk { number: device_number(&folder)?, size, name });
        }
    }
    Ok(disks)
}

/// The numbers of the device that `folder` of sysfs describes.
pub(crate) fn device_number(folder: &Path) -> io::Result<DeviceNumber> {
    let path = folder.join("dev");
    let text = fs::read_to_string(&path)?;
    let unknown = || io::Error::other(format!("{} holds no device number", path.display()));
    DeviceNumber::parse(text.trim_end()).ok_or_else(unknown)
}

/// The number in a file of sysfs.
pub(crate) fn number<T: FromStr>(path: &Path) -> io::Result<T> {
    let text = fs::read_to_string(path)?;
    text.trim_end().parse().map_err(|_| io::Error::other(format!("{} holds no number", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disks_of_this_machine_can_be_listed() {
        // Whatever they are, each has the size and numbers that the kernel states.
        if Path::new(SYS_BLOCK).exists() {
            assert!(whole().unwrap().iter().all(|disk| disk.size > 0 && is_whole_disk(&disk.name)));
        }
    }
}
