// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The services of an image: what is started, kept alive and stopped, and what the status line says of it.
//!
//! Format and meaning: docs/design/services.md. Which file does what:
//!
//! ```text
//! file     /usr/lib/ashlar/services.json → services, in the order of their start
//! life     one service: events and a clock in, orders out; no system call
//!   order, asking            the words for it, and how often is asked
//! machine  all of them: order of start and stop, when they are settled
//! report   what the status line says of each
//! running  carries the orders out, and hears of ends
//!   run                      one service as the kernel has it
//!   cgroup, spawn, socket    by which kernel calls
//!   pipe, output             what a service says, on its way to the console
//! ```

mod asking;
mod cgroup;
mod file;
mod life;
mod machine;
mod order;
mod output;
mod pipe;
mod report;
mod run;
mod running;
mod socket;
mod spawn;
#[cfg(test)]
pub(crate) mod trial;

pub(crate) use cgroup::Cgroups;
pub(crate) use file::{Service, read};
pub(crate) use report::ServiceReport;
pub(crate) use running::{Services, Voice};
#[cfg(test)]
pub(crate) use {file::Kind, report::ServiceState};
