// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a sandbox ended, and what it did that its exit status does not say.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum End {
    /// It exited with this status.
    Exited(i32),
    /// This signal killed it.
    Signalled(i32),
    /// [`wall_milliseconds`](crate::Limits::wall_milliseconds) passed, and everything was killed.
    TimedOut,
}

/// One attempt to reach something beyond loopback. It was refused with `ENETUNREACH`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NetworkAttempt {
    /// The executable, as the sandbox sees it.
    pub program: String,
    /// Its command line, shortened.
    pub arguments: String,
    /// Where it wanted to go: `192.0.2.1:80`, `[2001:db8::1]:443`; `name lookup (127.0.0.1:53)` for a question to a
    /// name server.
    pub address: String,
}

/// What the command and all its children used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// CPU time in user mode.
    pub user: Duration,
    /// CPU time in the kernel.
    pub system: Duration,
    /// The largest resident set of a single process, in bytes.
    pub max_rss_bytes: u64,
    /// The most memory of the whole sandbox at one time, cached files included, in bytes: where it had a cgroup, and
    /// the kernel counts (`memory.peak`, Linux 5.19 and newer).
    pub group_peak_bytes: Option<u64>,
    /// From the start of [`run`](crate::run) to the end of the last process.
    pub wall: Duration,
}

/// Which of the second lines of defence this kernel offers. Namespaces and the system call filter are always there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Isolation {
    /// Landlock is in force (the whole of what we ask for, or what an older kernel has of it).
    pub landlock: bool,
    /// The sandbox has a cgroup: limits of memory and processes hold for it as a whole.
    pub cgroup: bool,
    /// The number of processes is limited by the pid namespace (Linux 6.14 and newer).
    pub pid_limit: bool,
}

/// How a sandbox ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How the command ended.
    pub end: End,
    /// Attempts to reach the network, each once, sorted. Not empty means: the step has failed, whatever `end` says.
    pub network: Vec<NetworkAttempt>,
    /// How many attempts there were in all; larger than `network.len()` where some were equal or too many.
    pub network_count: u64,
    /// Processes that were still there when the command ended, and were killed.
    pub survivors: u32,
    /// A process was killed because the sandbox reached its memory limit (known only with a cgroup).
    pub out_of_memory: bool,
    /// What was used.
    pub usage: Usage,
    /// What protected the host.
    pub isolation: Isolation,
}

impl Outcome {
    /// Whether the command exited with 0 and nothing tried to reach the network.
    #[must_use]
    pub fn success(&self) -> bool {
        self.end == End::Exited(0) && self.network_count == 0
    }
}
