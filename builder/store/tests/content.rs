// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What goes into a store comes out of it: contents, trees, captures, checkouts, realisations.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, its helpers too")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};
use std::path::Path;

use ashlar_digest::{BlobDigest, DerivationId, Sha256, SourceDigest, TreeDigest};
use ashlar_store::{Attribute, CaptureOptions, CheckMode, MTIME, Realisation, Recorded, Store, StoreError};
use ashlar_tree::{Mode, Node, Tree, TreePath};

fn new() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    (folder, store)
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn assert_clean(store: &Store) {
    let report = store.check(CheckMode::Full, &|_| {}).unwrap();
    assert!(report.is_clean(), "{:#?}", report.problems);
}

#[test]
fn contents_of_all_sizes_come_back_and_are_stored_once() {
    let (_folder, store) = new();
    for size in [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 5_000_000] {
        let content: Vec<u8> = (0..size).map(|n: u32| (n * 7 % 251) as u8).collect();
        let added = store.add_reader(content.as_slice(), false).unwrap();
        assert_eq!(added, (BlobDigest::new(Sha256::of(&content)), u64::from(size)));
        assert_eq!(store.add_bytes(&content, false).unwrap(), added);
        assert_eq!(store.read_blob(added.0).unwrap(), content);
        let metadata = fs::metadata(store.blob_path(added.0, false).unwrap()).unwrap();
        assert_eq!(metadata.mode() & 0o7777, 0o444);
        assert_eq!(metadata.mtime(), MTIME);
        let program = fs::metadata(store.blob_path(added.0, true).unwrap()).unwrap();
        assert_eq!(program.mode() & 0o7777, 0o555);
        assert_eq!(program.mtime(), MTIME);
    }
    assert_eq!(store.check(CheckMode::Full, &|_| {}).unwrap().blobs, 12);
    assert_clean(&store);
}

#[test]
fn a_reader_that_fails_leaves_nothing() {
    struct Broken;
    impl io::Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the cable"))
        }
    }
    let (_folder, store) = new();
    let long = vec![1; 3 << 20];
    assert!(matches!(
        store.add_reader(long.as_slice().chain(Broken), false),
        Err(StoreError::ReadContent { .. })
    ));
    assert_eq!(store.check(CheckMode::Full, &|_| {}).unwrap().blobs, 0);
}

#[test]
fn a_download_with_other_bytes_is_not_adopted() {
    let (folder, store) = new();
    let file = folder.path().join("download");
    fs::write(&file, "evil").unwrap();
    let expected = SourceDigest::new(Sha256::of(b"good"));
    let error = store.adopt_file(&file, expected).unwrap_err();
    assert!(matches!(error, StoreError::SourceMismatch { .. }), "{error}");
    assert!(!store.has_blob(BlobDigest::new(expected.sha256())));
    fs::write(&file, "good").unwrap();
    assert_eq!(store.adopt_file(&file, expected).unwrap().1, 4);
    assert!(!file.exists());
    fs::write(&file, "good").unwrap();
    store.adopt_file(&file, expected).unwrap();
    assert!(!file.exists());
    assert_clean(&store);
}

#[test]
fn a_download_on_another_filesystem_is_adopted() {
    let (_folder, store) = new();
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return };
    let file = elsewhere.path().join("download");
    fs::write(&file, "good").unwrap();
    let expected = SourceDigest::new(Sha256::of(b"good"));
    let (blob, _) = store.adopt_file(&file, expected).unwrap();
    assert_eq!(store.read_blob(blob).unwrap(), b"good");
    assert!(!file.exists());
    assert_clean(&store);
}

/// What a build might leave, and what it should become.
fn write_sample(top: &Path) -> Tree {
    fs::create_dir_all(top.join("usr/bin")).unwrap();
    fs::create_dir_all(top.join("empty/er")).unwrap();
    fs::write(top.join("usr/bin/tool"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(top.join("usr/bin/tool"), Permissions::from_mode(0o751)).unwrap();
    fs::write(top.join("usr/note"), "#!/bin/sh\n").unwrap();
    fs::set_permissions(top.join("usr/note"), Permissions::from_mode(0o600)).unwrap();
    fs::set_permissions(top.join("empty"), Permissions::from_mode(0o700)).unwrap();
    fs::write(top.join("nothing"), "").unwrap();
    fs::hard_link(top.join("usr/note"), top.join("usr/twin")).unwrap();
    symlink("../nowhere", top.join("usr/dangling")).unwrap();
    symlink("/etc", top.join("absolute")).unwrap();
    let script = BlobDigest::new(Sha256::of(b"#!/bin/sh\n"));
    let mut tree = Tree::new();
    for (name, node) in [
        ("usr/bin/tool", Node::file(script, 10, true)),
        ("usr/note", Node::file(script, 10, false)),
        ("usr/twin", Node::file(script, 10, false)),
        ("nothing", Node::file(BlobDigest::new(Sha256::of(b"")), 0, false)),
        ("usr/dangling", Node::symlink("../nowhere")),
        ("absolute", Node::symlink("/etc")),
        ("empty/er", Node::directory()),
    ] {
        tree.insert(path(name), node).unwrap();
    }
    tree
}

/// All that a build could see of a checkout, but link counts and inode numbers.
fn seen(top: &Path) -> BTreeMap<String, (u32, i64, u64, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let mut waiting = vec![top.to_owned()];
    while let Some(directory) = waiting.pop() {
        let own = fs::symlink_metadata(&directory).unwrap();
        all.insert(
            format!("{}/", directory.strip_prefix(top).unwrap().display()),
            (own.mode(), own.mtime(), 0, Vec::new()),
        );
        for entry in fs::read_dir(&directory).unwrap() {
            let entry = entry.unwrap();
            let metadata = entry.metadata().unwrap();
            if metadata.is_dir() {
                waiting.push(entry.path());
                continue;
            }
            let content = if metadata.is_symlink() {
                fs::read_link(entry.path()).unwrap().into_os_string().into_encoded_bytes()
            } else {
                fs::read(entry.path()).unwrap()
            };
            let name = entry.path().strip_prefix(top).unwrap().display().to_string();
            all.insert(name, (metadata.mode(), metadata.mtime(), metadata.len(), content));
        }
    }
    all
}

#[test]
fn a_capture_keeps_what_counts_and_a_checkout_shows_it() {
    let (folder, store) = new();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    let expected = write_sample(&out);
    let tree = store.capture(&out, CaptureOptions::default()).unwrap();
    assert_eq!(tree.encode(), expected.encode());
    let digest = store.put_tree(&tree).unwrap();
    assert_eq!(store.get_tree(digest).unwrap(), tree);

    let shown = store.checkout(digest).unwrap();
    assert_eq!(store.checkout(digest).unwrap(), shown);
    assert!(seen(&shown).values().all(|(_, mtime, _, _)| *mtime == MTIME));
    assert_eq!(fs::metadata(shown.join("usr/bin/tool")).unwrap().mode() & 0o7777, 0o555);
    assert_eq!(fs::metadata(shown.join("usr/note")).unwrap().mode() & 0o7777, 0o444);
    assert_eq!(fs::metadata(shown.join("empty")).unwrap().mode() & 0o7777, 0o755);
    assert_eq!(fs::metadata(shown.join("nothing")).unwrap().nlink(), 1);
    assert_eq!(store.capture(&shown, CaptureOptions::default()).unwrap(), tree);

    for permute in [None, Some(0), Some(1), Some(77)] {
        let copy = tempfile::tempdir_in(folder.path()).unwrap();
        store.checkout_into(copy.path(), &tree, permute).unwrap();
        assert_eq!(seen(copy.path()), seen(&shown), "{permute:?}");
        assert_eq!(fs::metadata(copy.path().join("usr/note")).unwrap().nlink(), 1);
    }
    assert_clean(&store);
}

#[test]
fn a_permuted_copy_has_another_order_on_tmpfs() {
    let (_folder, store) = new();
    let Ok(elsewhere) = tempfile::tempdir_in("/dev/shm") else { return };
    let mut tree = Tree::new();
    let (blob, size) = store.add_bytes(b"x", false).unwrap();
    for number in 0..50 {
        tree.insert(path(&format!("d/{number}")), Node::file(blob, size, false)).unwrap();
    }
    let order = |permute: Option<u64>| {
        let top = elsewhere.path().join(format!("{permute:?}"));
        fs::create_dir(&top).unwrap();
        store.checkout_into(&top, &tree, permute).unwrap();
        fs::read_dir(top.join("d")).unwrap().map(|entry| entry.unwrap().file_name()).collect::<Vec<_>>()
    };
    let orders: BTreeSet<_> = [order(None), order(Some(1)), order(Some(2))].into();
    assert_eq!(orders.len(), 3);
}

#[test]
fn what_no_tree_can_hold_is_reported_all_at_once() {
    use std::os::unix::ffi::OsStrExt as _;
    let (folder, store) = new();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join(std::ffi::OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    fs::write(out.join("sudo"), "").unwrap();
    fs::set_permissions(out.join("sudo"), Permissions::from_mode(0o4755)).unwrap();
    fs::create_dir(out.join("shared")).unwrap();
    fs::set_permissions(out.join("shared"), Permissions::from_mode(0o1777)).unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(out.join("socket")).unwrap();
    rustix::fs::mknodat(
        rustix::fs::CWD,
        out.join("pipe"),
        rustix::fs::FileType::Fifo,
        rustix::fs::Mode::RUSR,
        0,
    )
    .unwrap();
    fs::write(out.join("new\nline"), "").unwrap();
    let attributes =
        [(path("absent"), Attribute { mode: None, uid: 1, gid: 1, xattrs: BTreeMap::new() })].into();
    let options = CaptureOptions { attributes: Some(&attributes), ..CaptureOptions::default() };
    let Err(StoreError::Capture { problems, .. }) = store.capture(&out, options) else { panic!() };
    let text: Vec<String> =
        problems.iter().map(|problem| format!("{}: {}", problem.path, problem.reason)).collect();
    let text = text.join("\n");
    assert_eq!(problems.len(), 7, "{text}");
    for part in [
        "\"caf\\xE9\": its name is not UTF-8",
        "sudo: the build gave it the mode 4755",
        "shared: the build gave it the mode 1777",
        "socket: it is a socket",
        "pipe: it is a named pipe",
        "absent: it has declared attributes, but",
        "newline",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn declared_attributes_reach_the_tree_and_never_the_disk() {
    let (folder, store) = new();
    let out = folder.path().join("out");
    fs::create_dir(&out).unwrap();
    fs::write(out.join("su"), "x").unwrap();
    let attribute = Attribute {
        mode: Some(Mode::new(0o4755).unwrap()),
        uid: 7,
        gid: 8,
        xattrs: [("security.capability".to_owned(), vec![1])].into(),
    };
    let attributes = [(path("su"), attribute)].into();
    let options = CaptureOptions { attributes: Some(&attributes), ..CaptureOptions::default() };
    let tree = store.capture(&out, options).unwrap();
    let Some(Node::File { metadata, .. }) = tree.get(&path("su")) else { panic!() };
    assert_eq!((metadata.mode.bits(), metadata.uid, metadata.gid), (0o4755, 7, 8));
    assert_eq!(metadata.xattrs.len(), 1);
    let shown = store.checkout(store.put_tree(&tree).unwrap()).unwrap();
    let on_disk = fs::metadata(shown.join("su")).unwrap();
    assert_eq!(on_disk.mode() & 0o7777, 0o555);
    assert_eq!(on_disk.uid(), fs::metadata(store.path()).unwrap().uid());
    assert_clean(&store);
}

#[test]
fn skipped_paths_are_not_even_read() {
    let (folder, store) = new();
    let out = folder.path().join("out");
    fs::create_dir_all(out.join("target/debug")).unwrap();
    fs::create_dir_all(out.join("src")).unwrap();
    fs::write(out.join("target/debug/huge"), "").unwrap();
    fs::write(out.join("src/main"), "").unwrap();
    let skip = |path: &TreePath| path.as_str() == "target";
    let options = CaptureOptions { skip: Some(&skip), ..CaptureOptions::default() };
    let tree = store.capture(&out, options).unwrap();
    let paths: Vec<&str> = tree.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(paths, ["src", "src/main"]);
}

#[test]
fn a_tree_without_its_contents_is_not_stored() {
    let (_folder, store) = new();
    let mut tree = Tree::new();
    let absent = BlobDigest::new(Sha256::of(b"absent"));
    tree.insert(path("x"), Node::file(absent, 6, false)).unwrap();
    assert!(matches!(store.put_tree(&tree), Err(StoreError::MissingBlob { digest }) if digest == absent));
    assert_eq!(store.missing_blobs(&tree), [absent].into());
    store.add_bytes(b"absent", true).unwrap();
    let digest = store.put_tree(&tree).unwrap();
    let shown = store.checkout(digest).unwrap();
    assert_eq!(fs::metadata(shown.join("x")).unwrap().mode() & 0o7777, 0o444);
}

#[test]
fn a_realisation_is_recorded_once_and_a_difference_is_told() {
    let (_folder, store) = new();
    let empty = store.put_tree(&Tree::new()).unwrap();
    let mut other = Tree::new();
    other.insert(path("x"), Node::directory()).unwrap();
    let other = store.put_tree(&other).unwrap();
    let id = DerivationId::new(Sha256::of(b"derivation"));
    let realisation = |tree| Realisation { name: "n".to_owned(), outputs: [("out".to_owned(), tree)].into() };
    assert_eq!(store.realisation(id).unwrap(), None);
    assert!(matches!(
        store.record(id, &realisation(empty), b"another"),
        Err(StoreError::DerivationMismatch { .. })
    ));
    let absent = TreeDigest::new(Sha256::of(b"absent"));
    assert!(matches!(
        store.record(id, &realisation(absent), b"derivation"),
        Err(StoreError::MissingTree { .. })
    ));
    assert_eq!(store.record(id, &realisation(empty), b"derivation").unwrap(), Recorded::New);
    assert_eq!(store.record(id, &realisation(empty), b"derivation").unwrap(), Recorded::Same);
    assert_eq!(
        store.record(id, &realisation(other), b"derivation").unwrap(),
        Recorded::Differs(realisation(empty))
    );
    assert_eq!(store.realisation(id).unwrap(), Some(realisation(empty)));
    assert_eq!(store.derivation(id).unwrap().unwrap(), b"derivation");
    assert_clean(&store);
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn any_tree_survives_checkout_and_capture(
        entries in proptest::collection::btree_map("[a-c]{1,2}(/[a-c~.-]{1,3}x){0,3}", (0_u8..4, proptest::prelude::any::<Vec<u8>>()), 0..20),
        seed: u64,
    ) {
        let (folder, store) = new();
        let mut tree = Tree::new();
        for (name, (kind, content)) in entries {
            let node = match kind {
                0 => Node::directory(),
                1 => Node::symlink("target"),
                kind => {
                    let (blob, size) = store.add_bytes(&content, kind == 2).unwrap();
                    Node::file(blob, size, kind == 3)
                }
            };
            // What does not fit below a file or above an entry is left out.
            let _may_not_fit = tree.insert(path(&name), node);
        }
        let shown = store.checkout(store.put_tree(&tree).unwrap()).unwrap();
        proptest::prop_assert_eq!(&store.capture(&shown, CaptureOptions::default()).unwrap(), &tree);
        let copy = tempfile::tempdir_in(folder.path()).unwrap();
        store.checkout_into(copy.path(), &tree, Some(seed)).unwrap();
        proptest::prop_assert_eq!(seen(copy.path()), seen(&shown));
        assert_clean(&store);
    }
}
