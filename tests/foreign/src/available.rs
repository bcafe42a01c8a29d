// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether a program is on this machine, or a test has to do without it.

use std::process::{Command, Output};

/// Whether `program` succeeds with `arguments`, which let it say its version. Where it does not, a test skips.
///
/// # Panics
/// Where it does not and the environment variable CI is set: there, no check may be skipped.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks whether it runs in CI; nothing of it reaches an output"
)]
pub fn available(program: &str, arguments: &[&str]) -> bool {
    let here = answer(program, arguments).is_some_and(|output| output.status.success());
    assert!(
        here || std::env::var_os("CI").is_none(),
        "{program} is missing, and in CI no check may be skipped"
    );
    here || skipped(program)
}

/// Whether what `program` says to `arguments` holds `version`. Where it does not, a test skips, in CI too: no check
/// needs it, because the builder runs that program from its own seed.
#[must_use]
pub fn of_version(program: &str, arguments: &[&str], version: &str) -> bool {
    let says = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains(version);
    let here = answer(program, arguments).is_some_and(|output| says(&output.stdout) || says(&output.stderr));
    here || skipped(&format!("{program} ({version})"))
}

fn answer(program: &str, arguments: &[&str]) -> Option<Output> {
    Command::new(program).args(arguments).output().ok()
}

/// False, and says why.
#[expect(clippy::print_stderr, reason = "who reads the output of tests has to see what was left out")]
fn skipped(program: &str) -> bool {
    eprintln!("skipped: {program} is not on this machine");
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_there_if_it_answers_and_of_a_version_if_it_says_so() {
        assert!(available("sh", &["-c", "exit 0"]));
        assert!(of_version("sh", &["-c", "echo 1.8"], "1.8"));
        assert!(of_version("sh", &["-c", "echo 1.8 >&2"], "1.8"));
        assert!(!of_version("sh", &["-c", "echo 1.7"], "1.8"));
        assert!(!of_version("a program that nobody has", &[], ""));
    }
}
