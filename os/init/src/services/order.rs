// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The words between what decides about services and what carries it out.

use std::fmt;

/// How a main process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Status(i32),
    Signal(i32),
}

impl fmt::Display for Exit {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(status) => write!(formatter, "exit status {status}"),
            Self::Signal(signal) => write!(formatter, "signal {signal}"),
        }
    }
}

/// What happened to a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Event {
    Started,
    NotStarted(String),
    /// Its socket took a connection.
    Answered,
    /// Its socket took none, and why.
    Silent(String),
    /// Its main process ended.
    Ended(Exit),
    /// No process is left in its cgroup.
    Empty,
    /// It is unknown whether any is left, and why.
    Unknown(String),
}

/// What to do for a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Order {
    /// Answered by `Started` or `NotStarted`.
    Start,
    /// Try its socket; answered by `Answered` or `Silent`.
    Connect,
    /// SIGTERM to the main process.
    Terminate,
    /// SIGKILL to every process.
    Kill,
    /// See whether a process is left; answered by `Empty` or `Unknown`, or not at all while one is.
    Look,
    /// Tell that it failed.
    Tell(Trouble),
}

/// What failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    Run(String),
    Stop(String),
}
