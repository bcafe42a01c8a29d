// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs of other people, for tests.

use std::path::Path;
use std::process::Command;

/// Whether `program` runs. Where it does not, a test skips and says so; in CI it has to.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether it runs in CI; nothing of it reaches an output"
)]
pub(crate) fn available(program: &str, argument: &str) -> bool {
    let here = Command::new(program).arg(argument).output().is_ok_and(|output| output.status.success());
    assert!(
        here || std::env::var_os("CI").is_none(),
        "{program} is missing, and in CI no check may be skipped"
    );
    if !here {
        eprintln!("skipped: {program} is not on this machine");
    }
    here
}

/// Runs `program` in `folder`: whether it succeeded, and its standard output.
pub(crate) fn run(folder: &Path, program: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(program).args(arguments).current_dir(folder).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}
