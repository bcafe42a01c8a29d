// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `Cargo.lock`, and before it a line with the package whose crates are wanted: the closure is the one that another reader of the
//! format finds.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_fetch::crates::CrateSet;
use ashlar_fuzz::assert_stays_inside;
use cargo_lock::{Lockfile, Package};
use libfuzzer_sys::fuzz_target;

/// Name, version and checksum of the registry crates below `root`; nothing where two packages differ by their source alone, which
/// the other reader does not tell apart.
fn closure(lock: &Lockfile, root: &str) -> Option<Vec<(String, String, String)>> {
    let names: BTreeSet<_> = lock.packages.iter().map(|package| (&package.name, &package.version)).collect();
    if names.len() != lock.packages.len() {
        return None;
    }
    let root = lock.packages.iter().position(|package| package.name.as_str() == root)?;
    let (mut reached, mut open) = (BTreeSet::new(), vec![root]);
    while let Some(index) = open.pop() {
        if reached.insert(index) {
            for dependency in &lock.packages[index].dependencies {
                open.push(lock.packages.iter().position(|package| dependency.matches(package))?);
            }
        }
    }
    let registry = |package: &&Package| package.source.is_some();
    let crates = reached.into_iter().map(|index| &lock.packages[index]).filter(registry);
    let mut crates: Vec<_> = crates
        .map(|package| {
            let checksum = package.checksum.as_ref().map_or_else(String::new, ToString::to_string);
            (package.name.to_string(), package.version.to_string(), checksum)
        })
        .collect();
    crates.sort();
    Some(crates)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((root, text)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n')) else {
        return;
    };
    let Ok(set) = CrateSet::of_package(text, "Cargo.lock", root) else { return };
    let files: BTreeSet<String> = set.crates().iter().map(ashlar_fetch::crates::Crate::file_name).collect();
    for name in &files {
        assert_stays_inside(name);
        assert!(!name.contains('/'), "{name} is no name of a file");
    }
    let Ok(lock) = text.parse::<Lockfile>() else { return };
    if let Some(theirs) = closure(&lock, root) {
        let mut ours: Vec<_> = set
            .crates()
            .iter()
            .map(|it| (it.name().to_owned(), it.version().to_owned(), it.digest().sha256().to_string()))
            .collect();
        ours.sort();
        assert_eq!(ours, theirs, "another reader finds other crates");
        assert_eq!(files.len(), theirs.len(), "two crates have one file");
    }
});
