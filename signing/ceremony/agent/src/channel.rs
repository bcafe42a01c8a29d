// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The socket to `ashlar release`: standard input, both ways, and never longer than the ceremony's time.
//!
//! The socket does not block. Each read and each write waits in `ppoll` for what is left of the time, so that a silent
//! parent, one that sends half a frame and one that takes no answer all end the ceremony.

use std::io::{self, Read, Write};
use std::os::fd::{AsFd as _, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::net::sockopt::{socket_domain, socket_type};
use rustix::net::{AddressFamily, SocketType};

use crate::error::AgentError;

/// What the ceremony speaks over; a test has one without a process.
pub(crate) trait Wire: Read + Write {
    /// From now on everything has to be over within `time`.
    fn limit(&mut self, time: Duration);
}

/// The socket on standard input.
#[derive(Clone, Debug)]
pub(crate) struct Channel {
    socket: BorrowedFd<'static>,
    until: Instant,
}

impl Channel {
    /// Takes standard input, which has to be a UNIX stream socket.
    pub(crate) fn open(time: Duration) -> Result<Self, AgentError> {
        let socket = rustix::stdio::stdin();
        let is = |errno: Result<bool, Errno>| errno.is_ok_and(|yes| yes);
        if !is(socket_domain(socket).map(|domain| domain == AddressFamily::UNIX))
            || !is(socket_type(socket).map(|kind| kind == SocketType::STREAM))
        {
            return Err(AgentError::NoSocket);
        }
        let fail = |errno: Errno| AgentError::Harden { step: "take standard input", source: errno.into() };
        let flags = rustix::fs::fcntl_getfl(socket).map_err(fail)?;
        rustix::fs::fcntl_setfl(socket, flags | OFlags::NONBLOCK).map_err(fail)?;
        Ok(Self { socket, until: Instant::now() + time })
    }

    fn wait(&self, events: PollFlags) -> io::Result<()> {
        loop {
            let left = self.until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(io::ErrorKind::TimedOut.into());
            }
            let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
            match poll(&mut [PollFd::from_borrowed_fd(self.socket.as_fd(), events)], Some(&left)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(()),
                Err(errno) => return Err(errno.into()),
            }
        }
    }

    fn transfer(
        &self,
        events: PollFlags,
        mut act: impl FnMut() -> Result<usize, Errno>,
    ) -> io::Result<usize> {
        loop {
            self.wait(events)?;
            match act() {
                Err(Errno::AGAIN | Errno::INTR) => {}
                result => return result.map_err(io::Error::from),
            }
        }
    }
}

impl Wire for Channel {
    fn limit(&mut self, time: Duration) {
        self.until = Instant::now() + time;
    }
}

impl Read for Channel {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.transfer(PollFlags::IN, || rustix::io::read(self.socket, &mut *buffer))
    }
}

impl Write for Channel {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.transfer(PollFlags::OUT, || rustix::io::write(self.socket, bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
