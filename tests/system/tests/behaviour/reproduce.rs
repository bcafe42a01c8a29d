// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar reproduce` finds what leaks: one control recipe for each kind of perturbation, and an honest one.

use ashlar_system_tests::{Ended, Folder, Project, nonce, shared_store};

/// Builds `it` with `step` in usual surroundings, then again with some of them perturbed.
fn reproduce(step: &str, only: &[&str]) -> Ended {
    let folder = Folder::below(&std::env::temp_dir());
    let project = Project::importing_the_checkout();
    project.simple_recipe("it", "", &format!("# {}\nmkdir \"$OUT/usr\"\n{step}", nonce()));
    // Perturbed builds have one job.
    let mut call = project.ashlar(&shared_store()).args(["--jobs", "3", "reproduce", "it", "--folder"]);
    call = call.arg(folder.path());
    if !only.is_empty() {
        call = call.arg("--against-store");
    }
    call.args(only.iter().flat_map(|kind| ["--only", kind])).run()
}

/// A leak of `kind` is found, and only by perturbing that.
fn is_caught(kind: &str, step: &str) {
    let caught = reproduce(step, &[kind]).ends_with(4);
    assert!(caught.out.contains("differs: recipe it:runtime: "), "{caught}");
    assert!(caught.out.ends_with("1 artifacts, 1 differences\n"), "{caught}");
    let others: Vec<&str> =
        ["order", "jobs", "hostname", "umask", "locale"].into_iter().filter(|other| *other != kind).collect();
    let missed = reproduce(step, &others).succeeds();
    assert!(missed.out.ends_with("1 artifacts, 0 differences\n"), "{missed}");
}

#[test]
fn a_leaked_clock_is_caught() {
    is_caught("clock", "date +%Y > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_order_of_names_is_caught() {
    is_caught("order", "ls -U /usr/bin > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_number_of_jobs_is_caught() {
    is_caught("jobs", "echo \"$JOBS\" > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_host_name_is_caught() {
    is_caught("hostname", "uname -n > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_umask_is_caught() {
    // Modes are kept by no tree; a build that writes one down leaks it all the same.
    is_caught("umask", "touch a; stat -c %a a > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_locale_is_caught() {
    is_caught("locale", "printf '\\303\\244' | wc -m > \"$OUT/usr/it\"");
}

#[test]
fn an_honest_recipe_withstands_everything_at_once() {
    let step = "ls /usr/bin | sort > \"$OUT/usr/it\"\n(umask 022; touch a; stat -c %a a) >> \"$OUT/usr/it\"\n\
                date -u -d \"@$SOURCE_DATE_EPOCH\" >> \"$OUT/usr/it\"";
    let ended = reproduce(step, &[]).succeeds();
    assert!(ended.out.ends_with("1 artifacts, 0 differences\n"), "{ended}");
    let as_root = !ended.err.contains("not run: the leg as another user, which needs root");
    println!("the leg as another user {}", if as_root { "was run" } else { "was left out: it needs root" });
}
