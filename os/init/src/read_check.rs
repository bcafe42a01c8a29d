// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads the verified root once from end to end, so that a corrupted block is known before anything runs from it.
//!
//! Without this a flipped byte shows only when its block is used: as a killed program, or never.

use crate::error::{InitError, Malformed};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

/// Read at once while nothing fails.
const WINDOW: u64 = 1 << 20;
/// The rest of a device that is all wrong adds only time.
const MAX_UNREADABLE: usize = 8;

/// Reads the first `size` bytes of `path`, and gives what could not be read, to the block.
pub(crate) fn read_all(path: &str, size: u64, block_size: u32) -> Vec<InitError> {
    match File::open(path) {
        Ok(device) => {
            unreadable(|offset, buffer| device.read_at(buffer, offset), size, u64::from(block_size))
        }
        Err(source) => vec![InitError::Open { path: path.to_owned(), source }],
    }
}

fn unreadable(
    mut read_at: impl FnMut(u64, &mut [u8]) -> io::Result<usize>,
    size: u64,
    block: u64,
) -> Vec<InitError> {
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
                failures.push(InitError::ReadRoot { offset, source });
                return failures;
            }
            Ok(read) => offset += read as u64,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) if offset >= narrow_until => narrow_until = offset + want,
            Err(source) => {
                failures.push(InitError::ReadRoot { offset, source });
                offset += want;
                if failures.len() == MAX_UNREADABLE && offset < size {
                    let reason = format!(
                        "stopped at byte {offset} of {size}, after {MAX_UNREADABLE} unreadable blocks"
                    );
                    failures.push(InitError::ReadRootSummary { source: Malformed::new(reason) });
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
        let failures =
            unreadable(|offset, buffer| Ok(if offset == 0 { buffer.len() } else { 0 }), 2 * WINDOW, 4096);
        assert_eq!(failures[0].to_string(), format!("read the verified root at byte {WINDOW}"));
    }
}
