// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The console: the only place where PID 1 says anything.
//!
//! Writing to it can fail, and then nothing is left to tell it to; these are the only errors dropped here.

use crate::error::InitError;
use crate::services::Voice;
use crate::status::Report;
use ashlar_kernel_state::Failure;
use rustix::fs::{Mode, OFlags};
use std::fs::{self, File};
use std::io::Write as _;

const CONSOLE: &str = "/dev/console";
const PRINTK: &str = "/proc/sys/kernel/printk";

/// Makes the console standard input, output and error, of this program and of what it starts.
///
/// # Errors
/// If there is no console. Messages then go to the kernel's log.
pub(crate) fn adopt() -> Result<(), InitError> {
    let failed =
        |source: rustix::io::Errno| InitError::Open { path: CONSOLE.to_owned(), source: source.into() };
    // Without NOCTTY the console could become the controlling terminal, and its interrupt key a signal to PID 1.
    let console = rustix::fs::open(CONSOLE, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).map_err(failed)?;
    rustix::stdio::dup2_stdin(&console).map_err(failed)?;
    rustix::stdio::dup2_stdout(&console).map_err(failed)?;
    rustix::stdio::dup2_stderr(&console).map_err(failed)
}

/// Prints the status line. The kernel's own messages are held back meanwhile, because they could fall into it.
pub(crate) fn print_status(report: &Report) {
    let levels = fs::read_to_string(PRINTK).ok();
    fs::write(PRINTK, "1").ok();
    print(&report.line());
    if let Some(levels) = levels {
        fs::write(PRINTK, levels).ok();
    }
}

/// Prints a failure that comes too late for the status line.
pub(crate) fn print_failure(error: &InitError) {
    let failure = serde_json::json!(Failure::from(error));
    print(&format!("ASHLAR-FAILURE {failure}"));
}

/// The console, as what services say it to. Each line begins with the name of a service, so that none can be taken for
/// one of PID 1's.
#[derive(Debug)]
pub(crate) struct Console;

impl Voice for Console {
    fn line(&mut self, line: &str) {
        write(line);
    }

    fn failure(&mut self, error: &InitError) {
        print_failure(error);
    }
}

fn print(line: &str) {
    if let Some(console) = write(line) {
        // A power off right after would cut what the serial port still holds.
        rustix::termios::tcdrain(&console).ok();
    }
}

fn write(line: &str) -> Option<File> {
    let open = |path, flags| {
        rustix::fs::open(path, OFlags::WRONLY | OFlags::NOCTTY | OFlags::CLOEXEC | flags, Mode::empty())
    };
    let console = open(CONSOLE, OFlags::empty()).or_else(|_| open("/dev/kmsg", OFlags::empty()));
    let mut console = File::from(console.ok()?);
    // In one write, so that no other writer of the console falls in between.
    console.write_all(format!("{line}\n").as_bytes()).ok();
    Some(console)
}
