// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Messages of the device-mapper ioctl interface, as bytes.
//!
//! Layout: `struct dm_ioctl` and `struct dm_target_spec` of include/uapi/linux/dm-ioctl.h, little-endian.
//!
//! ```text
//! struct dm_ioctl, 312 bytes                        struct dm_target_spec, 40 bytes
//!   0  u32 version[3]                                 0  u64 sector_start
//!  12  u32 data_size     of the whole buffer          8  u64 length            in sectors
//!  16  u32 data_start    offset of the payload       16  s32 status
//!  20  u32 target_count                              20  u32 next              offset of the next target
//!  24  s32 open_count                                24  char target_type[16]
//!  28  u32 flags                                     40  parameters, NUL-terminated
//!  32  u32 event_nr
//!  36  u32 padding
//!  40  u64 dev           huge_encode_dev()
//!  48  char name[128]
//! 176  char uuid[129]
//! 305  char data[7]
//! ```

use crate::error::Malformed;
use std::fmt;

/// Size of the fixed part.
pub(crate) const HEADER_SIZE: usize = 312;
/// Size of the buffer of every message: a table line with the longest salt and all options fits.
pub(crate) const BUFFER_SIZE: usize = 4096;
const TARGET_SIZE: usize = 40;
const SECTOR: u64 = 512;

/// The oldest interface that has what is used here; the kernel accepts every older minor version.
const VERSION: [u32; 3] = [4, 0, 0];

const FLAG_READ_ONLY: u32 = 1;
/// Ask DM_TABLE_STATUS for the table in place of the status.
const FLAG_STATUS_TABLE: u32 = 1 << 4;
/// The answer did not fit.
const FLAG_BUFFER_FULL: u32 = 1 << 8;

/// A buffer with the alignment that the kernel's structures want.
#[derive(Clone)]
#[repr(C, align(8))]
pub(crate) struct Message(pub(crate) [u8; BUFFER_SIZE]);

/// Numbers of a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct DeviceNumber {
    pub(crate) major: u32,
    pub(crate) minor: u32,
}

impl DeviceNumber {
    /// Reads what sysfs writes; `None` where it is something else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (major, minor) = text.split_once(':')?;
        Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
    }
}

/// As tables and sysfs write it.
impl fmt::Display for DeviceNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.major, self.minor)
    }
}

/// What a status query asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Query {
    Table,
    Status,
}

impl Message {
    fn header(name: &str, uuid: &str, flags: u32) -> Self {
        let mut bytes = [0; BUFFER_SIZE];
        for (index, part) in VERSION.iter().enumerate() {
            put(&mut bytes, index * 4, &part.to_le_bytes());
        }
        put(&mut bytes, 12, &(BUFFER_SIZE as u32).to_le_bytes());
        put(&mut bytes, 16, &(HEADER_SIZE as u32).to_le_bytes());
        put(&mut bytes, 28, &flags.to_le_bytes());
        put(&mut bytes, 48, name.as_bytes());
        put(&mut bytes, 176, uuid.as_bytes());
        Self(bytes)
    }

    /// DM_DEV_CREATE. `name` and `uuid` must have fewer than 128 bytes.
    pub(crate) fn create(name: &str, uuid: &str) -> Self {
        Self::header(name, uuid, 0)
    }

    /// DM_TABLE_LOAD of one target over the whole device, read-only. `size` in bytes.
    ///
    /// # Errors
    /// If the parameters do not fit the buffer.
    pub(crate) fn load(name: &str, target: &str, size: u64, parameters: &str) -> Result<Self, Malformed> {
        let mut message = Self::header(name, "", FLAG_READ_ONLY);
        let start = HEADER_SIZE + TARGET_SIZE;
        // One byte more for the NUL.
        if start + parameters.len() >= BUFFER_SIZE || target.len() >= 16 {
            return Err(Malformed::new(format!("a table of {} bytes is too long", parameters.len())));
        }
        let bytes = &mut message.0;
        put(bytes, 20, &1_u32.to_le_bytes());
        put(bytes, HEADER_SIZE + 8, &(size / SECTOR).to_le_bytes());
        put(bytes, HEADER_SIZE + 24, target.as_bytes());
        put(bytes, start, parameters.as_bytes());
        Ok(message)
    }

    /// DM_DEV_SUSPEND without the suspend flag: makes the loaded table the live one.
    pub(crate) fn resume(name: &str) -> Self {
        Self::header(name, "", 0)
    }

    /// DM_TABLE_STATUS.
    pub(crate) fn query(name: &str, query: Query) -> Self {
        let flags = match query {
            Query::Table => FLAG_STATUS_TABLE,
            Query::Status => 0,
        };
        Self::header(name, "", flags)
    }

    /// The device that the kernel's answer speaks about.
    pub(crate) fn device(&self) -> DeviceNumber {
        // huge_encode_dev() is new_encode_dev(): 8 bits of minor, 12 of major, 12 more of minor.
        let dev = u64::from_le_bytes(take(&self.0, 40)) as u32;
        DeviceNumber { major: (dev & 0xf_ff00) >> 8, minor: (dev & 0xff) | ((dev >> 12) & 0xf_ff00) }
    }

    /// Type and text of the one target in an answer to [`Message::query`].
    ///
    /// # Errors
    /// If there is another number of targets, or the answer is cut or points outside itself.
    pub(crate) fn only_target(&self) -> Result<(String, String), Malformed> {
        let flags = u32::from_le_bytes(take(&self.0, 28));
        let count = u32::from_le_bytes(take(&self.0, 20));
        let start = u32::from_le_bytes(take(&self.0, 16)) as usize;
        if flags & FLAG_BUFFER_FULL != 0 {
            return Err(Malformed::new("the answer did not fit the buffer"));
        }
        if count != 1 {
            return Err(Malformed::new(format!("{count} targets instead of one")));
        }
        let target = start.checked_add(24).and_then(|at| self.0.get(at..at + 16));
        let text = start.checked_add(TARGET_SIZE).and_then(|at| self.0.get(at..));
        let (Some(target), Some(text)) = (target, text) else {
            return Err(Malformed::new("the answer points outside itself"));
        };
        Ok((until_nul(target)?, until_nul(text)?))
    }
}

fn put(bytes: &mut [u8; BUFFER_SIZE], at: usize, value: &[u8]) {
    bytes[at..at + value.len()].copy_from_slice(value);
}

fn take<const N: usize>(bytes: &[u8; BUFFER_SIZE], at: usize) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&bytes[at..at + N]);
    value
}

fn until_nul(bytes: &[u8]) -> Result<String, Malformed> {
    let end = bytes.iter().position(|&byte| byte == 0).ok_or_else(|| Malformed::new("a text has no end"))?;
    String::from_utf8(bytes[..end].to_vec()).map_err(|_| Malformed::new("a text is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Everything that is not zero, as (offset, bytes), so that the golden values can be read beside the header file.
    fn non_zero(message: &Message) -> Vec<(usize, Vec<u8>)> {
        let mut runs: Vec<(usize, Vec<u8>)> = Vec::new();
        for (at, &byte) in message.0.iter().enumerate().filter(|(_, byte)| **byte != 0) {
            match runs.last_mut() {
                Some((start, run)) if *start + run.len() == at => run.push(byte),
                _ => runs.push((at, vec![byte])),
            }
        }
        runs
    }

    #[test]
    fn device_numbers_are_two_numbers() {
        assert_eq!(DeviceNumber::parse("254:1"), Some(DeviceNumber { major: 254, minor: 1 }));
        for bad in ["254", "254:", ":1", "254:1:2", "-1:0", ""] {
            assert_eq!(DeviceNumber::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn create_has_the_golden_bytes() {
        assert_eq!(
            non_zero(&Message::create("root", "U-1")),
            [
                (0, vec![4]),
                (13, vec![0x10]),
                (16, vec![0x38, 0x01]),
                (48, b"root".to_vec()),
                (176, b"U-1".to_vec()),
            ]
        );
    }

    #[test]
    fn load_has_the_golden_bytes() {
        assert_eq!(
            non_zero(&Message::load("root", "verity", 65536, "1 7:0").unwrap()),
            [
                (0, vec![4]),
                (13, vec![0x10]),
                (16, vec![0x38, 0x01]),
                (20, vec![1]),
                (28, vec![1]),
                (48, b"root".to_vec()),
                (320, vec![128]),
                (336, b"verity".to_vec()),
                (352, b"1 7:0".to_vec()),
            ]
        );
    }

    #[test]
    fn only_a_table_query_sets_the_table_flag() {
        assert_eq!(Message::query("root", Query::Table).0[28], 0x10);
        assert_eq!(Message::query("root", Query::Status).0[28], 0);
        assert_eq!(Message::resume("root").0[28], 0);
    }

    #[test]
    fn a_table_that_does_not_fit_is_refused() {
        let room = BUFFER_SIZE - HEADER_SIZE - TARGET_SIZE - 1;
        assert!(Message::load("root", "verity", 512, &"x".repeat(room)).is_ok());
        assert!(Message::load("root", "verity", 512, &"x".repeat(room + 1)).is_err());
    }

    #[test]
    fn an_answer_gives_device_target_and_text() {
        let mut answer = Message::load("root", "verity", 512, "V").unwrap();
        // 253:300 as new_encode_dev() writes it.
        answer.0[40..44].copy_from_slice(&0x0010_fd2c_u32.to_le_bytes());
        assert_eq!(answer.device(), DeviceNumber { major: 253, minor: 300 });
        assert_eq!(answer.only_target().unwrap(), ("verity".to_owned(), "V".to_owned()));
    }

    #[test]
    fn a_broken_answer_is_an_error_not_a_panic() {
        let answer = Message::load("root", "verity", 512, "V").unwrap();
        let broken = [
            (16, 0xffff_ffff_u32),         // data_start
            (16, BUFFER_SIZE as u32 - 30), // data_start with the end of the target outside
            (20, 0),                       // no target
            (20, 2),                       // two targets
            (28, FLAG_BUFFER_FULL),
        ];
        for (at, value) in broken {
            let mut answer = answer.clone();
            answer.0[at..at + 4].copy_from_slice(&value.to_le_bytes());
            assert!(answer.only_target().is_err(), "{at} {value:#x}");
        }
        let mut endless = answer;
        endless.0[352..].fill(b'x');
        assert!(endless.only_target().is_err());
    }
}
