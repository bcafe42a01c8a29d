// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Locks the process in, before there is a key: what others could read of it, and what it could reach itself.
//!
//! What must hold is checked or refused. What depends on the host (namespaces, Landlock) is tried and recorded; the list
//! goes into `ready` and into the key statement, so that whoever relies on a release can read what held.

use std::fs;
use std::io;

use landlock::{
    ABI, Access as _, AccessFs, AccessNet, Ruleset, RulesetAttr as _, RulesetError, RulesetStatus, Scope,
};
use rustix::io::Errno;
use rustix::process::{
    DumpableBehavior, Resource, Rlimit, Signal, dumpable_behavior, getrlimit, parent_process_death_signal,
    set_dumpable_behavior, set_parent_process_death_signal, setrlimit,
};
use rustix::thread::{UnshareFlags, no_new_privs, set_no_new_privs};

use crate::error::AgentError;
use crate::syscall;

const STATUS: &str = "/proc/self/status";
const SWAPS: &str = "/proc/swaps";

/// What is in force.
#[derive(Clone, Debug)]
pub(crate) struct Hardening {
    /// One word each, for `ready` and the key statement.
    pub(crate) measures: Vec<String>,
    /// Whether the machine has swap: judged when the request says whether that is allowed.
    pub(crate) swap: bool,
}

fn step(step: &'static str) -> impl FnOnce(Errno) -> AgentError {
    move |errno| AgentError::Harden { step, source: errno.into() }
}

/// Closes this process to others.
///
/// Comes before the first descriptor is opened that has to stay, and before anything secret.
pub(crate) fn close_off() -> Result<(), AgentError> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
        .map_err(step("forbid others to read this process"))?;
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
        .map_err(step("forbid core dumps"))?;
    set_no_new_privs(true).map_err(step("forbid new privileges"))?;
    set_parent_process_death_signal(Some(Signal::KILL)).map_err(step("tie this process to its parent"))?;
    let memlock = getrlimit(Resource::Memlock);
    setrlimit(Resource::Memlock, Rlimit { current: memlock.maximum, maximum: memlock.maximum })
        .map_err(step("raise the limit of locked memory"))
}

/// Leaves the host as far as it lets us, and checks all that [`close_off`] set. The process must have one thread.
pub(crate) fn leave_host() -> Result<Hardening, AgentError> {
    let status = fs::read_to_string(STATUS).map_err(|source| AgentError::Proc { path: STATUS, source })?;
    match tracer(&status) {
        Some(0) => {}
        Some(tracer) => return Err(AgentError::Traced { tracer }),
        None => return Err(AgentError::ProcText { path: STATUS }),
    }
    let swap = match fs::read_to_string(SWAPS) {
        Ok(text) => swaps(&text).ok_or(AgentError::ProcText { path: SWAPS })?,
        // A kernel that cannot swap has no such file; that /proc is there, the one above has shown.
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(source) => return Err(AgentError::Proc { path: SWAPS, source }),
    };
    let spaces = UnshareFlags::NEWUSER
        | UnshareFlags::NEWNET
        | UnshareFlags::NEWIPC
        | UnshareFlags::NEWUTS
        | UnshareFlags::NEWNS;
    let namespaces = if syscall::unshare(spaces).is_ok() { "namespaces" } else { "no-namespaces" };
    let landlock = match landlock() {
        Ok(RulesetStatus::FullyEnforced) => "landlock",
        Ok(RulesetStatus::PartiallyEnforced) => "landlock-partial",
        Ok(RulesetStatus::NotEnforced) | Err(_) => "no-landlock",
    };
    // A change of credentials resets both.
    let closed = dumpable_behavior().map_err(step("ask who may read this process"))?
        == DumpableBehavior::NotDumpable
        && parent_process_death_signal().map_err(step("ask for the signal of the parent's end"))?
            == Some(Signal::KILL)
        && no_new_privs().map_err(step("ask for new privileges"))?
        && getrlimit(Resource::Core).maximum == Some(0);
    if !closed {
        return Err(step("stay closed to others")(Errno::PERM));
    }
    let swap_word = if swap { "swap-on" } else { "swap-off" };
    let measures = [
        "not-dumpable",
        "no-core-dump",
        "no-new-privileges",
        "parent-death-signal",
        "not-traced",
        swap_word,
        namespaces,
        landlock,
        "seccomp",
    ];
    Ok(Hardening { measures: measures.map(str::to_owned).to_vec(), swap })
}

/// Denies every file, port, signal and abstract socket that Landlock knows of.
fn landlock() -> Result<RulesetStatus, RulesetError> {
    let ruleset = Ruleset::default()
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?;
    Ok(ruleset.create()?.restrict_self()?.ruleset)
}

/// The process that traces this one, 0 for none.
fn tracer(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("TracerPid:"))?.trim().parse().ok()
}

/// Whether a line follows the heading.
fn swaps(text: &str) -> Option<bool> {
    let mut lines = text.lines();
    lines.next().filter(|heading| heading.starts_with("Filename"))?;
    Some(lines.next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debugger_is_seen() {
        assert_eq!(tracer("Name:\tx\nTracerPid:\t0\nUid:\t0\n"), Some(0));
        assert_eq!(tracer("Name:\tx\nTracerPid:\t417\nUid:\t0\n"), Some(417));
        // What cannot be read is not "none".
        assert_eq!(tracer("Name:\tx\n"), None);
        assert_eq!(tracer("TracerPid:\t\n"), None);
    }

    #[test]
    fn swap_is_seen() {
        let heading = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert_eq!(swaps(heading), Some(false));
        assert_eq!(swaps(&format!("{heading}/dev/zram0 partition 8388604 0 100\n")), Some(true));
        assert_eq!(swaps(""), None);
        assert_eq!(swaps("something else\n"), None);
    }
}
