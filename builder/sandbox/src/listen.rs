// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the caller does while a sandbox runs: collects its report, copies its output to the log, waits for a cancel.

use std::fs::File;
use std::io::{self, PipeReader, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};

use crate::cancel::Cancel;
use crate::error::SandboxError;

/// Copies output to a log.
#[derive(Debug)]
pub(crate) struct Relay {
    pub(crate) reader: PipeReader,
    pub(crate) log: File,
}

/// How listening ended.
#[derive(Debug)]
pub(crate) enum Heard {
    /// The sandbox closed its side after this.
    Answer(Vec<u8>),
    /// The cancel handle was used.
    Cancelled,
}

/// Listens until both the channel and the output are closed. Nothing in the sandbox is alive then.
pub(crate) fn listen(
    channel: UnixStream,
    relay: Option<Relay>,
    cancel: &Cancel,
) -> Result<Heard, SandboxError> {
    let (mut channel, mut relay) = (Some(channel), relay);
    let mut answer = Vec::new();
    let mut part = vec![0; 64 << 10];
    while channel.is_some() || relay.is_some() {
        // A closed source is replaced by the cancel handle, which is looked at in any case.
        let from = channel.as_ref().map_or(cancel.as_fd(), AsFd::as_fd);
        let output = relay.as_ref().map_or(cancel.as_fd(), |relay| relay.reader.as_fd());
        let [from, output, cancelled] = ready([from, output, cancel.as_fd()])?;
        if cancelled {
            return Ok(Heard::Cancelled);
        }
        if let Some(Relay { reader, log }) = relay.as_mut().filter(|_| output) {
            match read(reader, &mut part)? {
                0 => relay = None,
                count => log.write_all(&part[..count]).map_err(|source| SandboxError::Log { source })?,
            }
        }
        if let Some(open) = channel.as_mut().filter(|_| from) {
            match read(open, &mut part)? {
                0 => channel = None,
                count => answer.extend_from_slice(&part[..count]),
            }
        }
    }
    Ok(Heard::Answer(answer))
}

fn ready(fds: [BorrowedFd<'_>; 3]) -> Result<[bool; 3], SandboxError> {
    let mut fds = fds.map(|fd| PollFd::from_borrowed_fd(fd, PollFlags::IN));
    match poll(&mut fds, None) {
        Ok(_) => Ok(fds.map(|fd| !fd.revents().is_empty())),
        Err(rustix::io::Errno::INTR) => Ok([false; 3]),
        Err(errno) => Err(SandboxError::Channel { source: errno.into() }),
    }
}

fn read(mut from: impl Read, part: &mut [u8]) -> Result<usize, SandboxError> {
    loop {
        match from.read(part) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            // Killed with our message unread.
            Err(error) if error.kind() == io::ErrorKind::ConnectionReset => return Ok(0),
            other => return other.map_err(|source| SandboxError::Channel { source }),
        }
    }
}
