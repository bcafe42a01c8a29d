// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The rest of PID 1's life: reap whatever ends, and end the machine when told.

use crate::console;
use crate::error::InitError;
use crate::power::{self, End};
use crate::syscall;
use rustix::process::WaitOptions;
use std::io;
use std::thread::sleep;
use std::time::Duration;

/// Never returns. The signals must be blocked already, so that none is lost between two rounds.
pub(crate) fn forever() -> ! {
    loop {
        reap();
        match syscall::wait_signal() {
            Ok(signal) => {
                if let Some(end) = End::of_signal(signal) {
                    power::end(end);
                }
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(source) => {
                console::print_failure(&InitError::Signals { source });
                // Reaping must go on, but without a busy loop.
                sleep(Duration::from_secs(1));
            }
        }
    }
}

fn reap() {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) | Err(rustix::io::Errno::CHILD) => return,
            Err(source) => {
                console::print_failure(&InitError::Reap { source: source.into() });
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
    use std::process::{Command, Stdio};
    use std::time::Instant;

    #[test]
    fn a_child_that_ended_leaves_no_zombie() {
        // The test program itself, so that the test needs no other one.
        let program = std::env::current_exe().unwrap();
        let mut child = Command::new(program).arg("--list").stdout(Stdio::null()).spawn().unwrap();
        let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(Pid::from_child(&child)), ended).unwrap();

        let start = Instant::now();
        reap();
        assert!(start.elapsed() < Duration::from_secs(1), "reaping must not wait");
        assert_eq!(child.wait().unwrap_err().raw_os_error(), Some(libc::ECHILD));
    }
}
