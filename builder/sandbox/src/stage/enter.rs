// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Stage 1: enters the namespaces and waits for PID 1.
//!
//! It stays outside of the new pid namespace, so that it can be killed by its parent and PID 1 dies with it.

use std::fs;
use std::io::Write;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::exit;

use rustix::process::{Signal, WaitOptions, set_parent_process_death_signal, waitpid};
use rustix::thread::UnshareFlags;

use super::command::become_first_process;
use crate::control::{Failure, Parcel, Report, Request, receive};
use crate::syscall::{Fork, close_inherited, fork, ignore_background_stop, unshare};

const NAMESPACES: UnshareFlags = UnshareFlags::NEWUSER
    .union(UnshareFlags::NEWNS)
    .union(UnshareFlags::NEWPID)
    .union(UnshareFlags::NEWNET)
    .union(UnshareFlags::NEWIPC)
    .union(UnshareFlags::NEWUTS)
    .union(UnshareFlags::NEWCGROUP);

/// The name of the step whose failure means that the host forbids user namespaces.
pub(crate) const ENTER_NAMESPACES: &str = "enter new namespaces";
/// Likewise: Ubuntu's restriction lets the namespace be made and refuses everything in it.
pub(crate) const WRITE_ID_MAPS: &str = "write the id maps";

/// Never returns.
pub(super) fn enter() -> ! {
    // A caller that dies before this line closes the socket, which PID 1 notices.
    let _unsupported = set_parent_process_death_signal(Some(Signal::KILL));
    // What the caller inherited from its own caller would show the build a file of the host.
    if close_inherited().is_err() {
        exit(2);
    }
    let Ok(socket) = rustix::io::fcntl_dupfd_cloexec(std::io::stdin(), 3) else { exit(2) };
    let socket = UnixStream::from(socket);
    let Ok((request, parcel)) = receive(&socket) else { exit(2) };
    match begin(request, parcel, &socket) {
        Ok(()) => exit(0),
        Err(failure) => {
            report(&socket, &Report::Failed(failure));
            exit(1)
        }
    }
}

/// Tells the caller, in one write; one that has gone needs no answer.
pub(super) fn report(mut socket: &UnixStream, report: &Report) {
    if let Ok(text) = serde_json::to_vec(report) {
        let _gone = socket.write_all(&text);
    }
}

fn begin(mut request: Request, parcel: Parcel, socket: &UnixStream) -> Result<(), Failure> {
    if let Some(cgroup) = request.cgroup.take() {
        let file = cgroup.join("cgroup.procs");
        match fs::write(&file, "0") {
            Ok(()) => request.cgroup = Some(cgroup),
            Err(error) if request.cgroup_limits => {
                return Err(Failure::at("enter the cgroup", Some(file))(error));
            }
            // Moving needs rights on the common ancestor too, which nobody has to have for a mere count.
            Err(_) => {}
        }
    }
    let terminal = request.terminal.then(|| rustix::io::fcntl_dupfd_cloexec(&parcel.stdin, 3)).transpose();
    let terminal = terminal.map_err(Failure::of("keep the terminal"))?;
    if terminal.is_none() {
        // Away from the user's terminal: its interrupts are the caller's to judge. Fails only for a group leader.
        let _already = rustix::process::setsid();
    }
    enter_namespaces()?;
    if request.preflight {
        mounts_are_possible()?;
        report(socket, &Report::Possible);
        return Ok(());
    }
    let group = terminal.as_ref().and_then(|terminal| rustix::termios::tcgetpgrp(terminal).ok());
    match fork().map_err(Failure::of("start the first process"))? {
        Fork::Child => become_first_process(&request, parcel, socket),
        Fork::Parent(child) => {
            drop(parcel);
            while matches!(waitpid(Some(child), WaitOptions::empty()), Err(rustix::io::Errno::INTR)) {}
            if let (Some(terminal), Some(group)) = (terminal, group) {
                return_terminal(&terminal, group);
            }
            Ok(())
        }
    }
}

fn return_terminal(terminal: &OwnedFd, group: rustix::process::Pid) {
    ignore_background_stop();
    let _hung_up = rustix::termios::tcsetpgrp(terminal, group);
}

fn enter_namespaces() -> Result<(), Failure> {
    let (uid, gid) = (rustix::process::geteuid(), rustix::process::getegid());
    // Only root may drop them; for others they stay, and show as the overflow group.
    let _not_permitted = rustix::thread::set_thread_groups(&[]);
    unshare(NAMESPACES).map_err(Failure::of(ENTER_NAMESPACES))?;
    let maps = [
        ("/proc/self/setgroups", "deny".to_owned()),
        ("/proc/self/uid_map", format!("0 {} 1", uid.as_raw())),
        ("/proc/self/gid_map", format!("0 {} 1", gid.as_raw())),
    ];
    for (file, text) in maps {
        fs::write(file, text).map_err(Failure::at(WRITE_ID_MAPS, Some(file.into())))?;
    }
    Ok(())
}

/// AppArmor's restriction of user namespaces shows at the first privileged call only.
fn mounts_are_possible() -> Result<(), Failure> {
    super::mounts::make_private(Path::new("/"))
}
