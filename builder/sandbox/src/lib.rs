// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A rootless Linux sandbox described by a value.
//!
//! A [`SandboxSpec`] says all that a build may see; [`run`] makes it true with nothing but unprivileged user
//! namespaces, waits, and returns an [`Outcome`]. There is no option for a network: a sandbox has loopback only,
//! and an attempt to reach further is in the outcome with program and address, even when the build hid it.
//!
//! ```text
//! caller ── run() ── spawns ──> stage 1            the same binary again, recognised by `dispatch()`
//!                                 │ new user, mount, pid, net, ipc, uts and cgroup namespaces; id maps; fork
//!                                 └─> PID 1        mounts, pivot_root, limits, no capabilities, filters
//!                                       │          then: reaps, answers the filter's questions, watches the clock
//!                                       └─> command and everything it starts
//! ```
//!
//! Each process dies with the one above it, and all that is in the sandbox dies with PID 1. So a sandbox cannot
//! outlive its caller, however the caller ends.
//!
//! What Linux does not let an unprivileged process hide is listed in `README.md`.
#![deny(unsafe_code)]

mod address;
mod cancel;
mod cgroup;
mod control;
mod error;
mod filter;
mod identity;
mod listen;
mod obstacle;
mod outcome;
mod run;
mod scratch;
mod spec;
mod stage;
mod syscall;

pub use cancel::Cancel;
pub use error::SandboxError;
pub use identity::{KernelIdentity, POLICY_VERSION};
pub use obstacle::Obstacle;
pub use outcome::{End, Isolation, NetworkAttempt, Outcome, Usage};
pub use run::{Console, preflight, run};
pub use scratch::remove_scratch;
pub use spec::{Bind, Limits, SandboxSpec, SpecProblem};
pub use stage::dispatch;
