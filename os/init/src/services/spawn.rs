// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Starts the main process of a service: in its cgroup and a session of its own, with nothing of PID 1's.

use super::cgroup::Cgroup;
use super::file::Service;
use crate::error::InitError;
use crate::syscall;
use rustix::process::Pid;
use std::io::{self, PipeReader, PipeWriter};
use std::process::{Command, Stdio};

/// A started service.
#[derive(Debug)]
pub(crate) struct Started {
    pub(crate) main: Pid,
    /// Reading never waits.
    pub(crate) stdout: PipeReader,
    pub(crate) stderr: PipeReader,
}

/// Starts `service`. Once this returns, its program runs.
///
/// # Errors
/// Whatever was missing, the program itself included. Then there is no process.
pub(crate) fn start(service: &Service, cgroup: &Cgroup) -> Result<Started, InitError> {
    let procs = cgroup.enter()?;
    let failed = |source| InitError::Run { path: service.program.clone(), source };
    let (stdout, out) = pipe().map_err(failed)?;
    let (stderr, err) = pipe().map_err(failed)?;
    let mut command = Command::new(&service.program);
    command.args(&service.arguments).env_clear().envs(&service.environment).current_dir("/");
    command.stdin(Stdio::null()).stdout(out).stderr(err);
    syscall::make_service(&mut command, procs);
    // What std keeps of a child closes nothing and waits for nothing when it is dropped.
    let child = command.spawn().map_err(failed)?;
    Ok(Started { main: Pid::from_child(&child), stdout, stderr })
}

fn pipe() -> io::Result<(PipeReader, PipeWriter)> {
    let (reader, writer) = io::pipe()?;
    // Only this end: a service may rely upon writes that wait.
    rustix::io::ioctl_fionbio(&reader, true)?;
    Ok((reader, writer))
}

#[cfg(test)]
mod tests;
