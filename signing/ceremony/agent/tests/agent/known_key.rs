// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Wiping: a build whose key is known searches all of its memory for it after the wipe (src/scan.rs).

use std::fs;
use std::process::Command;

use ashlar_module_signature::{Algorithm, ParentFrame, RefusalCode};

use crate::process::{Process, program};
use crate::variant;

/// Exit codes above this one say how often the key was found.
const FOUND: i32 = 100;

fn start(feature: &str) -> Process {
    let mut process = Process::start(&mut Command::new(variant::build(feature)));
    let ready = process.begin(Algorithm::P384, 3, 20_000);
    assert!(ready.hardening.contains(&"known-key-test-build".to_owned()));
    process
}

#[test]
fn after_a_ceremony_no_trace_of_the_key_is_in_memory() {
    let done = start("known-key").complete(3);
    assert_eq!(done.status.code(), Some(0));
    // It was the known key, each time.
    assert_eq!(start("known-key").complete(3).certificate, done.certificate);
}

#[test]
fn after_a_refusal_no_trace_of_the_key_is_in_memory() {
    let mut process = start("known-key");
    process.certificate();
    process.send(&ParentFrame::Finish {});
    assert_eq!(process.refused(RefusalCode::Request), "finish: 0 of 3 committed modules are signed");
    let mut process = start("known-key");
    process.certificate();
    process.send_bytes(&[0xff; 8]);
    assert!(process.refused(RefusalCode::Request).starts_with("pass on a frame of 4294967295 bytes"));
}

#[test]
fn without_wiping_the_search_finds_the_key() {
    let done = start("known-key-unwiped").complete(3);
    let finds = done.status.code().unwrap() - FOUND;
    assert!(finds > 0, "{finds}");
    eprintln!("found {finds} times without wiping");
}

#[test]
fn no_released_agent_has_a_known_key_or_makes_system_calls_on_demand() {
    let holds = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
    assert!(!holds(&fs::read(program()).unwrap(), b"-test-build"));
    for feature in ["known-key", "known-key-unwiped", "attack"] {
        assert!(holds(&fs::read(variant::build(feature)).unwrap(), b"-test-build"), "{feature}");
    }
}
