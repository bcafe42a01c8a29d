// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why the agent does not start, or refuses what it is asked for. Each ends the process; none says anything of the key.

use std::error::Error as _;
use std::io;

use ashlar_module_signature::{FormatError, FrameError, ModuleDigest, RefusalCode, Sha256};

/// A failed step, or a request that breaks the order of a ceremony.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AgentError {
    /// Nobody can speak to it.
    #[error("start: standard input is no UNIX stream socket; `ashlar release` starts this program")]
    NoSocket,
    /// A step of locking itself in failed.
    #[error("{step}")]
    Harden {
        /// The step.
        step: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file of /proc could not be read, so that a check could not be made.
    #[error("read {path}")]
    Proc {
        /// The file.
        path: &'static str,
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// A file of /proc reads otherwise than every kernel writes it.
    #[error("understand {path}")]
    ProcText {
        /// The file.
        path: &'static str,
    },
    /// Another process watches this one.
    #[error("hold a key: process {tracer} traces this one")]
    Traced {
        /// As the kernel states it.
        tracer: u32,
    },
    /// Memory of other processes, and of the frames, can reach a disk.
    #[error("hold a key: this machine swaps to a disk, and the request does not allow that")]
    Swap,
    /// No memory that stays where it is.
    #[error("get memory that is never swapped; see `ulimit -l`, 4 MiB are enough")]
    Memory {
        /// The cause.
        #[source]
        source: io::Error,
    },
    /// The filter could not be put in place.
    #[error("forbid system calls")]
    Filter {
        /// The cause.
        #[source]
        source: seccompiler::Error,
    },
    /// No frame where one has to come.
    #[error("go on: the other end has closed the socket before {expected}")]
    Closed {
        /// What was to come.
        expected: &'static str,
    },
    /// The time of the ceremony is over.
    #[error("go on: the time of this ceremony is over")]
    Deadline,
    /// A ceremony without an end.
    #[error("begin: a ceremony lasts from 1 to {most} milliseconds, not {asked}")]
    DeadlineRange {
        /// As asked for.
        asked: u64,
        /// The most there is.
        most: u64,
    },
    /// More modules than a key statement has room for.
    #[error("begin: a ceremony signs at most {most} modules, not {asked}: hold several")]
    TooMany {
        /// As asked for.
        asked: usize,
        /// The most there are.
        most: usize,
    },
    /// Another frame than the ceremony has at this point.
    #[error("go on: a `{found}` frame came in place of {expected}")]
    Unexpected {
        /// What came.
        found: &'static str,
        /// What was to come.
        expected: &'static str,
    },
    /// The request is for another program.
    #[error("begin: the request names the agent {asked}, and this one is {own}")]
    OtherAgent {
        /// As asked for.
        asked: Sha256,
        /// Digest of this program.
        own: Sha256,
    },
    /// A number that is not the next one.
    #[error("sign: number {found} came in place of {expected}")]
    Index {
        /// What came.
        found: u32,
        /// What was to come.
        expected: usize,
    },
    /// A digest that nobody committed to before there was a key.
    #[error("sign {digest}: nobody has committed to it")]
    Foreign {
        /// The digest.
        digest: ModuleDigest,
    },
    /// A digest that has been signed.
    #[error("sign {digest}: it is signed already")]
    Repeated {
        /// The digest.
        digest: ModuleDigest,
    },
    /// The end before everything was signed.
    #[error("finish: {signed} of {committed} committed modules are signed")]
    Unfinished {
        /// How many are signed.
        signed: usize,
        /// How many were committed to.
        committed: usize,
    },
    /// A frame that cannot be read or written.
    #[error(transparent)]
    Frame(FrameError),
    /// A key, certificate, signature or statement that cannot be made.
    #[error(transparent)]
    Format(FormatError),
}

impl AgentError {
    /// The whole chain of causes in one line, as `refused` states it.
    pub(crate) fn reason(&self) -> String {
        let mut reason = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors state their cause themselves.
            if !reason.ends_with(&text) {
                reason = format!("{reason}: {text}");
            }
            cause = error.source();
        }
        reason.replace('\n', " ")
    }

    /// What would have to be otherwise, as `refused` states it.
    pub(crate) fn code(&self) -> RefusalCode {
        match self {
            Self::Swap => RefusalCode::Swap,
            Self::Memory { .. } => RefusalCode::LockedMemory,
            Self::Traced { .. } => RefusalCode::Traced,
            Self::NoSocket
            | Self::Harden { .. }
            | Self::Proc { .. }
            | Self::ProcText { .. }
            | Self::Filter { .. } => RefusalCode::Host,
            Self::Deadline => RefusalCode::Deadline,
            Self::Closed { .. }
            | Self::DeadlineRange { .. }
            | Self::TooMany { .. }
            | Self::Unexpected { .. }
            | Self::OtherAgent { .. }
            | Self::Index { .. }
            | Self::Foreign { .. }
            | Self::Repeated { .. }
            | Self::Unfinished { .. }
            | Self::Frame(_) => RefusalCode::Request,
            Self::Format(_) => RefusalCode::Fault,
        }
    }
}

impl From<FrameError> for AgentError {
    fn from(error: FrameError) -> Self {
        match &error {
            FrameError::Read { source } | FrameError::Write { source }
                if source.kind() == io::ErrorKind::TimedOut =>
            {
                Self::Deadline
            }
            _ => Self::Frame(error),
        }
    }
}

impl From<FormatError> for AgentError {
    fn from(error: FormatError) -> Self {
        Self::Format(error)
    }
}
