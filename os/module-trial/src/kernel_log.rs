// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel logged since a point in time.
//!
//! Format: Documentation/ABI/testing/dev-kmsg of the kernel; one read gives one record:
//! ```text
//! priority,sequence,microseconds,flags[,…];message\n[ KEY=value\n…]
//! ```
//! Bytes that cannot be printed are escaped by the kernel (`\x0a`), so a message is one line.

use crate::error::TrialError;
use rustix::fs::{Mode, OFlags};
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

const PATH: &str = "/dev/kmsg";
/// The kernel gives no longer record (CONSOLE_EXT_LOG_MAX).
const RECORD: usize = 8192;
/// Lines about one module that are told; the others are counted.
const LINES: usize = 40;
/// Characters of a line that are told.
const SHOWN: usize = 400;

/// The log from a mark on.
#[derive(Debug)]
pub(crate) struct KernelLog {
    records: File,
}

impl KernelLog {
    /// # Errors
    /// If the log cannot be read.
    pub(crate) fn open() -> Result<Self, TrialError> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        rustix::fs::open(PATH, flags, Mode::empty())
            .map(|records| Self { records: records.into() })
            .map_err(|source| TrialError::Open { path: PATH, source: source.into() })
    }

    /// Passes over all that was logged until now.
    ///
    /// # Errors
    /// If the kernel does not allow it.
    pub(crate) fn mark(&mut self) -> Result<(), TrialError> {
        self.records.seek(SeekFrom::End(0)).map(drop).map_err(unreadable)
    }

    /// The messages since the mark, or since the last call.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub(crate) fn since(&mut self) -> Result<Vec<String>, TrialError> {
        messages(&mut self.records).map_err(unreadable)
    }
}

fn unreadable(source: io::Error) -> TrialError {
    TrialError::Read { path: PATH.to_owned(), source }
}

fn messages(records: &mut impl Read) -> io::Result<Vec<String>> {
    let mut messages = Vec::new();
    let mut untold = 0_u64;
    let mut record = [0; RECORD];
    loop {
        match records.read(&mut record) {
            Ok(0) => break,
            Ok(_) if messages.len() == LINES => untold += 1,
            Ok(length) => messages.push(message(&record[..length])),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            // EPIPE: records were overwritten before they could be read; the next read goes on behind the gap.
            Err(error) if matches!(error.kind(), io::ErrorKind::Interrupted | io::ErrorKind::BrokenPipe) => {}
            Err(error) => return Err(error),
        }
    }
    if untold > 0 {
        messages.push(format!("{untold} more lines"));
    }
    Ok(messages)
}

fn message(record: &[u8]) -> String {
    let text = String::from_utf8_lossy(record);
    let line = text.split('\n').next().unwrap_or_default();
    let message = line.split_once(';').map_or(line, |(_, message)| message);
    message.chars().take(SHOWN).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::VecDeque;

    /// Gives one answer a read, as the kernel does, and then says that there is no more.
    struct Records(VecDeque<Result<Vec<u8>, io::ErrorKind>>);

    impl Read for Records {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let record = self.0.pop_front().unwrap_or(Err(io::ErrorKind::WouldBlock))?;
            let length = record.len().min(buffer.len());
            buffer[..length].copy_from_slice(&record[..length]);
            Ok(length)
        }
    }

    fn of(records: impl IntoIterator<Item = Result<Vec<u8>, io::ErrorKind>>) -> io::Result<Vec<String>> {
        messages(&mut Records(records.into_iter().collect()))
    }

    #[test]
    fn records_become_their_messages() {
        let found = of([
            Ok(b"5,339,5140900,-;Loading of unsigned module is rejected\n".to_vec()),
            Err(io::ErrorKind::Interrupted),
            Err(io::ErrorKind::BrokenPipe),
            Ok(b"6,340,5140901,c,caller=T1;a; b\n SUBSYSTEM=acpi\n DEVICE=+acpi:x\n".to_vec()),
        ]);
        assert_eq!(found.unwrap(), ["Loading of unsigned module is rejected", "a; b"]);
        assert!(of([Err(io::ErrorKind::PermissionDenied)]).is_err());
        assert_eq!(of([]).unwrap(), Vec::<String>::new());
    }

    #[test]
    fn a_flood_of_messages_is_counted_and_long_ones_are_cut() {
        let long = [b"6,1,1,-;".to_vec(), vec![b'x'; RECORD]].concat();
        let found = of(std::iter::repeat_n(Ok(long), LINES + 7)).unwrap();
        assert_eq!(found.len(), LINES + 1);
        assert_eq!(found[0].len(), SHOWN);
        assert_eq!(found[LINES], "7 more lines");
    }

    #[test]
    fn what_is_no_record_is_told_as_it_is() {
        for (record, expected) in [
            (&b"no semicolon\nnext"[..], "no semicolon"),
            (b"6,1,1,-;\xff", "\u{fffd}"),
            (b"\n", ""),
            (b";", ""),
        ] {
            assert_eq!(message(record), expected, "{record:?}");
        }
    }
}
