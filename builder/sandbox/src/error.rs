// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong around a sandbox. A command that fails inside of it is an [`Outcome`](crate::Outcome).

use std::io;
use std::path::PathBuf;

use crate::obstacle::Obstacle;
use crate::spec::SpecProblem;

/// A sandbox could not be started, watched or removed.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The specification cannot be run.
    #[error("accept the sandbox specification: {problem}")]
    Spec {
        /// What is wrong with it.
        problem: SpecProblem,
    },
    /// The specification cannot be passed on, because a path in it is not UTF-8.
    #[error("pass on the sandbox specification")]
    Encode {
        /// What the encoder said.
        #[source]
        source: serde_json::Error,
    },
    /// A file or folder of the scratch folder could not be made or removed.
    #[error("prepare or remove {} in the sandbox's scratch folder", path.display())]
    Scratch {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The helper binary could not be started.
    #[error("start the sandbox helper {}", path.display())]
    Helper {
        /// The binary.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Talking to the sandbox failed.
    #[error("talk to the sandbox")]
    Channel {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The build's output could not be written to its log; the sandbox was ended.
    #[error("write the log of the sandbox")]
    Log {
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The host does not let this user make namespaces.
    #[error("make user namespaces, because {obstacle}")]
    Forbidden {
        /// The setting that forbids it.
        obstacle: Obstacle,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// One step of setting up the sandbox failed.
    #[error("set up the sandbox: {operation}{}", path.as_ref().map(|path| format!(" {}", path.display())).unwrap_or_default())]
    Setup {
        /// What was tried.
        operation: String,
        /// On which path.
        path: Option<PathBuf>,
        /// What the kernel said.
        #[source]
        source: io::Error,
    },
    /// The sandbox ended without saying how: somebody killed it from outside, or the host is out of memory.
    #[error("learn how the sandbox ended ({status})")]
    Lost {
        /// How its first process ended.
        status: String,
    },
    /// [`Cancel::cancel`](crate::Cancel::cancel) was called.
    #[error("finish the sandbox, which was cancelled")]
    Cancelled,
}

impl SandboxError {
    /// The next step to take, where one is known.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Forbidden { obstacle, .. } => Some(obstacle.help().to_owned()),
            Self::Setup { operation, source, .. } => setup_help(operation, source),
            Self::Lost { .. } => Some("look for an out-of-memory kill in the kernel's log".to_owned()),
            Self::Log { .. } => Some("check the free space where logs are kept".to_owned()),
            Self::Scratch { .. } => Some("check the free space and the owner of that folder".to_owned()),
            Self::Helper { .. } => Some("the ashlar binary must stay in its place while it runs".to_owned()),
            Self::Spec { .. } | Self::Encode { .. } | Self::Channel { .. } | Self::Cancelled => None,
        }
    }
}

fn setup_help(operation: &str, source: &io::Error) -> Option<String> {
    let text = match (operation, source.raw_os_error()) {
        ("mount the overlay", Some(libc::EINVAL | libc::ENODEV | libc::EOPNOTSUPP)) => {
            "put the store on ext4, xfs, btrfs or tmpfs (overlayfs cannot write to overlayfs or to network filesystems), \
             and use Linux 5.11 or newer"
        }
        ("mount /proc", Some(libc::EPERM)) => Obstacle::Container.help(),
        ("start", Some(libc::ENOENT)) => {
            "the program, or the loader it names, is not in the sysroot: add the seed or recipe that has it"
        }
        ("start", Some(libc::ENOEXEC)) => "the program is for another architecture, or a script without #!",
        ("resolve bind destination", _) => {
            "a symbolic link or a file of the sysroot lies where a folder must be"
        }
        _ => return None,
    };
    Some(text.to_owned())
}
