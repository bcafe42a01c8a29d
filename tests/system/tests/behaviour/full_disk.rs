// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A disk that is full: one clear error, a clean store, and a build that goes on when there is space again.

use std::process::Command;

use ashlar_system_tests::{Call, Ended, Folder, Project, ashlar_binary, bring_base_seed, nonce};

/// A store on a tmpfs of `size`, in namespaces of its own: build, check, make it larger, build, check.
const SCRIPT: &str = r#"
mount -t tmpfs -o mode=0755,size="$SIZE" none "$FOLDER/disk" || exit 99
build() { "$ASHLAR" --store "$FOLDER/disk/store" --offline --sources "$FOLDER/sources" build it; }
check() { "$ASHLAR" --store "$FOLDER/disk/store" store check; }
build; echo "full: $?"
check; echo "check: $?"
mount -o remount,size=2g none "$FOLDER/disk" || exit 99
build; echo "space: $?"
check; echo "check: $?"
"#;

/// Gives `None` where this machine does not let ordinary users mount a tmpfs.
fn on_a_disk_of(size: &str, step: &str) -> Option<Ended> {
    let folder = Folder::temporary();
    std::fs::create_dir(folder.join("disk")).unwrap();
    bring_base_seed(&folder.join("sources"));
    let project = Project::importing_the_checkout();
    project.simple_recipe("it", "", &format!("# {}\n{step}", nonce()));
    let mut unshare = Command::new("unshare");
    unshare.args(["--user", "--map-root-user", "--mount", "--", "sh", "-c"]);
    let mut trial = Command::new(unshare.get_program());
    trial.args(unshare.get_args()).arg("mount -t tmpfs none /tmp");
    if !trial.status().is_ok_and(|status| status.success()) {
        println!("skipped: unshare(1) and mount(8) cannot make a small disk on this machine");
        return None;
    }
    unshare.arg(SCRIPT);
    let call = Call::of(unshare).working_folder(project.path()).env("SIZE", size);
    Some(call.env("FOLDER", folder.path()).env("ASHLAR", ashlar_binary()).run().succeeds())
}

const SMALL_STEP: &str = "mkdir \"$OUT/usr\"; echo it > \"$OUT/usr/it\"";

/// Exit codes and results in order: it failed, the store was clean, it succeeded, the store was clean.
fn judge(ended: &Ended, code: i32) {
    let lines: Vec<&str> = ended.out.lines().collect();
    let codes: Vec<&str> =
        lines.iter().copied().filter(|line| line.contains(": ") && !line.contains("blobs")).collect();
    let full = format!("full: {code}");
    assert_eq!(codes, [full.as_str(), "check: 0", "space: 0", "check: 0"], "{ended}");
    assert!(ended.err.contains("No space left on device"), "{ended}");
}

#[test]
fn a_disk_that_is_full_while_sources_come() {
    if let Some(ended) = on_a_disk_of("3m", SMALL_STEP) {
        judge(&ended, 3);
    }
}

#[test]
fn a_disk_that_is_full_while_packages_are_unpacked() {
    if let Some(ended) = on_a_disk_of("30m", SMALL_STEP) {
        judge(&ended, 3);
    }
}

#[test]
fn a_disk_that_is_full_while_a_step_runs() {
    // Larger than what is left after the seed is there.
    let step = "mkdir \"$OUT/usr\"; head -c 200000000 /dev/zero > \"$OUT/usr/it\"";
    if let Some(ended) = on_a_disk_of("150m", step) {
        judge(&ended, 1);
    }
}
