// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Damage is found, named and mended; garbage is removed, and nothing else.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ashlar_digest::{DerivationId, Sha256, TreeDigest};
use ashlar_store::{
    CheckMode, ExclusiveStore, Keep, Problem, Realisation, Recorded, Report, Roots, Store, StoreError,
};
use ashlar_tree::{Node, Tree, TreePath};

struct Sample {
    _folder: tempfile::TempDir,
    path: PathBuf,
    id: DerivationId,
    tree: TreeDigest,
    checkout: PathBuf,
    blob: PathBuf,
}

/// A store with one build of two files, checked out.
fn sample() -> Sample {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store");
    let store = Store::open(&path).unwrap();
    let (id, tree) = build(&store, "sample");
    let checkout = store.checkout(tree).unwrap();
    let (blob, _) = store.add_bytes(b"sample plain", false).unwrap();
    let blob = store.blob_path(blob, false).unwrap();
    Sample { _folder: folder, path, id, tree, checkout, blob }
}

fn build(store: &Store, name: &str) -> (DerivationId, TreeDigest) {
    let mut tree = Tree::new();
    for (file, executable) in [("plain", false), ("program", true)] {
        let (blob, size) = store.add_bytes(format!("{name} {file}").as_bytes(), executable).unwrap();
        tree.insert(TreePath::parse(&format!("bin/{file}")).unwrap(), Node::file(blob, size, executable))
            .unwrap();
    }
    tree.insert(TreePath::parse("link").unwrap(), Node::symlink("bin/plain")).unwrap();
    let tree = store.put_tree(&tree).unwrap();
    let id = DerivationId::new(Sha256::of(name.as_bytes()));
    let realisation = Realisation { name: name.to_owned(), outputs: [("out".to_owned(), tree)].into() };
    assert_eq!(store.record(id, &realisation, name.as_bytes()).unwrap(), Recorded::New);
    fs::write(store.log_path(id), "log").unwrap();
    (id, tree)
}

/// What a bad disk or a loss of power does: mode and time stay.
fn overwrite(path: &Path, content: &[u8]) {
    let before = fs::metadata(path).unwrap();
    fs::set_permissions(path, Permissions::from_mode(0o644)).unwrap();
    let mut file = fs::OpenOptions::new().write(true).truncate(true).open(path).unwrap();
    file.write_all(content).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    file.set_permissions(before.permissions()).unwrap();
}

fn check(path: &Path) -> Report {
    Store::open(path).unwrap().check(CheckMode::Full, &|_| {}).unwrap()
}

/// Repairs, and expects a store that is clean and can build the sample again.
fn repair_and_build(sample: &Sample) {
    let exclusive = ExclusiveStore::open(&sample.path, || panic!("nobody has it open")).unwrap();
    let report = exclusive.check(CheckMode::Full, &|_| {}).unwrap();
    assert!(!report.is_clean());
    exclusive.repair(&report).unwrap();
    drop(exclusive);
    let report = check(&sample.path);
    assert!(report.is_clean(), "{:#?}", report.problems);
    let store = Store::open(&sample.path).unwrap();
    if store.realisation(sample.id).unwrap().is_none() {
        assert_eq!(build(&store, "sample"), (sample.id, sample.tree));
    }
    let checkout = store.checkout(sample.tree).unwrap();
    assert_eq!(fs::read(checkout.join("bin/plain")).unwrap(), b"sample plain");
    drop(store);
    let report = check(&sample.path);
    assert!(report.is_clean(), "{:#?}", report.problems);
}

#[test]
fn the_sample_is_clean() {
    let sample = sample();
    let report = check(&sample.path);
    assert!(report.is_clean(), "{:#?}", report.problems);
    assert_eq!((report.blobs, report.trees, report.realisations, report.checkouts), (2, 1, 1, 1));
    assert_eq!(report.bytes, 26);
}

#[test]
fn a_flipped_byte_in_a_blob() {
    let sample = sample();
    overwrite(&sample.blob, b"sample PLAIN");
    let problems = check(&sample.path).problems;
    assert!(
        problems.iter().any(|problem| matches!(problem, Problem::Blob { path, .. } if *path == sample.blob)),
        "{problems:#?}"
    );
    repair_and_build(&sample);
}

#[test]
fn a_blob_that_lost_its_tail_is_not_checked_out_and_written_again() {
    let sample = sample();
    overwrite(&sample.blob, b"");
    let store = Store::open(&sample.path).unwrap();
    let copy = tempfile::tempdir().unwrap();
    let error = store.checkout_into(copy.path(), &store.get_tree(sample.tree).unwrap(), None).unwrap_err();
    assert!(matches!(error, StoreError::CorruptBlob { .. }), "{error}");
    assert!(error.help().unwrap().contains("ashlar store check --repair"));
    store.add_bytes(b"sample plain", false).unwrap();
    assert_eq!(fs::read(&sample.blob).unwrap(), b"sample plain");
    drop(store);
    // The checkout still has the damaged one.
    assert!(matches!(check(&sample.path).problems.as_slice(), [Problem::Checkout { .. }]));
    repair_and_build(&sample);
}

#[test]
fn a_damaged_blob_does_not_spread_to_its_executable_twin() {
    let sample = sample();
    overwrite(&sample.blob, b"sample PLAIN");
    let store = Store::open(&sample.path).unwrap();
    let digest = sample.blob.file_name().unwrap().to_str().unwrap().parse().unwrap();
    assert!(matches!(store.blob_path(digest, true), Err(StoreError::CorruptBlob { .. })));
    assert!(matches!(store.read_blob(digest), Err(StoreError::CorruptBlob { .. })));
}

#[test]
fn a_damaged_blob_whose_executable_twin_survives_leaves_no_checkout_of_it() {
    let sample = sample();
    let store = Store::open(&sample.path).unwrap();
    let digest = sample.blob.file_name().unwrap().to_str().unwrap().parse().unwrap();
    store.blob_path(digest, true).unwrap();
    drop(store);
    overwrite(&sample.blob, b"sample PLAIN");
    repair_and_build(&sample);
}

#[test]
fn a_blob_that_is_gone() {
    let sample = sample();
    fs::remove_file(&sample.blob).unwrap();
    let problems = check(&sample.path).problems;
    assert!(
        problems.iter().any(|problem| problem.to_string().contains("is not in the store")),
        "{problems:#?}"
    );
    repair_and_build(&sample);
}

#[test]
fn a_blob_that_somebody_made_writable() {
    let sample = sample();
    fs::set_permissions(&sample.blob, Permissions::from_mode(0o644)).unwrap();
    let report = Store::open(&sample.path).unwrap().check(CheckMode::Quick, &|_| {}).unwrap();
    assert!(report.problems.iter().any(|problem| matches!(problem, Problem::BlobMetadata { .. })));
    repair_and_build(&sample);
}

#[test]
fn a_changed_tree() {
    let sample = sample();
    let path = sample.path.join("trees").join(&sample.tree.to_string()[..2]).join(sample.tree.to_string());
    let text = fs::read_to_string(&path).unwrap();
    overwrite(&path, text.replace("plain", "evil").as_bytes());
    let store = Store::open(&sample.path).unwrap();
    assert!(matches!(store.get_tree(sample.tree), Err(StoreError::CorruptTree { .. })));
    drop(store);
    repair_and_build(&sample);
}

#[test]
fn a_changed_realisation_is_an_error_that_names_the_repair() {
    let sample = sample();
    let path = sample.path.join("realisations").join(&sample.id.to_string()[..2]).join(sample.id.to_string());
    for content in ["", "{}", "{\"schema\":1}", "\u{0}\u{0}\u{0}"] {
        overwrite(&path, content.as_bytes());
        let store = Store::open(&sample.path).unwrap();
        let error = store.realisation(sample.id).unwrap_err();
        assert!(error.to_string().contains(&path.display().to_string()), "{error}");
        assert!(error.help().unwrap().contains("ashlar store check --repair"));
    }
    repair_and_build(&sample);
}

#[test]
fn a_realisation_whose_tree_is_gone() {
    let sample = sample();
    let path = sample.path.join("trees").join(&sample.tree.to_string()[..2]).join(sample.tree.to_string());
    fs::remove_file(&path).unwrap();
    let error = Store::open(&sample.path).unwrap().realisation(sample.id).unwrap_err();
    assert!(matches!(error, StoreError::CorruptRealisation { .. }), "{error}");
    repair_and_build(&sample);
}

#[test]
fn a_changed_derivation() {
    let sample = sample();
    let path = sample.path.join("derivations").join(&sample.id.to_string()[..2]).join(sample.id.to_string());
    overwrite(&path, b"other");
    assert!(matches!(check(&sample.path).problems.as_slice(), [Problem::Derivation { .. }]));
    repair_and_build(&sample);
}

#[test]
fn a_checkout_that_somebody_worked_in() {
    type Change = fn(&Path);
    let changes: [(&str, Change); 6] = [
        ("extra", |top| fs::write(top.join("extra"), "").unwrap()),
        ("missing", |top| fs::remove_file(top.join("bin/plain")).unwrap()),
        ("mode", |top| fs::set_permissions(top.join("bin"), Permissions::from_mode(0o700)).unwrap()),
        ("link", |top| {
            fs::remove_file(top.join("link")).unwrap();
            std::os::unix::fs::symlink("/etc/passwd", top.join("link")).unwrap();
        }),
        ("replaced", |top| {
            fs::remove_file(top.join("bin/plain")).unwrap();
            fs::write(top.join("bin/plain"), "sample PLAIN").unwrap();
            fs::set_permissions(top.join("bin/plain"), Permissions::from_mode(0o444)).unwrap();
        }),
        ("type", |top| {
            fs::remove_file(top.join("bin/plain")).unwrap();
            fs::create_dir(top.join("bin/plain")).unwrap();
        }),
    ];
    for (name, change) in changes {
        let sample = sample();
        change(&sample.checkout);
        let problems = check(&sample.path).problems;
        assert!(matches!(problems.as_slice(), [Problem::Checkout { .. }]), "{name}: {problems:#?}");
        repair_and_build(&sample);
    }
}

#[test]
fn stray_files_are_reported_everywhere() {
    let sample = sample();
    for place in [
        "x",
        "blobs/x",
        "blobs/ab/x",
        "trees/x",
        "realisations/00/x",
        "checkouts/x",
        "logs/x",
        "records/x",
        "tmp/x",
    ] {
        let path = sample.path.join(place);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "").unwrap();
    }
    // A blob under a good name in the wrong place is found by nobody.
    let lost = sample.path.join("blobs/zz");
    fs::create_dir(&lost).unwrap();
    fs::copy(&sample.blob, lost.join(sample.blob.file_name().unwrap())).unwrap();
    let problems = check(&sample.path).problems;
    assert_eq!(problems.len(), 10, "{problems:#?}");
    assert!(problems.iter().all(|problem| matches!(problem, Problem::Stray { .. })));
    repair_and_build(&sample);
}

#[test]
fn garbage_goes_and_what_roots_reach_stays() {
    let sample = sample();
    let store = Store::open(&sample.path).unwrap();
    let (other, other_tree) = build(&store, "other");
    let (_, pinned) = build(&store, "pinned");
    let (source, _) = store.add_bytes(b"source", false).unwrap();
    let (garbage, _) = store.add_bytes(&[7; 1000], false).unwrap();
    store.checkout(other_tree).unwrap();
    store.set_roots("project", &Roots { derivations: [sample.id].into(), ..Roots::default() }).unwrap();
    store.set_roots("old", &Roots { derivations: [other].into(), ..Roots::default() }).unwrap();
    store.remove_roots("old").unwrap();
    drop(store);

    let exclusive = ExclusiveStore::open(&sample.path, || {}).unwrap();
    let extra = Roots { trees: [pinned].into(), blobs: [source].into(), ..Roots::default() };
    let keep = Keep { checkouts: true, ..Keep::default() };
    let freed = exclusive.collect_garbage(&extra, keep).unwrap();
    assert_eq!(freed.checkouts, 1);
    assert!(freed.bytes > 1000, "{freed:?}");
    assert_eq!(exclusive.collect_garbage(&extra, keep).unwrap().files, 0);
    drop(exclusive);

    let store = Store::open(&sample.path).unwrap();
    assert!(store.realisation(sample.id).unwrap().is_some());
    assert!(store.log_path(sample.id).exists());
    assert!(sample.checkout.exists());
    assert_eq!(store.realisation(other).unwrap(), None);
    assert!(!store.has_tree(other_tree) && !store.log_path(other).exists());
    assert!(store.has_tree(pinned) && store.has_blob(source) && !store.has_blob(garbage));
    let report = store.check(CheckMode::Full, &|_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.problems);
    assert_eq!((report.blobs, report.trees, report.realisations, report.checkouts), (5, 2, 1, 1));
}

#[test]
fn the_newest_build_records_are_kept() {
    let sample = sample();
    let store = Store::open(&sample.path).unwrap();
    let records: Vec<PathBuf> =
        (1..=5).map(|moment| store.begin_record(moment, "").unwrap().path().to_owned()).collect();
    drop(store);
    let exclusive = ExclusiveStore::open(&sample.path, || {}).unwrap();
    exclusive.collect_garbage(&Roots::default(), Keep { records: 2, ..Keep::default() }).unwrap();
    drop(exclusive);
    let store = Store::open(&sample.path).unwrap();
    assert_eq!(store.records().unwrap(), records[3..]);
    assert!(store.check(CheckMode::Full, &|_| {}).unwrap().is_clean());
}

#[test]
fn garbage_collection_with_roots_that_cannot_be_read_removes_nothing() {
    let sample = sample();
    fs::write(sample.path.join("roots/project"), "ashlar-roots 1\nderivation 12").unwrap();
    let exclusive = ExclusiveStore::open(&sample.path, || {}).unwrap();
    let error = exclusive.collect_garbage(&Roots::default(), Keep::default()).unwrap_err();
    assert!(matches!(error, StoreError::CorruptRoots { line: 2, .. }), "{error}");
    assert!(sample.blob.exists() && sample.checkout.exists());
    let report = exclusive.check(CheckMode::Full, &|_| {}).unwrap();
    assert!(matches!(report.problems.as_slice(), [Problem::Roots { .. }]));
}
