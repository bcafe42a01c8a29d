// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Ends the machine: by signal, or right after the status line when a test host asks for it.
//!
//! The host asks by the QEMU firmware configuration item `opt/org.ashlar/after-status` with the value `poweroff`.
//! That gives the host nothing new, because whoever can set the item can also stop the virtual machine; and no
//! other value does anything.

use crate::console;
use crate::error::{InitError, Malformed};
use crate::{mounts, syscall};
use rustix::process::WaitOptions;
use rustix::system::RebootCommand;
use std::fs;
use std::io;
use std::thread::sleep;
use std::time::{Duration, Instant};

const AFTER_STATUS: &str = "/sys/firmware/qemu_fw_cfg/by_name/opt/org.ashlar/after-status/raw";

/// How long processes may take to end after SIGTERM.
const GRACE: Duration = Duration::from_secs(5);

/// A way to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    PowerOff,
    Reboot,
    Halt,
}

impl End {
    /// What a signal to PID 1 asks for, by the convention of System V's init and BusyBox.
    pub(crate) fn of_signal(signal: i32) -> Option<Self> {
        match signal {
            libc::SIGTERM | libc::SIGPWR | libc::SIGUSR2 => Some(Self::PowerOff),
            // The kernel sends it for ctrl-alt-del.
            libc::SIGINT => Some(Self::Reboot),
            libc::SIGUSR1 => Some(Self::Halt),
            _ => None,
        }
    }

    fn command(self) -> (&'static str, RebootCommand) {
        match self {
            Self::PowerOff => ("power off", RebootCommand::PowerOff),
            Self::Reboot => ("reboot", RebootCommand::Restart),
            Self::Halt => ("halt", RebootCommand::Halt),
        }
    }
}

/// What a host asks for after the status line, if it asks.
///
/// # Errors
/// On an unknown value. A machine without the item asks for nothing.
pub(crate) fn after_status() -> Result<Option<End>, InitError> {
    let path = || AFTER_STATUS.to_owned();
    match fs::read(AFTER_STATUS) {
        Ok(bytes) => {
            parse_after_status(&bytes).map_err(|source| InitError::Understand { path: path(), source })
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(InitError::Read { path: path(), source }),
    }
}

fn parse_after_status(bytes: &[u8]) -> Result<Option<End>, Malformed> {
    match bytes {
        b"poweroff" => Ok(Some(End::PowerOff)),
        other => Err(Malformed::new(format!("{:?} is not poweroff", String::from_utf8_lossy(other)))),
    }
}

/// Stops every process, unmounts, and ends.
pub(crate) fn end(end: End) -> ! {
    let (action, command) = end.command();
    for failure in stop_processes().into_iter().chain(mounts::unmount_data()) {
        console::print_failure(&failure);
    }
    rustix::fs::sync();
    if let Err(source) = rustix::system::reboot(command) {
        console::print_failure(&InitError::Power { action, source: source.into() });
    }
    // PID 1 must not return, or the kernel panics.
    loop {
        sleep(Duration::from_secs(3600));
    }
}

fn stop_processes() -> Option<InitError> {
    let stopped = syscall::signal_all(libc::SIGTERM).and_then(|()| {
        let deadline = Instant::now() + GRACE;
        while children_remain()? && Instant::now() < deadline {
            sleep(Duration::from_millis(20));
        }
        syscall::signal_all(libc::SIGKILL)?;
        while children_remain()? && Instant::now() < deadline + GRACE {
            sleep(Duration::from_millis(20));
        }
        Ok(())
    });
    stopped.err().map(|source| InitError::Stop { source })
}

/// Reaps what has ended; says whether something still runs.
fn children_remain() -> io::Result<bool> {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return Ok(true),
            Err(rustix::io::Errno::CHILD) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_have_their_traditional_meaning() {
        let cases = [
            (libc::SIGTERM, Some(End::PowerOff)),
            (libc::SIGPWR, Some(End::PowerOff)),
            (libc::SIGUSR2, Some(End::PowerOff)),
            (libc::SIGINT, Some(End::Reboot)),
            (libc::SIGUSR1, Some(End::Halt)),
            (libc::SIGCHLD, None),
            (libc::SIGHUP, None),
        ];
        for (signal, expected) in cases {
            assert_eq!(End::of_signal(signal), expected, "{signal}");
        }
    }

    #[test]
    fn a_host_can_ask_for_nothing_but_power_off() {
        assert_eq!(parse_after_status(b"poweroff"), Ok(Some(End::PowerOff)));
        for other in [b"".as_slice(), b"reboot", b"poweroff\n", b"/bin/sh", b"\xff"] {
            assert!(parse_after_status(other).is_err(), "{other:?}");
        }
    }
}
