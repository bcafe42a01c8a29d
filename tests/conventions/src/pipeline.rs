// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ci/check.sh` tells the truth in its last line, and the README names what CI runs.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use crate::repository::root;

/// Lets the script judge the output of a run; gives its last line, and whether it was content.
fn judge(output: &str) -> (String, bool) {
    let mut script = Command::new("sh")
        .args(["ci/check.sh", "--judge"])
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    script.stdin.take().unwrap().write_all(output.as_bytes()).unwrap();
    let result = script.wait_with_output().unwrap();
    let text = String::from_utf8(result.stdout).unwrap();
    assert!(text.starts_with(output), "the script hides lines: {text}");
    (text.lines().last().unwrap().to_owned(), result.status.success())
}

#[test]
fn the_last_line_is_the_sum() {
    let tests = "test result: ok. 26 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 3.68s\n\
                 test result: ok. 4 passed; 0 failed; as root\n";
    let end = "check: tests: ended with 0\ncheck: end\n";
    assert_eq!(judge(&format!("{tests}{end}")), ("30 passed, 0 failed".to_owned(), true));
}

#[test]
fn nothing_that_failed_is_forgotten() {
    let good = "test result: ok. 2 passed; 0 failed; 0 ignored\n";
    for (output, last) in [
        // A failed test, in a stage that says so.
        (
            format!(
                "{good}test result: FAILED. 1 passed; 2 failed; 0 ignored\ncheck: tests: ended with 101\ncheck: end\n"
            ),
            "3 passed, 2 failed",
        ),
        // Lints, or a test that took its whole process with it.
        (
            format!("check: lints: ended with 101\n{good}check: tests: ended with 0\ncheck: end\n"),
            "2 passed, 1 failed",
        ),
        (
            format!("{good}check: tests: ended with 101\ncheck: docs: ended with 1\ncheck: end\n"),
            "2 passed, 2 failed",
        ),
        // The run was killed.
        (good.to_owned(), "2 passed, 1 failed"),
        // The harness speaks another language.
        ("test result: ok. many passed; 0 failed; 0 ignored\ncheck: end\n".to_owned(), "0 passed, 1 failed"),
        // No test at all is no success.
        ("check: end\n".to_owned(), "0 passed, 0 failed"),
    ] {
        assert_eq!(judge(&output), (last.to_owned(), false), "{output}");
    }
}

#[test]
fn ci_runs_the_second_command_of_the_readme() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let block = readme.split("```").nth(1).unwrap();
    let commands: Vec<&str> =
        block.lines().skip(1).map(|line| line.split('#').next().unwrap().trim()).collect();
    assert_eq!(commands, ["cargo run --release -- boot qemu", "sh ci/check.sh"]);
    let run = fs::read_to_string(root().join(".ci/run")).unwrap();
    assert!(run.contains(commands[1]), "{run}");
}
