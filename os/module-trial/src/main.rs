// SPDX-License-Identifier: Apache-2.0 OR MIT
//! PID 1 of a test machine: offers the kernel every file of a disk as a module, and tells what the kernel answers.
//!
//! The machine has the kernel of an image, an initramfs that holds only this program as `/init` and the empty folders
//! `dev`, `disk`, `proc` and `sys`, and an erofs as its first virtio disk. It tests the kernel, never an image: it
//! trusts nobody, has nothing to lose, and powers off at the end.
//!
//! ```text
//! ASHLAR-TRIAL-STATE {…}   once, before the first file: what the kernel enforces and trusts (line.rs)
//! ASHLAR-TRIAL {…}         once a file, in byte order of their paths
//! ASHLAR-FAILURE {…}       whenever the trial itself fails at something
//! ASHLAR-TRIAL-END {…}     last
//! ```
#![forbid(unsafe_code)]

mod console;
mod error;
mod kernel_log;
mod line;
mod mounts;
mod trial;

use std::io::Write as _;
use std::thread::sleep;
use std::time::Duration;

fn main() {
    if !rustix::process::getpid().is_init() {
        // On a running system it must not mount, load or end anything.
        let refusal = "module-trial: failed to start: this program is PID 1 of a test machine, nothing else";
        writeln!(std::io::stderr(), "{refusal}").ok();
        std::process::exit(1);
    }
    trial::run();
    // PID 1 must not return, or the kernel panics. A machine that could not power off is ended by its host.
    loop {
        sleep(Duration::from_secs(3600));
    }
}
