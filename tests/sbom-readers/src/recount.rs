// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An independent recount: what lies in the root of an image, by other people's programs, against what its documents say.
//!
//! ```text
//! extracted root ──find, sha*sum, go version -m, readelf -d──▶ Found ──┐
//!   usr/share/spdx/{os,os-files}.spdx.json ──their JSON───▶ Stated ──┴─▶ differences, item by item
//! ```
//!
//! Nothing of the builder's own readers is used, neither of programs nor of documents: they would make the same mistakes twice.

mod found;
mod stated;

pub use found::Found;
pub use stated::Stated;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Where a root lists its files.
pub const FILE_LIST: &str = "usr/share/spdx/os-files.spdx.json";
/// Where a root says what ships.
pub const OS: &str = "usr/share/spdx/os.spdx.json";

/// A module by name and version; Go's standard library is called `stdlib`.
pub type Module = (String, String);

/// Every item in which the two differ, a line each; none where the documents are right.
#[must_use]
pub fn differences(found: &Found, stated: &Stated) -> Vec<String> {
    let mut result = Vec::new();
    let mut files = stated.files.clone();
    // What lists the files cannot list itself (SPDX 2.3 §7.9).
    for path in &stated.excluded {
        match found.files.get(path) {
            Some(sums) if path == FILE_LIST => drop(files.insert(path.clone(), sums.clone())),
            _ => result.push(format!("{path}: stated as left out")),
        }
    }
    compare("file", &found.files, &files, &mut result);
    for path in found.files.keys().filter(|path| *path != FILE_LIST) {
        let owners = stated.owners.get(path).map_or(0, BTreeSet::len);
        if owners != 1 {
            result.push(format!("{path}: {owners} owners"));
        }
    }
    let modules = found.modules.iter().map(|(path, all)| (stated.owner(path), all));
    compare("modules of", &joined(modules), &stated.modules, &mut result);
    let links = found.links.iter().map(|(path, needed)| {
        let from = stated.owner(path);
        let to: BTreeSet<String> =
            needed.iter().map(|library| stated.owner(library)).filter(|to| *to != from).collect();
        (from, to)
    });
    let links: Vec<(String, BTreeSet<String>)> = links.filter(|(_, to)| !to.is_empty()).collect();
    compare(
        "links of",
        &joined(links.iter().map(|(from, to)| (from.clone(), to))),
        &stated.links,
        &mut result,
    );
    result
}

/// What several programs of one component have is the component's.
fn joined<'a, T: Ord + Clone + 'a>(
    all: impl Iterator<Item = (String, &'a BTreeSet<T>)>,
) -> BTreeMap<String, BTreeSet<T>> {
    let mut result: BTreeMap<String, BTreeSet<T>> = BTreeMap::new();
    for (owner, more) in all {
        result.entry(owner).or_default().extend(more.iter().cloned());
    }
    result
}

fn compare<T: PartialEq + Debug>(
    what: &str,
    found: &BTreeMap<String, T>,
    stated: &BTreeMap<String, T>,
    differences: &mut Vec<String>,
) {
    let names: BTreeSet<&String> = found.keys().chain(stated.keys()).collect();
    for name in names {
        let (found, stated) = (found.get(name), stated.get(name));
        if found != stated {
            differences.push(format!("{what} {name}: found {found:?}, stated {stated:?}"));
        }
    }
}

#[cfg(test)]
mod tests;
