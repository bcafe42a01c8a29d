// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Foreign readers for tests: programs of other people, and a reader of erofs metadata written from its
//! specification alone.

pub(crate) mod erofs;

use std::process::Command;

/// Whether `program` runs and its output to `arguments` holds `version`; says so where not, and the test skips.
pub(crate) fn available(program: &str, arguments: &[&str], version: &str) -> bool {
    let found = Command::new(program).args(arguments).output();
    let usable = found.is_ok_and(|output| {
        String::from_utf8_lossy(&output.stdout).contains(version)
            || String::from_utf8_lossy(&output.stderr).contains(version)
    });
    if !usable {
        eprintln!("skipped: {program} ({version}) is not on this machine");
    }
    usable
}

/// Runs `program`, which has to succeed, and gives its standard output.
pub(crate) fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
