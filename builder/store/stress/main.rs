// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Runs one operation of the store in a process of its own, so that tests can kill it, starve it of disk, or run two
//! of it at once. It prints what the test wants to know, and exits 1 with the error if the operation failed.
//!
//! ```text
//! store-stress build STORE SEED      an endless loop of what a build does: add, capture, checkout, record
//! store-stress fill STORE            adds until the disk is full; prints the error, and what a check says then
//! store-stress build-once STORE KEY  the one derivation KEY under its lock; prints `built` or `found`
//! store-stress capture STORE DIR     captures DIR with `unlock`; prints the tree's digest; removes an overlay's work folder
//! store-stress checkout STORE TREE   checks TREE out; prints where
//! store-stress gc STORE              collects all garbage
//! ```
#![forbid(unsafe_code)]
#![expect(clippy::print_stdout, reason = "a program of the tests, which read what it prints")]

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use ashlar_digest::{DerivationId, Sha256};
use ashlar_store::{
    CaptureOptions, CheckMode, ExclusiveStore, Keep, Realisation, Recorded, Roots, Store, StoreError,
};
use ashlar_tree::{Node, Tree, TreePath};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["build", store, seed] => build(Path::new(store), seed),
        ["fill", store] => fill(Path::new(store)),
        ["build-once", store, key] => build_once(Path::new(store), key),
        ["capture", store, directory] => capture(Path::new(store), Path::new(directory)),
        ["checkout", store, tree] => checkout(Path::new(store), tree),
        ["gc", store] => gc(Path::new(store)),
        _ => return ExitCode::from(2),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("failed to {error}; help: {}", error.help().unwrap_or_default());
            if let ["fill", store] = words.as_slice() {
                let clean = Store::open(Path::new(store))
                    .and_then(|store| store.check(CheckMode::Full, &|_| {}))
                    .is_ok_and(|report| report.is_clean());
                println!("{}", if clean { "clean" } else { "not clean" });
            }
            ExitCode::FAILURE
        }
    }
}

fn say(word: &str) {
    // The reader may be gone, which is no concern of a process that is about to be killed.
    let mut output = std::io::stdout().lock();
    let _reader_gone = writeln!(output, "{word}").and_then(|()| output.flush());
}

fn build(path: &Path, seed: &str) -> Result<(), StoreError> {
    let mut round = 0_u64;
    loop {
        let store = Store::open(path)?;
        let scratch = store.scratch(&format!("build-{seed}"))?;
        let out = scratch.path().join("out");
        let write = |name: String, content: Vec<u8>| {
            let file = out.join(name);
            fs::write(&file, content).map_err(|source| StoreError::Write { path: file, source })
        };
        for directory in 0..4 {
            let directory = out.join(directory.to_string());
            fs::create_dir_all(&directory).map_err(|source| StoreError::Write { path: directory, source })?;
        }
        for file in 0..40_u64 {
            write(format!("{}/{file}", file % 4), format!("{seed} {round} {file}").into_bytes())?;
        }
        write("large".to_owned(), vec![b'x'; 3_000_000 + usize::try_from(round % 1000).unwrap_or(0)])?;
        write("empty".to_owned(), Vec::new())?;
        let tree = store.capture(&out, CaptureOptions { unlock: true, ..CaptureOptions::default() })?;
        let digest = store.put_tree(&tree)?;
        store.checkout(digest)?;
        let derivation = format!("{seed} {round}");
        let id = DerivationId::new(Sha256::of(derivation.as_bytes()));
        let _guard = store.lock(id, || {})?;
        let realisation =
            Realisation { name: "stress".to_owned(), outputs: [("out".to_owned(), digest)].into() };
        let (Recorded::New | Recorded::Same | Recorded::Differs(_)) =
            store.record(id, &realisation, derivation.as_bytes())?;
        say("round");
        round += 1;
    }
}

fn fill(path: &Path) -> Result<(), StoreError> {
    let store = Store::open(path)?;
    say("open");
    let mut tree = Tree::new();
    for number in 0..100_000_u32 {
        let (blob, size) = store
            .add_bytes(&vec![u8::try_from(number % 251).unwrap_or(0); 10_007 + number as usize], false)?;
        if let Ok(path) = TreePath::parse(&number.to_string()) {
            // A new path in a flat tree: there is nothing to be in the way.
            let _cannot_fail = tree.insert(path, Node::file(blob, size, false));
        }
        let digest = store.put_tree(&tree)?;
        store.checkout(digest)?;
    }
    Ok(())
}

fn build_once(path: &Path, key: &str) -> Result<(), StoreError> {
    let store = Store::open(path)?;
    let id = DerivationId::new(Sha256::of(key.as_bytes()));
    let _guard = store.lock(id, || say("waiting"))?;
    if store.realisation(id)?.is_some() {
        say("found");
        return Ok(());
    }
    std::thread::sleep(Duration::from_millis(300));
    let mut tree = Tree::new();
    let (blob, size) = store.add_bytes(key.as_bytes(), false)?;
    if let Ok(path) = TreePath::parse("file") {
        let _cannot_fail = tree.insert(path, Node::file(blob, size, false));
    }
    let digest = store.put_tree(&tree)?;
    let realisation = Realisation { name: "once".to_owned(), outputs: [("out".to_owned(), digest)].into() };
    let (Recorded::New | Recorded::Same | Recorded::Differs(_)) =
        store.record(id, &realisation, key.as_bytes())?;
    say("built");
    Ok(())
}

fn capture(path: &Path, directory: &Path) -> Result<(), StoreError> {
    let store = Store::open(path)?;
    let tree = store.capture(directory, CaptureOptions { unlock: true, ..CaptureOptions::default() })?;
    say(&store.put_tree(&tree)?.to_string());
    let scratch = store.scratch("overlay")?;
    let work = scratch.path().join("work/work");
    fs::create_dir_all(work.join("deep/deeper"))
        .and_then(|()| fs::set_permissions(work.join("deep"), Permissions::from_mode(0o000)))
        .and_then(|()| fs::set_permissions(&work, Permissions::from_mode(0o000)))
        .map_err(|source| StoreError::Write { path: work, source })?;
    scratch.remove()
}

fn checkout(path: &Path, tree: &str) -> Result<(), StoreError> {
    let Ok(tree) = tree.parse() else { return Ok(()) };
    say(&Store::open(path)?.checkout(tree)?.display().to_string());
    Ok(())
}

fn gc(path: &Path) -> Result<(), StoreError> {
    let store = ExclusiveStore::open(path, || say("waiting"))?;
    let freed = store.collect_garbage(&Roots::default(), Keep::default())?;
    say(&format!("freed {}", freed.bytes));
    Ok(())
}
