// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is left of the kernel once there may be a key: reading and writing the socket, waiting, time, and the end.
//!
//! Any other system call kills the process. Entropy is drawn and memory is mapped before, so that neither `getrandom` nor
//! `mmap` is on the list. The list holds for all threads of the process.

use std::collections::BTreeMap;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule,
    apply_filter_all_threads,
};

use crate::error::AgentError;

/// Allowed on standard input only.
const ON_THE_SOCKET: [i64; 2] = [libc::SYS_read, libc::SYS_write];
/// Allowed as they are: the waiting of the channel and of the main thread, the clock where the vDSO has none, and the ends of
/// thread and process.
const AS_THEY_ARE: [i64; 5] =
    [libc::SYS_ppoll, libc::SYS_futex, libc::SYS_clock_gettime, libc::SYS_exit, libc::SYS_exit_group];

fn program() -> Result<BpfProgram, seccompiler::BackendError> {
    let standard_input = SeccompCondition::new(0, SeccompCmpArgLen::Qword, SeccompCmpOp::Eq, 0)?;
    let mut rules = BTreeMap::new();
    for call in ON_THE_SOCKET {
        rules.insert(call, vec![SeccompRule::new(vec![standard_input.clone()])?]);
    }
    for call in AS_THEY_ARE {
        rules.insert(call, Vec::new());
    }
    // The search reads the list of mappings, whose descriptor was opened before.
    #[cfg(feature = "known-key")]
    rules.insert(libc::SYS_read, Vec::new());
    let architecture = std::env::consts::ARCH.try_into()?;
    SeccompFilter::new(rules, SeccompAction::KillProcess, SeccompAction::Allow, architecture)?.try_into()
}

/// Puts the filter in place for all threads, for good.
pub(crate) fn forbid_system_calls() -> Result<(), AgentError> {
    let program = program().map_err(|error| AgentError::Filter { source: error.into() })?;
    apply_filter_all_threads(&program).map_err(|source| AgentError::Filter { source })
}
