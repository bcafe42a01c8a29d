// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The processes that become a sandbox.
//!
//! [`dispatch`] is the first thing that a binary which calls [`run`](crate::run) does in `main`: there is one thread
//! then, and a user namespace can only be entered by a process with one thread.

mod attempts;
mod command;
mod confine;
mod devices;
mod enter;
mod mounts;
mod place;
mod procfs;
mod watch;

use crate::control::STAGE_NAME;
pub(crate) use enter::{ENTER_NAMESPACES, WRITE_ID_MAPS};
pub(crate) use mounts::MAKE_PRIVATE;

/// Becomes a sandbox and never returns, if this process was started by [`run`](crate::run) to be one; otherwise
/// does nothing.
///
/// Call it first in `main`, before any thread is started.
pub fn dispatch() {
    if std::env::args_os().next().is_some_and(|name| name == STAGE_NAME) {
        enter::enter();
    }
}
