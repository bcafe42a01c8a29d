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

/// A leak of `kind` is found, and only by perturbing that; and the one condition that it depends on is named.
fn is_caught(kind: &str, condition: &str, step: &str) {
    let caught = reproduce(step, &[kind]).ends_with(4);
    assert!(caught.out.contains("differs: recipe it:runtime: "), "{caught}");
    assert_eq!(named(&caught), [condition], "{caught}");
    assert!(caught.out.ends_with("1 artifacts, 1 differences\n"), "{caught}");
    let kinds = ["order", "jobs", "hostname", "umask", "locale", "addresses"];
    let others: Vec<&str> = kinds.into_iter().filter(|other| *other != kind).collect();
    let missed = reproduce(step, &others).succeeds();
    assert!(missed.out.ends_with("1 artifacts, 0 differences\n"), "{missed}");
}

/// The conditions that the recipe is said to depend on.
fn named(ended: &Ended) -> Vec<&str> {
    let lines = ended.out.lines().filter_map(|line| line.strip_prefix("recipe it depends on the "));
    lines.filter_map(|line| line.split(':').next()).collect()
}

#[test]
fn a_leaked_clock_is_caught() {
    is_caught("clock", "clock", "date +%Y > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_order_of_names_is_caught() {
    is_caught("order", "order", "ls -U /usr/bin > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_number_of_jobs_is_caught() {
    is_caught("jobs", "processors", "echo \"$JOBS\" > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_host_name_is_caught() {
    is_caught("hostname", "hostname", "uname -n > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_umask_is_caught() {
    // Modes are kept by no tree; a build that writes one down leaks it all the same.
    is_caught("umask", "umask", "touch a; stat -c %a a > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_locale_is_caught() {
    is_caught("locale", "locale", "printf '\\303\\244' | wc -m > \"$OUT/usr/it\"");
}

#[test]
fn a_leaked_address_is_caught() {
    is_caught("addresses", "addresses", "head -n 1 /proc/self/maps | cut -c 1-12 > \"$OUT/usr/it\"");
}

/// The folder of a perturbed build is always another one.
#[test]
fn a_leaked_path_is_caught_and_named() {
    let step = "awk '$5 == \"/build\" { print length($4) }' /proc/self/mountinfo > \"$OUT/usr/it\"";
    let caught = reproduce(step, &["hostname"]).ends_with(4);
    assert_eq!(named(&caught), ["path"], "{caught}");
}

#[test]
fn a_leaked_number_of_processors_is_named() {
    // Differs by the path, so that its causes are looked for; both are named.
    let step = "awk '$5 == \"/build\" { print length($4) }' /proc/self/mountinfo > \"$OUT/usr/it\"\nnproc >> \"$OUT/usr/it\"";
    let caught = reproduce(step, &["hostname"]).ends_with(4);
    let several = std::thread::available_parallelism().is_ok_and(|cpus| cpus.get() > 1);
    assert_eq!(named(&caught), if several { vec!["processors", "path"] } else { vec!["path"] }, "{caught}");
}

#[test]
fn randomness_is_no_condition_and_said_to_be_none() {
    let caught = reproduce("od -N 8 -An -tx1 /dev/urandom > \"$OUT/usr/it\"", &["hostname"]).ends_with(4);
    assert!(
        caught.out.contains("recipe it gives something else each time although nothing was changed"),
        "{caught}"
    );
    assert!(named(&caught).is_empty(), "{caught}");
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
