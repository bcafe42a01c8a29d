// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why there was no ceremony or no end to it, and what is to be done: another thing for each cause.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use ashlar_module_signature::{FrameError, RefusalCode, Sha256};

use super::process::Ended;
use crate::failure::{Failure, Kind, chain};

/// Whatever the cause was.
const KEPT: &str = "nothing was published, and what was built is kept";

/// A ceremony that gave nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum CeremonyError {
    /// There is no agent.
    #[error("start {}", program.display())]
    Start {
        program: PathBuf,
        #[source]
        source: io::Error,
    },
    /// It says so itself.
    #[error("the agent refuses: {reason}")]
    Refused { code: RefusalCode, reason: String },
    /// It closed the socket where an answer, or the rest of one, was due.
    #[error("the agent ended without an answer{}", status.map(|status| format!(", with {status}")).unwrap_or_default())]
    Silent { status: Option<ExitStatus> },
    /// The time was over.
    #[error("the agent took longer than a ceremony may")]
    Late,
    /// The socket does not pass on what is said.
    #[error("speak with the agent")]
    Wire {
        #[source]
        source: FrameError,
    },
    /// It says what no agent of this version says.
    #[error("understand the agent")]
    Language {
        #[source]
        source: FrameError,
    },
    /// It is another program than was built.
    #[error("the agent says its program is {said}, the recipe gave {built}")]
    OtherAgent { said: Sha256, built: Sha256 },
    /// An answer that was judged and does not hold.
    #[error("{what}")]
    Wrong { what: String },
    /// All was well but the end.
    #[error("the agent {ended} after its statement")]
    Exit { ended: Ended },
    /// It cannot be ended.
    #[error("end the agent, process {process}{}", earlier.as_ref().map(|earlier| format!(" ({})", chain(&**earlier))).unwrap_or_default())]
    Survives {
        process: u32,
        #[source]
        source: io::Error,
        /// Why it was to end before its time.
        earlier: Option<Box<CeremonyError>>,
    },
}

impl CeremonyError {
    /// The same, with what came before it.
    pub(super) fn after(self, before: Option<Self>) -> Self {
        match self {
            Self::Survives { process, source, .. } => {
                Self::Survives { process, source, earlier: before.map(Box::new) }
            }
            other => other,
        }
    }

    pub(super) fn into_failure(self) -> Failure {
        let message = format!("hold the ceremony: {}", chain(&self));
        let help = Some(self.help());
        match self.kind() {
            Kind::Surroundings => Failure::Surroundings { message, help },
            _ => Failure::Finding { message, help },
        }
    }

    /// Whether the machine is to blame, or the agent.
    fn kind(&self) -> Kind {
        match self {
            Self::Start { .. } | Self::Late | Self::Wire { .. } | Self::Survives { .. } => Kind::Surroundings,
            Self::Refused { code, .. } => match code {
                RefusalCode::Swap
                | RefusalCode::LockedMemory
                | RefusalCode::Traced
                | RefusalCode::Host
                | RefusalCode::Deadline => Kind::Surroundings,
                RefusalCode::Request | RefusalCode::Fault => Kind::Finding,
            },
            Self::Silent { .. }
            | Self::Language { .. }
            | Self::OtherAgent { .. }
            | Self::Wrong { .. }
            | Self::Exit { .. } => Kind::Finding,
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Start { .. } => {
                "no key was made; the store has to lie where programs may run (no `noexec`), and be whole: `ashlar store check --repair`"
                    .to_owned()
            }
            Self::Refused { code, .. } => format!("{}; {KEPT}", remedy(*code)),
            Self::Silent { .. } => format!(
                "the key is gone; look for what ended the agent, such as a lack of memory or a filter of system calls (`dmesg`); {KEPT}"
            ),
            Self::Late | Self::Wire { .. } => {
                format!("the key is gone; run the command again when the machine has less to do; {KEPT}")
            }
            Self::Language { .. } => format!(
                "the key is gone; `ashlar` and the recipe `signing-agent` have to be of one version: build `ashlar` from the sources that the recipe has; {KEPT}"
            ),
            Self::OtherAgent { .. } => format!(
                "no key was made; see whether the store is whole, by `ashlar store check --repair`, and run the command again; {KEPT}"
            ),
            Self::Wrong { .. } | Self::Exit { .. } => format!(
                "the key is gone; do not release by this agent before that is explained: `ashlar reproduce signing-agent` shows whether it is what its sources give; {KEPT}"
            ),
            Self::Survives { process, .. } => format!(
                "a key may still be in its memory: end process {process} (`kill -9 {process}`), or restart the machine; {KEPT}"
            ),
        }
    }
}

/// What the user can do about a refusal.
fn remedy(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Swap => {
            "switch swap off for the ceremony (`swapoff -a`), or allow it with `--allow-swap`"
        }
        RefusalCode::LockedMemory => {
            "`ulimit -H -l` has to show 4096 (KiB) or more: raise `memlock` in /etc/security/limits.conf, or LimitMEMLOCK= of the service"
        }
        RefusalCode::Traced => "run the command without a debugger and without `strace`",
        RefusalCode::Host => {
            "the host forbids what the agent needs to lock itself in: run the command outside of containers that filter system calls, with /proc mounted"
        }
        RefusalCode::Deadline => "the key is gone; run the command again when the machine has less to do",
        RefusalCode::Request => {
            "no signature of this run is kept; `ashlar` and the recipe `signing-agent` have to be of one version, and if they are, report this as a fault of `ashlar`"
        }
        RefusalCode::Fault => "no signature of this run is kept; report this as a fault of the agent",
    }
}

impl From<FrameError> for CeremonyError {
    fn from(source: FrameError) -> Self {
        match &source {
            FrameError::Read { source: cause } | FrameError::Write { source: cause }
                if matches!(cause.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) =>
            {
                Self::Late
            }
            // It ended before it had read all that was sent.
            FrameError::Read { source: cause } | FrameError::Write { source: cause }
                if matches!(cause.kind(), io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) =>
            {
                Self::Silent { status: None }
            }
            FrameError::Truncated => Self::Silent { status: None },
            FrameError::Read { .. } | FrameError::Write { .. } | FrameError::Encode { .. } => {
                Self::Wire { source }
            }
            FrameError::TooLong { .. } | FrameError::Malformed { .. } => Self::Language { source },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(code: RefusalCode) -> CeremonyError {
        CeremonyError::Refused { code, reason: "so it is".to_owned() }
    }

    fn start() -> CeremonyError {
        CeremonyError::Start {
            program: "/store/agent".into(),
            source: io::ErrorKind::PermissionDenied.into(),
        }
    }

    fn survives() -> CeremonyError {
        CeremonyError::Survives { process: 417, source: io::ErrorKind::TimedOut.into(), earlier: None }
    }

    #[test]
    fn the_help_names_the_remedy_of_the_cause() {
        for (error, kind, words) in [
            (start(), Kind::Surroundings, &["no key was made", "noexec"][..]),
            (refused(RefusalCode::Swap), Kind::Surroundings, &["`swapoff -a`", "`--allow-swap`"]),
            (refused(RefusalCode::LockedMemory), Kind::Surroundings, &["`ulimit -H -l`", "4096"]),
            (refused(RefusalCode::Traced), Kind::Surroundings, &["debugger", "`strace`"]),
            (refused(RefusalCode::Host), Kind::Surroundings, &["containers", "/proc"]),
            (refused(RefusalCode::Deadline), Kind::Surroundings, &["less to do"]),
            (refused(RefusalCode::Request), Kind::Finding, &["of one version"]),
            (refused(RefusalCode::Fault), Kind::Finding, &["a fault of the agent"]),
            (CeremonyError::Silent { status: None }, Kind::Finding, &["what ended the agent"]),
            (CeremonyError::Late, Kind::Surroundings, &["less to do"]),
            (FrameError::TooLong { length: 1 << 30 }.into(), Kind::Finding, &["of one version"]),
            (
                CeremonyError::Wrong { what: String::new() },
                Kind::Finding,
                &["`ashlar reproduce signing-agent`"],
            ),
            (
                CeremonyError::Exit { ended: Ended::Killed },
                Kind::Finding,
                &["`ashlar reproduce signing-agent`"],
            ),
            (survives(), Kind::Surroundings, &["`kill -9 417`"]),
        ] {
            let failure = error.into_failure();
            let help = failure.help().unwrap();
            assert_eq!(failure.kind(), kind, "{failure}");
            assert!(words.iter().all(|word| help.contains(word)), "{failure}: {help}");
        }
    }

    #[test]
    fn a_key_that_never_was_or_may_still_be_is_not_said_to_be_gone() {
        let before = [RefusalCode::Swap, RefusalCode::LockedMemory, RefusalCode::Traced, RefusalCode::Host];
        for error in before.map(refused).into_iter().chain([start(), survives()]) {
            assert!(!error.help().contains("gone"), "{error}");
            assert!(!error.help().contains("run the command again"), "{error}");
        }
    }

    #[test]
    fn an_agent_that_cannot_be_ended_does_not_hide_why_it_was_to_end() {
        let failure = survives().after(Some(refused(RefusalCode::Swap))).into_failure();
        let told = "hold the ceremony: end the agent, process 417 (the agent refuses: so it is): timed out";
        assert_eq!(failure.to_string(), told);
    }

    #[test]
    fn what_ended_the_conversation_is_told_by_what_the_socket_said() {
        let read = |kind: io::ErrorKind| CeremonyError::from(FrameError::Read { source: kind.into() });
        let write = |kind: io::ErrorKind| CeremonyError::from(FrameError::Write { source: kind.into() });
        for late in [io::ErrorKind::TimedOut, io::ErrorKind::WouldBlock] {
            assert!(matches!((read(late), write(late)), (CeremonyError::Late, CeremonyError::Late)));
        }
        assert!(matches!(read(io::ErrorKind::ConnectionReset), CeremonyError::Silent { status: None }));
        assert!(matches!(write(io::ErrorKind::BrokenPipe), CeremonyError::Silent { status: None }));
        assert!(matches!(FrameError::Truncated.into(), CeremonyError::Silent { status: None }));
        assert!(matches!(read(io::ErrorKind::Other), CeremonyError::Wire { .. }));
    }
}
