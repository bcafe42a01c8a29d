// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Processes that die, wait for each other, or run out of disk leave a store that a check calls clean.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs::{self, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use ashlar_digest::{DerivationId, Sha256};
use ashlar_store::{CaptureOptions, CheckMode, ExclusiveStore, Store, StoreError};
use ashlar_tree::{Node, Tree, TreePath};

fn stress(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_store-stress"));
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn assert_clean(path: &Path) {
    let store = Store::open(path).unwrap();
    let report = store.check(CheckMode::Full, &|_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.problems);
    assert_eq!(fs::read_dir(path.join("tmp")).unwrap().count(), 0, "garbage of the dead is left");
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn builds_killed_at_any_moment_leave_a_clean_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = path.to_str().unwrap();
    let mut interrupted = 0;
    for round in 0..20_u64 {
        // Two at once, on the same derivations every other time.
        let mut first = stress(&["build", text, "0"]).spawn().unwrap();
        let second = stress(&["build", text, &(round % 2).to_string()]).spawn().unwrap();
        if round % 4 > 1 {
            let line = BufReader::new(first.stdout.take().unwrap()).lines().next().unwrap().unwrap();
            assert_eq!(line, "round");
        }
        std::thread::sleep(Duration::from_millis(3 + round * 7));
        kill(first);
        kill(second);
        interrupted += fs::read_dir(path.join("tmp")).map_or(0, Iterator::count);
        assert_clean(&path);
    }
    assert!(interrupted > 0, "nobody was killed at work");
    let report = Store::open(&path).unwrap().check(CheckMode::Full, &|_| {}).unwrap();
    assert!(report.realisations > 0, "no build got anywhere: {report:?}");
}

#[test]
fn garbage_collection_killed_at_any_moment_leaves_a_clean_store() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = path.to_str().unwrap();
    for round in 0..6_u64 {
        let mut builder = stress(&["build", text, &round.to_string()]).spawn().unwrap();
        let mut lines = BufReader::new(builder.stdout.take().unwrap()).lines();
        for _ in 0..2 {
            lines.next().unwrap().unwrap();
        }
        kill(builder);
        let collector = stress(&["gc", text]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(2 + round * 4));
        kill(collector);
        drop(ExclusiveStore::open(&path, || {}).unwrap());
        assert_clean(&path);
    }
}

#[test]
fn a_check_beside_builds_finds_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = path.to_str().unwrap();
    let mut builders = ["0", "1"].map(|seed| stress(&["build", text, seed]).spawn().unwrap());
    let store = Store::open(&path).unwrap();
    let mut report = store.check(CheckMode::Full, &|_| {}).unwrap();
    while report.realisations < 20 {
        assert!(report.is_clean(), "{:#?}", report.problems);
        assert!(builders.iter_mut().all(|builder| builder.try_wait().unwrap().is_none()), "a builder failed");
        report = store.check(CheckMode::Full, &|_| {}).unwrap();
    }
    builders.into_iter().for_each(kill);
}

#[test]
fn a_new_store_can_be_opened_while_who_made_it_builds() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = path.to_str().unwrap();
    for round in 0..5 {
        let path = format!("{text}-{round}");
        let mut builders: Vec<Child> =
            (0..4).map(|seed| stress(&["build", &path, &seed.to_string()]).spawn().unwrap()).collect();
        for builder in &mut builders {
            let line = BufReader::new(builder.stdout.take().unwrap()).lines().next().unwrap().unwrap();
            assert_eq!(line, "round");
        }
        builders.into_iter().for_each(kill);
    }
}

#[test]
fn two_processes_never_build_the_same_thing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = path.to_str().unwrap();
    let store = Store::open(&path).unwrap();
    let guard = store.lock(DerivationId::new(Sha256::of(b"key")), || panic!("nobody has it")).unwrap();
    let mut readers: Vec<_> = (0..4)
        .map(|_| {
            BufReader::new(stress(&["build-once", text, "key"]).spawn().unwrap().stdout.unwrap()).lines()
        })
        .collect();
    for reader in &mut readers {
        assert_eq!(reader.next().unwrap().unwrap(), "waiting");
    }
    drop(guard);
    drop(store);
    let mut results: Vec<String> =
        readers.into_iter().map(|mut reader| reader.next().unwrap().unwrap()).collect();
    results.sort();
    assert_eq!(results, ["built", "found", "found", "found"]);
    drop(ExclusiveStore::open(&path, || {}).unwrap());
    assert_clean(&path);
}

#[test]
fn garbage_collection_waits_for_a_build_and_a_killed_build_frees_its_locks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let text = path.to_str().unwrap();
    let store = Store::open(&path).unwrap();
    let id = DerivationId::new(Sha256::of(b"key"));
    let guard = store.lock(id, || panic!("nobody has it")).unwrap();
    let mut collector = stress(&["gc", text]).spawn().unwrap();
    let mut lines = BufReader::new(collector.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "waiting");
    let (blob, _) = store.add_bytes(b"in use", false).unwrap();
    assert!(store.has_blob(blob));
    drop(store);
    // The guard alone keeps the store in use.
    assert!(collector.try_wait().unwrap().is_none());
    drop(guard);
    assert_eq!(lines.next().unwrap().unwrap(), "freed 6");
    assert!(collector.wait().unwrap().success());

    let mut builder = stress(&["build-once", text, "key"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(50));
    builder.kill().unwrap();
    builder.wait().unwrap();
    let store = Store::open(&path).unwrap();
    drop(store.lock(id, || panic!("the dead hold nothing")).unwrap());
    drop(store);
    assert_clean(&path);
}

#[test]
fn a_full_disk_is_an_error_with_help_and_the_store_stays_clean() {
    let folder = tempfile::tempdir().unwrap();
    let script = r#"mount -t tmpfs -o size=2m,nr_inodes=600 tmpfs "$1" || exit 77
        "$2" fill "$1/store"
        echo "exit $?"
        "$2" gc "$1/store" && "$2" build-once "$1/store" key"#;
    let output = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(env!("CARGO_BIN_EXE_store-stress"))
        .output()
        .unwrap();
    assert_ne!(output.status.code(), Some(77), "{}", String::from_utf8_lossy(&output.stderr));
    let said = said(&output);
    let lines: Vec<&str> = said.lines().collect();
    let [open, failed, check, exit, freed, built] = lines.as_slice() else { panic!("{said}") };
    assert_eq!(*open, "open");
    assert!(failed.starts_with("failed to write ") && failed.contains("ashlar store gc"), "{failed}");
    assert_eq!((*check, *exit), ("clean", "exit 1"));
    assert!(freed.starts_with("freed ") && *built == "built", "{said}");
}

#[test]
fn what_a_build_made_unreadable_is_captured_and_removed_by_an_ordinary_user() {
    let folder = tempfile::tempdir().unwrap();
    // Root reads everything, so it has to become somebody else to see the problem.
    let root = rustix::process::getuid().is_root();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let program = folder.path().join("store-stress");
    fs::copy(env!("CARGO_BIN_EXE_store-stress"), &program).unwrap();
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("closed/deep")).unwrap();
    fs::write(out.join("closed/deep/file"), "x").unwrap();
    fs::write(out.join("secret"), "y").unwrap();
    for (path, mode) in [("secret", 0), ("closed/deep", 0o100), ("closed", 0)] {
        fs::set_permissions(out.join(path), Permissions::from_mode(mode)).unwrap();
    }
    let mut command = Command::new(&program);
    command.arg("capture").arg(folder.path().join("store")).arg(&out);
    if root {
        for path in ["", "secret", "closed", "closed/deep", "closed/deep/file"] {
            std::os::unix::fs::chown(out.join(path), Some(65534), Some(65534)).unwrap();
        }
        command.uid(65534).gid(65534);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let mut tree = Tree::new();
    for (path, content) in [("closed/deep/file", "x"), ("secret", "y")] {
        let blob = ashlar_digest::BlobDigest::new(Sha256::of(content.as_bytes()));
        tree.insert(TreePath::parse(path).unwrap(), Node::file(blob, 1, false)).unwrap();
    }
    assert_eq!(said(&output).trim(), tree.digest().to_string());
}

#[test]
fn without_leave_to_unlock_an_unreadable_directory_is_an_error() {
    if rustix::process::getuid().is_root() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("closed")).unwrap();
    fs::set_permissions(out.join("closed"), Permissions::from_mode(0o000)).unwrap();
    assert!(matches!(store.capture(&out, CaptureOptions::default()), Err(StoreError::Read { .. })));
    fs::set_permissions(out.join("closed"), Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_scratch_directory_vanishes_with_what_overlays_leave_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let scratch = store.scratch("a/b c").unwrap();
    let name = scratch.path().file_name().unwrap().to_str().unwrap().to_owned();
    assert!(name.starts_with("a_b_c-"), "{name}");
    fs::create_dir_all(scratch.path().join("work/work/x")).unwrap();
    fs::set_permissions(scratch.path().join("work/work"), Permissions::from_mode(0o000)).unwrap();
    let report = store.check(CheckMode::Full, &|_| {}).unwrap();
    assert!(report.is_clean(), "a scratch in use is no problem: {:?}", report.problems);
    drop(scratch);
    drop(store);
    assert_clean(&folder.path().join("store"));
}

#[test]
fn more_files_of_one_content_than_a_filesystem_can_link() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = Store::open(&path).unwrap();
    let (blob, size) = store.add_bytes(b"x", false).unwrap();
    let (empty, _) = store.add_bytes(b"", false).unwrap();
    // ext4 counts to 65000. The links are made here once, and not by a tree, to leave the tree small.
    let source = store.blob_path(blob, false).unwrap();
    let links = folder.path().join("links");
    fs::create_dir(&links).unwrap();
    for number in 0..65_100 {
        match fs::hard_link(&source, links.join(number.to_string())) {
            Err(error) if error.kind() == std::io::ErrorKind::TooManyLinks => break,
            result => result.unwrap(),
        }
    }
    let mut tree = Tree::new();
    for number in 0..40 {
        let node = Node::file(blob, size, false);
        tree.insert(TreePath::parse(&format!("x/{number}")).unwrap(), node).unwrap();
        let node = Node::file(empty, 0, false);
        tree.insert(TreePath::parse(&format!("empty/{number}")).unwrap(), node).unwrap();
    }
    let shown = store.checkout(store.put_tree(&tree).unwrap()).unwrap();
    assert_eq!(fs::read(shown.join("x/39")).unwrap(), b"x");
    assert_eq!(store.capture(&shown, CaptureOptions::default()).unwrap(), tree);
    drop(store);
    assert_clean(&path);
}
