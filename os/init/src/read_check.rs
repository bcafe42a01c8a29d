// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads a verified device once from end to end, so that a corrupted block is known before anything runs from it.
//!
//! Without this a flipped byte shows only when its block is used: as a killed program, or never.

use crate::device_mapper::VerityDevice;
use crate::error::{InitError, Malformed};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Read at once while nothing fails.
const WINDOW: u64 = 1 << 20;
/// The rest of a device that is all wrong adds only time.
const MAX_UNREADABLE: usize = 8;

/// Reads all data of `device`, and gives what could not be read, to the block. `what` it holds stands in the failures.
pub(crate) fn read_all(what: &str, device: &VerityDevice) -> Vec<InitError> {
    let path = device.path();
    match File::open(&path) {
        Ok(file) => {
            let block = u64::from(device.table.data_block_size);
            unreadable(what, |offset, buffer| file.read_at(buffer, offset), device.table.data_size(), block)
        }
        Err(source) => vec![InitError::Open { path, source }],
    }
}

fn unreadable(
    what: &str,
    mut read_at: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
    size: u64,
    block: u64,
) -> Vec<InitError> {
    let failure = |offset, source| InitError::ReadVerified { what: what.to_owned(), offset, source };
    let mut failures = Vec::new();
    let mut buffer = vec![0; WINDOW as usize];
    let mut offset = 0;
    // Below this offset one block at a time, to find the block that failed.
    let mut narrow_until = 0;
    while offset < size {
        let want = if offset < narrow_until { block - offset % block } else { WINDOW }.min(size - offset);
        match read_at(offset, &mut buffer[..want as usize]) {
            Ok(0) => {
                let source = io::Error::new(io::ErrorKind::UnexpectedEof, "the device ends here");
                failures.push(failure(offset, source));
                return failures;
            }
            Ok(read) => offset += read as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if offset >= narrow_until => narrow_until = offset + want,
            Err(source) => {
                failures.push(failure(offset, source));
                offset += want;
                if failures.len() == MAX_UNREADABLE && offset < size {
                    let reason = format!(
                        "stopped at byte {offset} of {size}, after {MAX_UNREADABLE} unreadable blocks"
                    );
                    let source = Malformed::new(reason);
                    failures.push(InitError::ReadVerifiedSummary { what: what.to_owned(), source });
                    return failures;
                }
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A device of `size` bytes whose `bad` blocks of 4096 bytes cannot be read.
    fn read(size: u64, bad: &[u64]) -> Vec<String> {
        let mut last_end = 0;
        let failures = unreadable(
            "root",
            |offset, buffer| {
                let end = offset + buffer.len() as u64;
                assert!(end <= size, "read beyond the device");
                if bad.iter().any(|block| offset < (block + 1) * 4096 && block * 4096 < end) {
                    return Err(io::Error::from_raw_os_error(5));
                }
                last_end = end;
                Ok(buffer.len())
            },
            size,
            4096,
        );
        if bad.is_empty() {
            assert_eq!(last_end, size);
        }
        failures.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_unreadable_block_is_named_by_its_offset() {
        let size = 3 * WINDOW + 8192;
        assert_eq!(read(size, &[]), Vec::<String>::new());
        assert_eq!(read(size, &[0]), ["read the verified root at byte 0"]);
        assert_eq!(
            read(size, &[300, 301, 769]),
            [
                "read the verified root at byte 1228800",
                "read the verified root at byte 1232896",
                "read the verified root at byte 3149824",
            ]
        );
    }

    #[test]
    fn a_device_that_is_all_wrong_ends_early_and_says_so() {
        let failures = read(WINDOW, &(0..256).collect::<Vec<_>>());
        assert_eq!(failures.len(), MAX_UNREADABLE + 1);
        assert_eq!(failures[MAX_UNREADABLE], "read the verified root");
    }

    #[test]
    fn a_truncated_device_is_a_failure() {
        let failures = unreadable(
            "root",
            |offset, buffer| Ok(if offset == 0 { buffer.len() } else { 0 }),
            2 * WINDOW,
            4096,
        );
        assert_eq!(failures[0].to_string(), format!("read the verified root at byte {WINDOW}"));
    }
}
