// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Makes a block device of the root file in the initramfs.
//!
//! Layout: `struct loop_config` and `struct loop_info64` of include/uapi/linux/loop.h.
//!
//! ```text
//! struct loop_config, 304 bytes          struct loop_info64, 232 bytes, of which only these are set
//!   0  u32 fd                              52  u32 lo_flags
//!   4  u32 block_size (0: the default)     56  u8 lo_file_name[64], for whoever lists the devices
//!   8  struct loop_info64 info
//! 240  u64 reserved[8]
//! ```

use crate::dm_message::DeviceNumber;
use crate::error::InitError;
use crate::syscall;
use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd as _;
use std::os::unix::fs::MetadataExt as _;

const FLAG_READ_ONLY: u32 = 1;
const INFO: usize = 8;

/// `struct loop_config`, ready for the kernel.
#[repr(C, align(8))]
pub(crate) struct LoopConfig([u8; 304]);

impl LoopConfig {
    /// A read-only attachment of an open file; `name` is shown in /sys and cut to 63 bytes.
    fn read_only(file: &File, name: &str) -> Self {
        Self::encode(file.as_raw_fd().cast_unsigned(), name)
    }

    fn encode(fd: u32, name: &str) -> Self {
        let mut bytes = [0; 304];
        bytes[..4].copy_from_slice(&fd.to_le_bytes());
        bytes[INFO + 52..INFO + 56].copy_from_slice(&FLAG_READ_ONLY.to_le_bytes());
        let name = &name.as_bytes()[..name.len().min(63)];
        bytes[INFO + 56..INFO + 56 + name.len()].copy_from_slice(name);
        Self(bytes)
    }
}

/// Attaches `path` read-only to a free loop device and gives its numbers.
///
/// # Errors
/// Names the step that failed.
pub(crate) fn attach(path: &str) -> Result<DeviceNumber, InitError> {
    let failed = |step| move |source| InitError::AttachLoop { file: path.to_owned(), step, source };
    let file = File::open(path).map_err(failed("open the file"))?;
    let control = OpenOptions::new()
        .read(true)
        .write(true)
        .open("/dev/loop-control")
        .map_err(failed("open /dev/loop-control"))?;
    let number = syscall::loop_get_free(&control).map_err(failed("find a free device"))?;
    let device = File::open(format!("/dev/loop{number}")).map_err(failed("open the device"))?;
    syscall::loop_configure(&device, LoopConfig::read_only(&file, path))
        .map_err(failed("configure the device"))?;
    let rdev = device.metadata().map_err(failed("read the numbers of the device"))?.rdev();
    Ok(DeviceNumber { major: rustix::fs::major(rdev), minor: rustix::fs::minor(rdev) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_has_the_golden_bytes() {
        let LoopConfig(bytes) = LoopConfig::encode(7, "/ashlar/root.erofs");
        let mut expected = [0; 304];
        expected[0] = 7;
        expected[60] = 1;
        expected[64..82].copy_from_slice(b"/ashlar/root.erofs");
        assert_eq!(bytes, expected);
    }

    #[test]
    fn a_long_name_is_cut_before_its_nul() {
        let LoopConfig(bytes) = LoopConfig::encode(7, &"n".repeat(100));
        assert_eq!((bytes[126], bytes[127], bytes[128]), (b'n', 0, 0));
    }
}
