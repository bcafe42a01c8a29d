// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One agent and the other end of its socket.

use std::io::{ErrorKind, Write as _};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use ashlar_module_signature::{
    AgentFrame, Algorithm, Commitment, Envelope, FrameError, Memory, ModuleDigest, ParentFrame, RefusalCode,
    ReleaseId, Sha256, read_frame, write_frame,
};

/// Longer than anything takes here; so that a fault fails instead of hanging.
const PATIENCE: Duration = Duration::from_secs(600);

/// The agent that cargo has built.
pub(crate) fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_signing-agent"))
}

/// Digests of `count` modules, ascending.
pub(crate) fn digests(count: u32) -> Vec<ModuleDigest> {
    committed(count).digests().to_vec()
}

pub(crate) fn committed(count: u32) -> Commitment {
    Commitment::new((0..count).map(|number| ModuleDigest::of(&number.to_be_bytes()))).unwrap()
}

pub(crate) fn release() -> ReleaseId {
    ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap()
}

/// What the agent says of itself.
pub(crate) struct Ready {
    pub(crate) agent_sha256: Sha256,
    pub(crate) memory: Memory,
    pub(crate) hardening: Vec<String>,
}

/// Everything that a ceremony gave.
pub(crate) struct Done {
    pub(crate) certificate: Vec<u8>,
    pub(crate) signatures: Vec<Vec<u8>>,
    pub(crate) envelope: Envelope,
    pub(crate) status: ExitStatus,
}

pub(crate) struct Process {
    pub(crate) child: Child,
    pub(crate) socket: UnixStream,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let (socket, theirs) = UnixStream::pair().unwrap();
        socket.set_read_timeout(Some(PATIENCE)).unwrap();
        let child = command.stdin(Stdio::from(OwnedFd::from(theirs))).spawn().unwrap();
        // Its copy of the other end must not outlive the agent.
        command.stdin(Stdio::null());
        Self { child, socket }
    }

    pub(crate) fn agent() -> Self {
        Self::start(&mut Command::new(program()))
    }

    /// The next frame; nothing once the agent is gone.
    pub(crate) fn receive(&mut self) -> Option<AgentFrame> {
        match read_frame(&mut self.socket) {
            // It ended before it had read all that was sent.
            Err(FrameError::Read { source }) if source.kind() == ErrorKind::ConnectionReset => None,
            frame => frame.unwrap(),
        }
    }

    pub(crate) fn send(&mut self, frame: &ParentFrame) {
        write_frame(&mut self.socket, frame).unwrap();
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.socket.write_all(bytes).unwrap();
    }

    pub(crate) fn ready(&mut self) -> Ready {
        match self.receive() {
            Some(AgentFrame::Ready { agent_sha256, memory, hardening }) => {
                Ready { agent_sha256, memory, hardening }
            }
            other => panic!("{other:?}"),
        }
    }

    /// Waits for `ready` and asks for a key for `count` modules.
    pub(crate) fn begin(&mut self, algorithm: Algorithm, count: u32, deadline_ms: u64) -> Ready {
        let ready = self.ready();
        self.send(&ParentFrame::Begin {
            release: release(),
            algorithm,
            epoch: 1_700_000_000,
            agent_sha256: ready.agent_sha256,
            committed: committed(count),
            deadline_ms,
            allow_swap: true,
        });
        ready
    }

    pub(crate) fn certificate(&mut self) -> Vec<u8> {
        match self.receive() {
            Some(AgentFrame::Certificate { der }) => der,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn sign(&mut self, index: u32, digest: ModuleDigest) -> Vec<u8> {
        self.send(&ParentFrame::Sign { index, digest });
        match self.receive() {
            Some(AgentFrame::Signature { index: answered, cms }) if answered == index => cms,
            other => panic!("{other:?}"),
        }
    }

    /// The whole ceremony, after [`Process::begin`].
    pub(crate) fn complete(mut self, count: u32) -> Done {
        let certificate = self.certificate();
        let signatures = (0..).zip(digests(count)).map(|(index, digest)| self.sign(index, digest)).collect();
        self.send(&ParentFrame::Finish {});
        let Some(AgentFrame::Statement { envelope }) = self.receive() else { panic!() };
        assert_eq!(self.receive(), None);
        Done { certificate, signatures, envelope, status: self.child.wait().unwrap() }
    }

    /// The reason of the refusal that has to come next, for `expected`, and that the agent ends after it.
    pub(crate) fn refused(mut self, expected: RefusalCode) -> String {
        let (code, reason) = match self.receive() {
            Some(AgentFrame::Refused { code, reason }) => (code, reason),
            other => panic!("{other:?}"),
        };
        assert_eq!(code, expected, "{reason}");
        assert_eq!(self.receive(), None);
        assert_eq!(self.child.wait().unwrap().code(), Some(1));
        reason
    }
}
