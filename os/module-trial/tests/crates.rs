// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Each recipe of this workspace brings the crates of its own package only, but cargo wants to see those of every
//! member. So each program needs all that the lock has.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// Name and dependencies (by name) of every package of a Cargo.lock.
fn packages(lock: &str) -> BTreeMap<&str, Vec<&str>> {
    lock.split("[[package]]")
        .filter_map(|package| {
            let name = package.lines().find_map(|line| line.strip_prefix("name = \"")?.strip_suffix('"'))?;
            let needed = package
                .lines()
                .filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\",")?.split(' ').next());
            Some((name, needed.collect()))
        })
        .collect()
}

/// The crates of registries that `from` needs.
fn closure<'a>(packages: &BTreeMap<&'a str, Vec<&'a str>>, from: &'a str) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut open = vec![from];
    while let Some(name) = open.pop() {
        if found.insert(name) {
            open.extend(&packages[name]);
        }
    }
    found.into_iter().filter(|name| is_foreign(name)).collect()
}

fn is_foreign(name: &str) -> bool {
    !name.starts_with("ashlar-")
}

#[test]
fn every_program_needs_every_crate_of_the_lock() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.lock");
    let lock = fs::read_to_string(path).unwrap();
    let packages = packages(&lock);
    let all: BTreeSet<&str> = packages.keys().copied().filter(|name| is_foreign(name)).collect();
    assert!(all.contains("rustix") && all.len() > 10, "{all:?}");
    for program in ["ashlar-init", "ashlar-module-trial"] {
        assert_eq!(closure(&packages, program), all, "{program}");
    }
    // What this would miss: a library that needs less.
    assert_ne!(closure(&packages, "ashlar-kernel-state"), all);
}
