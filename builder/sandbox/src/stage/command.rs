// SPDX-License-Identifier: Apache-2.0 OR MIT
//! PID 1 of the sandbox: confines itself, starts the command, reaps everything, reports.

use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, exit};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, WaitStatus, set_parent_process_death_signal, wait};

use super::attempts::Name;
use super::confine::{Confined, confine};
use super::enter::report;
use super::mounts::change_root;
use super::watch::{Shared, Watch};
use crate::control::{Failure, Finish, Parcel, Report, Request};
use crate::outcome::{End, Isolation, Usage};
use crate::spec::SandboxSpec;
use crate::syscall::{kill_all, usage_of_children};

/// Never returns; what is left in the sandbox ends with this process.
pub(super) fn become_first_process(request: &Request, parcel: Parcel, caller: &UnixStream) -> ! {
    // Stage 1 may have died before this line; then the caller has noticed, closes, and the watch ends us.
    let _unsupported = set_parent_process_death_signal(Some(Signal::KILL));
    match live(request, parcel, caller) {
        Ok(finish) => report(caller, &Report::Finished(finish)),
        Err(failure) => report(caller, &Report::Failed(failure)),
    }
    exit(0)
}

fn live(request: &Request, parcel: Parcel, caller: &UnixStream) -> Result<Finish, Failure> {
    let spec = &request.spec;
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o022));
    let pid_limit = change_root(spec)?;
    let name = Name::of(&spec.kernel, &spec.hostname);
    let Confined { listener, landlock } = confine(spec, request.cgroup.is_some())?;
    let caller = caller.try_clone().map_err(Failure::of("keep the channel"))?;
    let wall = spec.limits.wall_milliseconds.map(Duration::from_millis);
    let deadline = wall.and_then(|wall| Instant::now().checked_add(wall));
    let shared = Arc::new(Shared::default());
    Watch { listener, caller, deadline, name }.start(Arc::clone(&shared))?;

    let child = start(spec, parcel, request.terminal)?;
    let status = wait_for(child)?;
    let survivors = end_survivors()?;

    let (network, network_count) = shared.attempts.list();
    let (user, system, max_rss_bytes) = usage_of_children().map_err(Failure::of("read the usage"))?;
    let end =
        match (shared.timed_out.load(Ordering::SeqCst), status.exit_status(), status.terminating_signal()) {
            (true, _, Some(_)) => End::TimedOut,
            (_, Some(code), _) => End::Exited(code),
            (_, None, signal) => End::Signalled(signal.unwrap_or_default()),
        };
    let usage = Usage { user, system, max_rss_bytes, group_peak_bytes: None, wall: Duration::ZERO };
    let isolation = Isolation { landlock, cgroup: request.cgroup.is_some(), pid_limit };
    Ok(Finish { end, network, network_count, survivors, usage, isolation })
}

fn start(spec: &SandboxSpec, parcel: Parcel, terminal: bool) -> Result<Pid, Failure> {
    let Parcel { stdin, stdout, stderr } = parcel;
    let controlling = terminal
        .then(|| rustix::io::fcntl_dupfd_cloexec(&stdin, 3))
        .transpose()
        .map_err(Failure::of("keep the terminal"))?;
    let (program, arguments) =
        spec.command.split_first().ok_or_else(|| Failure::of("start")(Errno::INVAL))?;
    let mut command = Command::new(program);
    command.args(arguments).env_clear().envs(&spec.environment).stdin(stdin).stdout(stdout).stderr(stderr);
    if terminal {
        command.process_group(0);
    }
    let child = command.spawn().map_err(Failure::at("start", Some(program.into())))?;
    let pid = Pid::from_raw(child.id().cast_signed()).ok_or_else(|| Failure::of("start")(Errno::SRCH))?;
    if let Some(controlling) = controlling {
        give_terminal(&controlling, pid);
    }
    Ok(pid)
}

/// Puts the command into the foreground; it may have been stopped for reading too early.
fn give_terminal(terminal: &OwnedFd, pid: Pid) {
    let _not_a_terminal = rustix::termios::tcsetpgrp(terminal, pid);
    let _gone = rustix::process::kill_process(pid, Signal::CONT);
}

/// Reaps whatever ends until `child` does.
fn wait_for(child: Pid) -> Result<WaitStatus, Failure> {
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((pid, status))) if pid == child => return Ok(status),
            Ok(_) | Err(Errno::INTR) => {}
            Err(errno) => return Err(Failure::of("wait for the command")(errno)),
        }
    }
}

/// Kills and reaps what the command left behind, so that nothing changes once the report is written.
fn end_survivors() -> Result<u32, Failure> {
    while matches!(wait(WaitOptions::NOHANG), Ok(Some(_)) | Err(Errno::INTR)) {}
    kill_all().map_err(Failure::of("end what the command left behind"))?;
    let mut survivors = 0;
    loop {
        match wait(WaitOptions::empty()) {
            Ok(Some((_, status))) if status.terminating_signal() == Some(libc::SIGKILL) => survivors += 1,
            Ok(_) | Err(Errno::INTR) => {}
            Err(_) => return Ok(survivors),
        }
    }
}
