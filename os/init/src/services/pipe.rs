// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The end of a service's output that PID 1 holds.

use super::output::Lines;
use std::io::{self, PipeReader, Read as _};
use std::os::fd::{AsFd, BorrowedFd};

/// Read at once, so that no service keeps PID 1 from another.
const PART: usize = 8192;

/// One open pipe.
#[derive(Debug)]
pub(crate) struct Pipe {
    reader: PipeReader,
    /// Its lines, as far as they came.
    pub(crate) lines: Lines,
}

/// What one reading gave.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Bytes(Vec<u8>),
    /// Nothing now.
    Nothing,
    /// Nobody can write any more, or it cannot be read.
    End,
}

impl Pipe {
    /// Of a reader that never waits.
    pub(crate) fn new(reader: PipeReader) -> Self {
        Self { reader, lines: Lines::default() }
    }

    /// Some bytes, if there are any.
    pub(crate) fn read(&mut self) -> Part {
        let mut part = vec![0; PART];
        loop {
            return match self.reader.read(&mut part) {
                Ok(0) => Part::End,
                Ok(count) => {
                    part.truncate(count);
                    Part::Bytes(part)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Part::Nothing,
                // A pipe knows no other failure, and a service whose output is lost still runs.
                Err(_) => Part::End,
            };
        }
    }
}

impl AsFd for Pipe {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.reader.as_fd()
    }
}
