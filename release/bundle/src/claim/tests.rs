// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two jobs at one release, and what dead ones leave.

use std::os::unix::fs::symlink;

use super::*;

fn id(text: &str) -> ReleaseId {
    ReleaseId::parse(text).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_second_claim_of_the_same_release_is_refused_while_the_first_lives() {
    let folder = tempfile::tempdir().unwrap();
    let first = Claim::take(folder.path(), &id("a-b-1-x")).unwrap();
    let error = Claim::take(folder.path(), &id("a-b-1-x")).unwrap_err();
    assert!(matches!(error, BundleError::Claimed { .. }), "{error}");
    assert!(error.help().is_some());
    // Another version is another release.
    drop(Claim::take(folder.path(), &id("a-b-2-x")).unwrap());
    drop(first);
    drop(Claim::take(folder.path(), &id("a-b-1-x")).unwrap());
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn of_many_jobs_that_claim_at_once_one_at_a_time_holds_it() {
    let folder = tempfile::tempdir().unwrap();
    let inside = std::sync::atomic::AtomicU32::new(0);
    let held = std::sync::atomic::AtomicU32::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..200 {
                    if let Ok(claim) = Claim::take(folder.path(), &id("a-b-1-x")) {
                        use std::sync::atomic::Ordering::SeqCst;
                        assert_eq!(inside.fetch_add(1, SeqCst), 0);
                        held.fetch_add(1, SeqCst);
                        inside.fetch_sub(1, SeqCst);
                        drop(claim);
                    }
                }
            });
        }
    });
    assert!(held.into_inner() > 0);
}

#[test]
fn what_a_killed_process_left_is_removed_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        ".a-b-1-x.new-0",
        ".a-b-1-x.new-17",
        ".a-b-1-x.new-",
        ".a-b-1-x.new-1.lock",
        ".a-b-1-y.new-0",
        "other",
    ] {
        fs::create_dir(folder.path().join(name)).unwrap();
        fs::write(folder.path().join(name).join("vmlinuz"), "half").unwrap();
    }
    fs::write(folder.path().join(".a-b-1-x.lock"), "").unwrap();
    drop(Claim::take(folder.path(), &id("a-b-1-x")).unwrap());
    assert_eq!(names(folder.path()), [".a-b-1-x.new-", ".a-b-1-x.new-1.lock", ".a-b-1-y.new-0", "other"]);
}

#[test]
fn a_link_among_the_leftovers_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("precious"), "").unwrap();
    fs::create_dir(folder.path().join(".a-b-1-x.new-0")).unwrap();
    symlink(outside.path(), folder.path().join(".a-b-1-x.new-0/signatures")).unwrap();
    drop(Claim::take(folder.path(), &id("a-b-1-x")).unwrap());
    assert_eq!(names(outside.path()), ["precious"]);
    assert_eq!(names(folder.path()), Vec::<String>::new());
}

#[test]
fn a_link_in_the_place_of_the_lock_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("elsewhere"), "").unwrap();
    symlink("elsewhere", folder.path().join(".a-b-1-x.lock")).unwrap();
    let error = Claim::take(folder.path(), &id("a-b-1-x")).unwrap_err();
    assert!(matches!(error, BundleError::NotAFile { .. }), "{error}");
}

#[test]
fn a_release_that_is_there_is_never_made_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("a-b-1-x")).unwrap();
    fs::create_dir(folder.path().join(".a-b-1-x.ceremony")).unwrap();
    let error = Claim::take(folder.path(), &id("a-b-1-x")).unwrap_err();
    assert!(matches!(error, BundleError::Exists { .. }), "{error}");
    assert!(error.help().unwrap().contains("another version"));
    // Whoever made it died before it removed the record.
    assert_eq!(names(folder.path()), ["a-b-1-x"]);
}

#[test]
fn a_folder_that_is_not_there_cannot_hold_a_release() {
    let folder = tempfile::tempdir().unwrap();
    let error = Claim::take(&folder.path().join("none"), &id("a-b-1-x")).unwrap_err();
    assert!(matches!(error, BundleError::Lock { .. }), "{error}");
}
