// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The agent as a process: our end of its socket, and its end in time.
//!
//! One moment ends all reading and writing, however many bytes come before it: an agent that sends a byte now and then is not waited for
//! any longer than one that sends none. An agent that does not end when its socket is closed is killed.

use std::fmt;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use super::error::CeremonyError;

/// Bytes that the kernel takes as one: it waits for each such part anew (net/unix/af_unix.c).
const PART: usize = 16 << 10;
/// For the kernel to end a process that was killed.
const LAST: Duration = Duration::from_secs(10);
/// How often it is looked whether the agent has ended.
const LOOK: Duration = Duration::from_millis(5);

/// The agent, and our end of its socket.
#[derive(Debug)]
pub(super) struct Process {
    socket: Socket,
    child: Child,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Itself(ExitStatus),
    Killed,
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Itself(status) => write!(out, "ended with {status}"),
            Self::Killed => write!(out, "had to be killed"),
        }
    }
}

impl Process {
    /// Starts it with the other end of a socket as standard input, and nothing else. The conversation ends after `time`.
    ///
    /// # Errors
    /// [`CeremonyError::Start`]; then there is no process.
    pub(super) fn start(command: &mut Command, time: Duration) -> Result<Self, CeremonyError> {
        let failed = |program: &Command, source| CeremonyError::Start {
            program: program.get_program().into(),
            source,
        };
        let until = Instant::now() + time;
        let (stream, theirs) = UnixStream::pair().map_err(|source| failed(command, source))?;
        let child = command
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::from(OwnedFd::from(theirs)))
            .stdout(Stdio::null())
            .spawn()
            .map_err(|source| failed(command, source))?;
        // The command has its copy of the other end until then; ours alone would never see the agent close it.
        command.stdin(Stdio::null());
        Ok(Self { socket: Socket { stream, until }, child })
    }

    pub(super) fn socket(&mut self) -> &mut Socket {
        &mut self.socket
    }

    /// Closes the socket, which an agent takes for the end: it wipes its memory, for which it has `grace`. Then it is killed.
    ///
    /// # Errors
    /// [`CeremonyError::Survives`] if it cannot be ended.
    pub(super) fn end(self, grace: Duration) -> Result<Ended, CeremonyError> {
        let Self { socket, mut child } = self;
        drop(socket);
        let process = child.id();
        let survives = |source| CeremonyError::Survives { process, source, earlier: None };
        if let Some(status) = wait(&mut child, grace).map_err(survives)? {
            return Ok(Ended::Itself(status));
        }
        child.kill().map_err(survives)?;
        match wait(&mut child, LAST).map_err(survives)? {
            Some(_) => Ok(Ended::Killed),
            None => Err(survives(io::ErrorKind::TimedOut.into())),
        }
    }
}

/// The status of the child once it has ended; nothing if it has not within `time`.
fn wait(child: &mut Child, time: Duration) -> io::Result<Option<ExitStatus>> {
    let until = Instant::now() + time;
    loop {
        let status = child.try_wait()?;
        if status.is_some() || Instant::now() >= until {
            return Ok(status);
        }
        std::thread::sleep(LOOK);
    }
}

/// Our end, of use until a moment.
#[derive(Debug)]
pub(super) struct Socket {
    stream: UnixStream,
    until: Instant,
}

impl Socket {
    fn left(&self) -> io::Result<Option<Duration>> {
        match self.until.saturating_duration_since(Instant::now()) {
            Duration::ZERO => Err(io::ErrorKind::TimedOut.into()),
            left => Ok(Some(left)),
        }
    }
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(self.left()?)?;
        self.stream.read(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(self.left()?)?;
        self.stream.write(&bytes[..bytes.len().min(PART)])
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
