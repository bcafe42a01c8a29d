// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The console, where a host reads along. Writing to it can fail, and then nothing is left to tell it to.

use crate::error::TrialError;
use ashlar_kernel_state::Failure;
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File};
use std::io::Write as _;

const CONSOLE: &str = "/dev/console";
const PRINTK: &str = "/proc/sys/kernel/printk";
/// What a line begins with that tells of a failure; the same as init's.
const FAILURE_MARK: &str = "ASHLAR-FAILURE";

/// The open console.
#[derive(Debug)]
pub(crate) struct Console {
    file: File,
}

impl Console {
    /// # Errors
    /// If the machine has none.
    pub(crate) fn open() -> Result<Self, TrialError> {
        // Without NOCTTY its interrupt key could become a signal to PID 1.
        let flags = OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC;
        rustix::fs::open(CONSOLE, flags, Mode::empty())
            .map(|file| Self { file: file.into() })
            .map_err(|source| TrialError::Open { path: CONSOLE, source: source.into() })
    }

    /// Keeps all of the kernel's messages but that of a panic away from the console: they could fall into a line.
    pub(crate) fn hold_back_kernel() -> Result<(), TrialError> {
        fs::write(PRINTK, "1").map_err(|source| TrialError::Write { path: PRINTK, source })
    }

    /// Prints one line, in one write, and waits until it is out: the next module may be the machine's end.
    pub(crate) fn say(&mut self, line: &str) {
        self.file.write_all(format!("{line}\n").as_bytes()).ok();
        rustix::termios::tcdrain(&self.file).ok();
    }

    /// Prints a failure.
    pub(crate) fn say_failure(&mut self, error: &TrialError) {
        let failure = serde_json::json!(Failure::from(error));
        self.say(&format!("{FAILURE_MARK} {failure}"));
    }
}
