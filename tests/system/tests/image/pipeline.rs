// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The jobs of a release as the pipeline runs them, by the scripts that test them: ci/test-release.sh with the real ashlar, and
//! ci/test-release-calls.sh with stand-ins.

#![expect(
    clippy::disallowed_methods,
    reason = "a test asks whether it runs in CI; nothing of it reaches an output"
)]

use std::process::Command;

use ashlar_system_tests::{Call, Folder, ashlar_binary, checkout, scratch_root};

use crate::scene::Scene;

/// Whether what the script needs is here: its programs, and the repository that its jobs clone.
fn usable() -> bool {
    let answers = |program: &str, words: &[&str]| {
        Command::new(program)
            .args(words)
            .current_dir(checkout())
            .output()
            .is_ok_and(|output| output.status.success())
    };
    let usable = answers("openssl", &["version"]) && answers("git", &["rev-parse", "HEAD"]);
    assert!(usable || std::env::var_os("CI").is_none(), "git, openssl or the repository is missing");
    usable
}

#[test]
fn every_job_of_a_release_does_its_work_and_publishing_survives_races_and_kills() {
    Scene::get().built.clone().succeeds();
    if !usable() {
        eprintln!("skipped: git, openssl or the repository is missing");
        return;
    }
    let folder = Folder::below(&scratch_root());
    let mut script = Command::new("sh");
    script.arg(checkout().join("ci/test-release.sh"));
    let call = Call::of(script).env("ASHLAR", ashlar_binary()).env("ASHLAR_STORE", &Scene::get().store);
    // In a store that has everything, both take seconds; rebuilt.rs has the audit in an empty store, the test below the comparison.
    let call = call.env("COMPARE_IN_STORE", "yes").env("AUDIT_ARGUMENTS", "--use-store");
    let call = call.env("RELEASE_ARGUMENTS", "--allow-swap");
    let ended = call.env("TMPDIR", folder.path()).run().succeeds();
    assert!(ended.out.ends_with("test-release: all of it came out as it must\n"), "{ended}");
}

#[test]
fn a_second_build_cannot_be_answered_by_the_first_store_and_no_program_but_the_release_gets_the_secret() {
    let folder = Folder::temporary();
    let mut script = Command::new("sh");
    script.arg(checkout().join("ci/test-release-calls.sh"));
    let ended = Call::of(script).env("TMPDIR", folder.path()).run().succeeds();
    assert!(ended.out.ends_with("test-release-calls: all of it came out as it must\n"), "{ended}");
}
