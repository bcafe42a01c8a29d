// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The other programs that this binary is, told apart by `argv[0]`.

use std::fs::{self, File};
use std::process::ExitCode;

use ashlar_sandbox::{Cancel, Console, SandboxSpec, preflight, run};

use crate::harness::helper;

/// Runs the specification in the file that is its argument, until it is killed.
pub(crate) const VICTIM: &str = "ashlar-probe-victim";
/// Asks for a sandbox where user namespaces are used up.
pub(crate) const FORBIDDEN: &str = "ashlar-probe-forbidden";

/// Plays a role; `None` for the test runner itself.
pub(crate) fn play() -> Option<ExitCode> {
    match std::env::args().next().as_deref() {
        Some(VICTIM) => Some(victim()),
        Some(FORBIDDEN) => Some(forbidden()),
        _ => None,
    }
}

fn victim() -> ExitCode {
    let text = fs::read(std::env::args().nth(1).unwrap()).unwrap();
    let spec: SandboxSpec = serde_json::from_slice(&text).unwrap();
    let null = File::options().write(true).open("/dev/null").unwrap();
    let outcome = run(&spec, &helper(), Console::Log(null), &Cancel::new().unwrap());
    panic!("ended by itself: {outcome:?}");
}

/// A user namespace in which the limit of user namespaces is zero.
fn forbidden() -> ExitCode {
    let uid = rustix::process::geteuid().as_raw();
    #[expect(deprecated, reason = "sound without CLONE_FILES; the tests have no unsafe code")]
    rustix::thread::unshare(rustix::thread::UnshareFlags::NEWUSER).unwrap();
    fs::write("/proc/self/uid_map", format!("0 {uid} 1")).unwrap();
    fs::write("/proc/sys/user/max_user_namespaces", "0").unwrap();
    let error = preflight(&helper()).unwrap_err();
    println!("failed to {error}\nhelp: {}", error.help().unwrap_or_default());
    ExitCode::FAILURE
}
