// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The image in a machine: what it says of itself, and what it says when a byte of its root is another.

use std::fs;

use ashlar_system_tests::{Ended, Folder, scratch_root};
use serde_json::{Value, json};

use crate::scene::{Scene, expected};

/// Boots the image and gives the ended call, its report, and the console.
pub(crate) fn boot(more: &[&str]) -> (Ended, Value, String) {
    let scene = Scene::get();
    scene.built.clone().succeeds();
    let folder = Folder::below(&scratch_root());
    let console = folder.join("console");
    let _machine = Scene::one_machine();
    let ended = scene.ashlar().args(["--json", "boot", "qemu", "--console"]).arg(&console).args(more).run();
    let report = serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended}"));
    (ended, report, fs::read_to_string(console).unwrap_or_default())
}

fn is_good(more: &[&str]) {
    let (ended, report, console) = boot(more);
    let ended = ended.succeeds();
    assert_eq!(report["findings"], json!([]), "{ended}");
    let status = &report["status"];
    for (key, value) in [
        ("schema", json!(3)),
        ("phase", json!("root")),
        ("root_hash", json!(expected("root hash"))),
        ("verity_status", json!("verified")),
        ("sig_enforce", json!(true)),
        ("failures", json!([])),
        ("services", json!([])),
    ] {
        assert_eq!(status[key], value, "{key}: {ended}");
    }
    let lockdown = status["lockdown"].as_str().unwrap();
    assert!(["integrity", "confidentiality"].contains(&lockdown), "{lockdown}: {ended}");
    assert_eq!(status["os"]["id"], "ashlar", "{ended}");
    assert!(console.contains("ASHLAR-STATUS {"), "the console is kept: {console}");
}

#[test]
fn booted_directly_it_states_the_expected_root() {
    is_good(&[]);
}

#[test]
fn booted_by_firmware_it_states_the_expected_root() {
    is_good(&["--uefi"]);
}

#[test]
fn a_flipped_byte_in_the_root_is_reported_as_an_input_output_failure() {
    // In the superblock, and in the middle of what programs are.
    for offset in ["1030", "600000"] {
        let (ended, report, console) = boot(&["--flip", offset]);
        let ended = ended.ends_with(1);
        let findings = report["findings"].as_array().unwrap();
        assert!(!findings.is_empty(), "{ended}");
        let told = format!("{findings:?}").to_lowercase();
        assert!(told.contains("i/o error") || told.contains("input/output error"), "{ended}\n{console}");
        let status = &report["status"];
        assert!(
            status.is_null() || status["verity_status"] != "verified" || status["phase"] == "initramfs",
            "{ended}"
        );
    }
}
