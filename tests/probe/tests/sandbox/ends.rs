// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a sandbox ends, and that nothing of it stays.

use std::fs;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use ashlar_sandbox::{Bind, Cancel, Console, End, SandboxError, SandboxSpec, preflight, run};

use crate::harness::{Place, Test, helper};
use crate::roles::{FORBIDDEN, VICTIM};

pub(crate) const TESTS: &[Test] = &[
    ("ends::exit_status_and_signal", exit_status_and_signal),
    ("ends::a_missing_program_is_named", a_missing_program_is_named),
    ("ends::output_arrives_in_order_and_cannot_be_truncated", output_cannot_be_truncated),
    ("ends::a_daemon_does_not_survive", a_daemon_does_not_survive),
    ("ends::a_cancelled_sandbox_is_gone", a_cancelled_sandbox_is_gone),
    ("ends::a_sandbox_dies_with_its_killed_caller", dies_with_its_caller),
    ("ends::a_host_without_user_namespaces_gets_a_clear_line", no_user_namespaces),
    ("ends::this_host_can", this_host_can),
];

fn exit_status_and_signal(place: &Place) {
    assert_eq!(place.probe(&["exit", "42"]).0.end, End::Exited(42));
    assert_eq!(place.probe(&["abort"]).0.end, End::Signalled(6));
}

fn a_missing_program_is_named(place: &Place) {
    let mut spec = place.spec(&[]);
    spec.command = vec!["/bin/sh".to_owned()];
    let error = place.try_run(&spec).unwrap_err();
    assert!(error.to_string().contains("/bin/sh"), "{error}");
    assert!(error.help().unwrap().contains("sysroot"));
}

fn output_cannot_be_truncated(place: &Place) {
    let mut log = tempfile::NamedTempFile::new_in(&place.path).unwrap();
    std::io::Write::write_all(&mut log, b"before\n").unwrap();
    let spec = place.spec(&["write", "/dev/stderr", "said\n"]);
    let console = Console::Log(log.as_file().try_clone().unwrap());
    assert!(run(&spec, &helper(), console, &Cancel::new().unwrap()).unwrap().success());
    assert_eq!(fs::read_to_string(log.path()).unwrap(), "before\nsaid\n");
}

/// A specification whose processes write to `beat` for ever, and that file's place on the host.
pub(crate) fn restless(place: &Place, words: &[&str]) -> (SandboxSpec, std::path::PathBuf) {
    let out = place.folder("out");
    let mut spec = place.spec(words);
    spec.binds = vec![Bind { source: out.clone(), destination: "/out".into(), read_only: false }];
    (spec, out.join("beat"))
}

fn is_still(beat: &Path) {
    let first = fs::read_to_string(beat).unwrap();
    thread::sleep(Duration::from_millis(100));
    assert_eq!(fs::read_to_string(beat).unwrap(), first, "something still writes");
}

fn wait_for(beat: &Path) {
    let start = Instant::now();
    while !beat.exists() {
        assert!(start.elapsed() < Duration::from_secs(20), "nothing began");
        thread::sleep(Duration::from_millis(5));
    }
}

fn a_daemon_does_not_survive(place: &Place) {
    let (spec, beat) = restless(place, &["daemon", "/out/beat"]);
    let (outcome, text) = place.run(&spec);
    assert_eq!(outcome.end, End::Exited(0), "{text}");
    assert_eq!(outcome.survivors, 1);
    if beat.exists() {
        is_still(&beat);
    }
}

fn a_cancelled_sandbox_is_gone(place: &Place) {
    let (spec, beat) = restless(place, &["daemon-3", "/out/beat"]);
    let cancel = Cancel::new().unwrap();
    let handle = cancel.clone();
    let watched = beat.clone();
    let killer = thread::spawn(move || {
        wait_for(&watched);
        handle.cancel();
    });
    let log = tempfile::tempfile_in(&place.path).unwrap();
    let error = run(&spec, &helper(), Console::Log(log), &cancel).unwrap_err();
    killer.join().unwrap();
    assert!(matches!(error, SandboxError::Cancelled), "{error}");
    is_still(&beat);
    let log = tempfile::tempfile_in(&place.path).unwrap();
    assert!(matches!(run(&spec, &helper(), Console::Log(log), &cancel), Err(SandboxError::Cancelled)));
}

fn dies_with_its_caller(place: &Place) {
    let (spec, beat) = restless(place, &["daemon-3", "/out/beat"]);
    let file = place.path.join("victim.json");
    fs::write(&file, serde_json::to_string(&spec).unwrap()).unwrap();
    let mut victim = Command::new(helper()).arg0(VICTIM).arg(&file).spawn().unwrap();
    wait_for(&beat);
    victim.kill().unwrap();
    victim.wait().unwrap();
    // Dying is asynchronous here: nobody waits for the sandbox.
    thread::sleep(Duration::from_millis(200));
    is_still(&beat);
}

fn no_user_namespaces(_: &Place) {
    let output = Command::new(helper()).arg0(FORBIDDEN).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let expected = "failed to make user namespaces, because user.max_user_namespaces is 0\n\
                    help: as root: sysctl -w user.max_user_namespaces=15000\n";
    assert_eq!(text, expected, "{}", String::from_utf8_lossy(&output.stderr));
}

fn this_host_can(_: &Place) {
    preflight(&helper()).unwrap();
}
