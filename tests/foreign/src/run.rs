// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A run of a program that is on this machine.

use std::path::Path;
use std::process::Command;

/// How a program ended, and what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whether its exit code was 0.
    pub succeeded: bool,
    /// Its standard output.
    pub output: Vec<u8>,
    /// Its standard error.
    pub errors: Vec<u8>,
}

impl Ended {
    /// Its standard output as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.output).into_owned()
    }

    /// Standard output and error as text, one behind the other.
    #[must_use]
    pub fn said(&self) -> String {
        self.text() + &String::from_utf8_lossy(&self.errors)
    }
}

/// Runs `program` in `folder`.
///
/// # Panics
/// If it cannot be started; ask [`available`](crate::available) first.
#[must_use]
pub fn run(folder: &Path, program: &str, arguments: &[&str]) -> Ended {
    match Command::new(program).args(arguments).current_dir(folder).output() {
        Ok(output) => {
            Ended { succeeded: output.status.success(), output: output.stdout, errors: output.stderr }
        }
        Err(cause) => panic!("start {program}: {cause}"),
    }
}

/// Runs `program` in `folder`.
///
/// # Panics
/// As [`run`], and if it does not succeed.
pub fn succeeds(folder: &Path, program: &str, arguments: &[&str]) -> Ended {
    let ended = run(folder, program, arguments);
    assert!(ended.succeeded, "{program} {arguments:?}: {}", ended.said());
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn output_errors_and_end_are_told_apart() {
        let ended = run(Path::new("/"), "sh", &["-c", "pwd; echo no >&2; exit 3"]);
        assert!(!ended.succeeded);
        assert_eq!((ended.text().as_str(), ended.said().as_str()), ("/\n", "/\nno\n"));
        assert!(succeeds(Path::new("/"), "sh", &["-c", "true"]).succeeded);
    }

    #[test]
    #[should_panic(expected = "sh [\"-c\", \"echo why; exit 1\"]: why")]
    fn what_has_to_succeed_and_does_not_says_why() {
        drop(succeeds(Path::new("/"), "sh", &["-c", "echo why; exit 1"]));
    }
}
