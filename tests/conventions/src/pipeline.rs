// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ci/check.sh` tells the truth in its last line and leaves nothing behind, and the README names what CI runs.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

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

/// Stands for cargo. Its tests have a process of their own, and go on until somebody ends them. Its lints wait for the
/// tests, then tell the shell that started them to end, as Ctrl-C does: to the tests nobody tells anything.
const CARGO: &str = r#"#!/bin/sh
case $1 in
test)
    echo 'the tests began'
    sleep 600 &
    echo "$$ $!" >"$HOME/new" && mv "$HOME/new" "$HOME/tests"
    wait
    ;;
clippy)
    while [ ! -e "$HOME/tests" ]; do sleep 0.1; done
    kill -TERM "$PPID"
    exit 1
    ;;
esac
"#;

/// Whether a process is there and not merely waiting for its parent to ask how it ended.
fn lives(process: &str) -> bool {
    fs::read_to_string(format!("/proc/{process}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().trim_start().starts_with('Z'))
}

#[test]
fn an_interrupted_check_leaves_no_tests_running() {
    let folder = tempfile::tempdir().unwrap();
    let cargo = folder.path().join("cargo");
    fs::write(&cargo, CARGO).unwrap();
    fs::set_permissions(&cargo, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", folder.path().display());
    let result = Command::new("sh")
        .arg(root().join("ci/check.sh"))
        .env_clear()
        .envs([("PATH", path.as_str()), ("HOME", folder.path().to_str().unwrap())])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&result.stdout);
    let processes = fs::read_to_string(folder.path().join("tests")).unwrap();
    let processes: Vec<&str> = processes.split_whitespace().collect();
    assert_eq!(processes.len(), 2, "{text}");
    let begin = Instant::now();
    while processes.iter().any(|process| lives(process)) && begin.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(50));
    }
    let left: Vec<&&str> = processes.iter().filter(|process| lives(process)).collect();
    let shown = format!("{left:?} still run: {text}");
    if !left.is_empty() {
        Command::new("kill").arg("-KILL").args(left.iter().map(|process| **process)).status().unwrap();
    }
    assert!(left.is_empty(), "{shown}");
    // What they said is shown, and the check knows that it did not come to its end.
    assert!(text.contains("the tests began") && text.contains("check: did not come to its end"), "{text}");
    assert!(!result.status.success());
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
