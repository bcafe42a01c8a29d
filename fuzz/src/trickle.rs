// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bytes that arrive one by one, as from a slow network: no parser may depend on where a read ends.

use std::io::{self, Read};

/// Gives at most one byte a read.
#[derive(Clone, Copy, Debug)]
pub struct Trickle<'a>(pub &'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(1);
        self.0.read(&mut buffer[..length])
    }
}
