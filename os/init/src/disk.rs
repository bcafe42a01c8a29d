// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The disks of the machine, as /sys/block shows them.
//!
//! Format: Documentation/ABI/stable/sysfs-block of the kernel: `dev` is "major:minor", `size` counts sectors of 512
//! bytes whatever the disk's own blocks are.

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

/// `vda`, `sda` and `nvme0n1`; not `nvme0c0n1`, which is a path to one of these.
fn is_whole_disk(name: &str) -> bool {
    let letters = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let nvme = name.strip_prefix("nvme").and_then(|rest| rest.split_once('n'));
    name.strip_prefix("vd").or_else(|| name.strip_prefix("sd")).is_some_and(letters)
        || nvme.is_some_and(|(controller, space)| digits(controller) && digits(space))
}

/// The numbers of the device that `folder` of sysfs describes.
pub(crate) fn device_number(folder: &Path) -> io::Result<DeviceNumber> {
    let path = folder.join("dev");
    let text = fs::read_to_string(&path)?;
    let unknown = || io::Error::other(format!("{} holds no device number", path.display()));
    parse_numbers(text.trim_end()).ok_or_else(unknown)
}

/// The number in a file of sysfs.
pub(crate) fn number<T: FromStr>(path: &Path) -> io::Result<T> {
    let text = fs::read_to_string(path)?;
    text.trim_end().parse().map_err(|_| io::Error::other(format!("{} holds no number", path.display())))
}

fn parse_numbers(text: &str) -> Option<DeviceNumber> {
    let (major, minor) = text.split_once(':')?;
    Some(DeviceNumber { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn device_numbers_are_two_numbers() {
        assert_eq!(parse_numbers("254:1"), Some(DeviceNumber { major: 254, minor: 1 }));
        for bad in ["254", "254:", ":1", "254:1:2", "-1:0", ""] {
            assert_eq!(parse_numbers(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn only_whole_disks_of_three_kinds_can_carry_an_extension() {
        for name in ["vda", "vdab", "sda", "nvme0n1", "nvme12n34"] {
            assert!(is_whole_disk(name), "{name}");
        }
        for name in [
            "",
            "vd",
            "sd",
            "vda1",
            "sda1",
            "loop0",
            "dm-0",
            "ram0",
            "sr0",
            "zram0",
            "nvme0",
            "nvme0n",
            "nvme0n1p1",
            "nvme0c0n1",
            "nvmen1",
            "sd/",
            "md0",
            "mmcblk0",
        ] {
            assert!(!is_whole_disk(name), "{name}");
        }
    }

    #[test]
    fn the_disks_of_this_machine_can_be_listed() {
        // Whatever they are, each has the size and numbers that the kernel states.
        if Path::new(SYS_BLOCK).exists() {
            assert!(whole().unwrap().iter().all(|disk| disk.size > 0 && is_whole_disk(&disk.name)));
        }
    }
}
