// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the caller and the sandbox tell each other over one stream socket.
//!
//! The caller sends one message: a byte of [`Mode`] with the descriptors [`Parcel`] as `SCM_RIGHTS`; the specification
//! is a memory file, because arguments are visible in `/proc` and limited in size. The sandbox answers with one JSON
//! [`Report`] and closes. A caller that closes first, alive or dead, thereby ends the sandbox.

use std::fs::File;
use std::io::{self, IoSlice, IoSliceMut, Read, Seek, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};

use crate::outcome::{End, Isolation, NetworkAttempt, Usage};
use crate::spec::SandboxSpec;

/// `argv[0]` of the process that becomes a sandbox.
pub(crate) const STAGE_NAME: &str = "ashlar-sandbox-stage";

/// All that the sandbox needs to know.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Request {
    pub(crate) spec: SandboxSpec,
    /// The cgroup to enter.
    pub(crate) cgroup: Option<PathBuf>,
    /// Whether limits rely on it; where it only counts, the sandbox does without if it cannot be entered.
    pub(crate) cgroup_limits: bool,
    /// Keep the terminal as controlling terminal.
    pub(crate) terminal: bool,
    /// Only find out whether namespaces can be made.
    pub(crate) preflight: bool,
}

/// The sandbox's answer.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Report {
    /// Setting up failed.
    Failed(Failure),
    /// The command has ended.
    Finished(Finish),
    /// A preflight went well.
    Possible,
}

/// The step of the set-up that failed.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) operation: String,
    pub(crate) path: Option<PathBuf>,
    pub(crate) errno: i32,
}

/// What the sandbox knows at its end.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Finish {
    pub(crate) end: End,
    pub(crate) network: Vec<NetworkAttempt>,
    pub(crate) network_count: u64,
    pub(crate) survivors: u32,
    pub(crate) usage: Usage,
    pub(crate) isolation: Isolation,
}

impl Failure {
    /// A closure for `map_err`.
    pub(crate) fn at<E: Into<io::Error>>(operation: &str, path: Option<PathBuf>) -> impl FnOnce(E) -> Self {
        let operation = operation.to_owned();
        move |error| {
            let error: io::Error = error.into();
            Self { operation, path, errno: error.raw_os_error().unwrap_or(libc::EIO) }
        }
    }

    /// A closure for `map_err`, for a step without a path.
    pub(crate) fn of<E: Into<io::Error>>(operation: &str) -> impl FnOnce(E) -> Self {
        Self::at(operation, None)
    }
}

/// The descriptors that come with a request.
#[derive(Debug)]
pub(crate) struct Parcel {
    pub(crate) stdin: OwnedFd,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
}

/// Sends a request.
pub(crate) fn send(socket: impl AsFd, request: &[u8], parcel: &Parcel) -> io::Result<()> {
    let memory = rustix::fs::memfd_create("ashlar-sandbox", rustix::fs::MemfdFlags::CLOEXEC)?;
    let mut memory = File::from(memory);
    memory.write_all(request)?;
    let fds = [memory.as_fd(), parcel.stdin.as_fd(), parcel.stdout.as_fd(), parcel.stderr.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    control.push(SendAncillaryMessage::ScmRights(&fds));
    sendmsg(socket, &[IoSlice::new(&[1])], &mut control, SendFlags::NOSIGNAL)?;
    Ok(())
}

/// Receives a request.
pub(crate) fn receive(socket: impl AsFd) -> io::Result<(Request, Parcel)> {
    let mut byte = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(4))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    recvmsg(socket, &mut [IoSliceMut::new(&mut byte)], &mut control, RecvFlags::CMSG_CLOEXEC)?;
    let mut fds = Vec::new();
    for message in control.drain() {
        if let RecvAncillaryMessage::ScmRights(received) = message {
            fds.extend(received);
        }
    }
    let [memory, stdin, stdout, stderr] =
        <[OwnedFd; 4]>::try_from(fds).map_err(|_| io::Error::from_raw_os_error(libc::EPROTO))?;
    let mut memory = File::from(memory);
    memory.rewind()?;
    let mut text = Vec::new();
    memory.read_to_end(&mut text)?;
    let request = serde_json::from_slice(&text).map_err(|_| io::Error::from_raw_os_error(libc::EPROTO))?;
    Ok((request, Parcel { stdin, stdout, stderr }))
}
