// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The newc archive of an initramfs (Linux, Documentation/driver-api/early-userspace/buffer-format.rst).
//!
//! ```text
//! 070701, 13 numbers of 8 hexadecimal digits, name with its zero, padding to 4, data, padding to 4
//! ```

use std::collections::BTreeMap;

use super::Members;
use crate::compare::Item;

const MAGIC: &[u8] = b"070701";
const HEADER: usize = 110;
const TRAILER: &[u8] = b"TRAILER!!!";

/// The members of `bytes`, if they are such an archive from beginning to trailer, and nothing but padding follows: the kernel
/// would unpack a second one behind it.
pub(super) fn members(bytes: &[u8]) -> Option<Members<'_>> {
    let mut members = Members::default();
    let mut at = 0;
    loop {
        let header = bytes.get(at..at + HEADER).filter(|header| header.starts_with(MAGIC))?;
        let number = |index: usize| {
            let digits = header.get(MAGIC.len() + 8 * index..)?.get(..8)?;
            digits.iter().try_fold(0_usize, |value, digit| {
                Some(value << 4 | usize::try_from(char::from(*digit).to_digit(16)?).ok()?)
            })
        };
        let (mode, uid, gid, time) = (number(1)?, number(2)?, number(3)?, number(5)?);
        let (size, name_size) = (number(6)?, number(11)?);
        let name_at = at + HEADER;
        let name = bytes.get(name_at..name_at.checked_add(name_size)?)?.strip_suffix(&[0])?;
        if name == TRAILER {
            let padding = bytes.get(name_at + name_size..)?;
            return padding.iter().all(|byte| *byte == 0).then_some(members);
        }
        let data_at = (name_at + name_size).next_multiple_of(4);
        let data = bytes.get(data_at..data_at.checked_add(size)?)?;
        at = (data_at + size).next_multiple_of(4);
        let mut facts = BTreeMap::from([
            ("mode".to_owned(), format!("{:04o}", mode & 0o7777)),
            ("owner".to_owned(), format!("{uid}:{gid}")),
            ("time".to_owned(), time.to_string()),
        ]);
        let kind = match mode >> 12 {
            0o4 => "directory",
            0o10 => "file",
            0o12 => "link",
            _ => "special file",
        };
        if kind == "link" {
            facts.insert("target".to_owned(), String::from_utf8_lossy(data).into_owned());
        }
        let content = (kind == "file").then_some((data.into(), size as u64));
        members.add(&String::from_utf8_lossy(name), Item { kind, facts, content });
    }
}
