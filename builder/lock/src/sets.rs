// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Seed sets: closures over the indexes of all suites, each package fetched.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use ashlar_debian::{Admission, Reason, Request as Closure, Resolution, SuiteIndex, parse_packages, resolve};
use ashlar_digest::SourceDigest;
use ashlar_fetch::Request;
use ashlar_plan::{LockedPackage, Lockfile};
use ashlar_recipe::{Archive, SetName};

use crate::archive::TrustedSuite;
use crate::{Locker, LockerError};

/// The architecture of the seed, in Debian's words.
const ARCHITECTURE: &str = "amd64";

/// Locks the sets named in `sets`.
pub(crate) fn lock(
    locker: &Locker<'_>,
    archive: &Archive,
    suites: &[TrustedSuite],
    sets: &BTreeSet<&str>,
    universe: &RefCell<Option<Vec<SuiteIndex>>>,
    lock: &mut Lockfile,
) -> Result<(), LockerError> {
    if sets.is_empty() {
        return Ok(());
    }
    *universe.borrow_mut() = Some(read_indexes(locker, archive, suites)?);
    let universe = universe.borrow();
    let Some(universe) = universe.as_ref() else { return Ok(()) };
    let mut unavailable: BTreeSet<(String, String)> = BTreeSet::new();
    // An index can name what no mirror holds: then the next version is taken, as often as it takes.
    loop {
        let mut packages = BTreeMap::new();
        let mut ids = BTreeMap::new();
        for name in locker.recipes.seeds().sets.keys().filter(|name| sets.contains(name.as_str())) {
            let resolution = close(locker, archive, universe, name, &unavailable)?;
            let locked: Vec<LockedPackage> =
                resolution.packages.iter().map(|package| locked(package, name)).collect();
            ids.insert(name.to_string(), locked.iter().map(LockedPackage::id).collect::<Vec<_>>());
            // A package of several sets keeps the reason of the first.
            for package in locked {
                packages.entry(package.id()).or_insert(package);
            }
        }
        let requests = packages.values().map(|package| request(package, suites)).collect();
        let missing = locker.bring(requests)?;
        if missing.is_empty() {
            add(lock, packages);
            lock.sets.extend(ids);
            return Ok(());
        }
        for gone in missing {
            if let Some(package) = packages.values().find(|package| package.digest == gone.digest) {
                locker.progress.note(&format!(
                    "{} {} is in the index of {}, but no mirror has it: passed over",
                    package.name, package.version, package.suite
                ));
                unavailable.insert((package.name.clone(), package.version.clone()));
            }
        }
    }
}

/// Adds packages to a lock. One that it has already, of a set that is not locked now, keeps its reason.
fn add(lock: &mut Lockfile, packages: BTreeMap<String, LockedPackage>) {
    for (id, package) in packages {
        lock.packages.entry(id).or_insert(package);
    }
}

fn read_indexes(
    locker: &Locker<'_>,
    archive: &Archive,
    suites: &[TrustedSuite],
) -> Result<Vec<SuiteIndex>, LockerError> {
    let mut indexes = Vec::new();
    for suite in suites {
        let mut packages = Vec::new();
        for component in &suite.components {
            let path = format!("{component}/binary-{ARCHITECTURE}/Packages");
            let partial = locker.store.partial_directory();
            let bytes = suite.index(locker.fetcher, &partial, &path, locker.progress.fetching())?;
            let what = format!("{path} of {}", suite.locked.name);
            packages.extend(
                parse_packages(&what, &bytes)
                    .map_err(|cause| LockerError::Format { what, cause: Box::new(cause) })?,
            );
        }
        let by_name =
            archive.suites.iter().any(|stated| stated.name == suite.locked.name && stated.named_only);
        let admission = if by_name { Admission::Named } else { Admission::Always };
        indexes.push(SuiteIndex { name: suite.locked.name.clone(), admission, packages });
    }
    Ok(indexes)
}

fn close(
    locker: &Locker<'_>,
    archive: &Archive,
    universe: &[SuiteIndex],
    name: &SetName,
    unavailable: &BTreeSet<(String, String)>,
) -> Result<Resolution, LockerError> {
    let closure = locker.recipes.seeds().closure(name);
    let from_backports: BTreeSet<String> =
        closure.iter().flat_map(|set| set.backports.iter().cloned()).collect();
    let named = archive
        .suites
        .iter()
        .filter(|suite| suite.named_only)
        .map(|suite| (suite.name.clone(), from_backports.clone()))
        .collect();
    let roots = closure.iter().flat_map(|set| set.packages.iter().chain(&set.backports).cloned()).collect();
    let exclude: BTreeSet<String> = closure.iter().flat_map(|set| set.exclude.iter().cloned()).collect();
    let request = Closure {
        roots,
        named,
        exclude: exclude.clone(),
        unavailable: unavailable.clone(),
        architecture: ARCHITECTURE.to_owned(),
    };
    let resolution = resolve(universe, &request).map_err(|cause| LockerError::Format {
        what: format!("the closure of seed set {name}"),
        cause: Box::new(cause),
    })?;
    for idle in exclude.iter().filter(|package| !resolution.excluded.contains_key(*package)) {
        if locker.recipes.seeds().sets.get(name).is_some_and(|set| set.exclude.contains(idle)) {
            locker
                .progress
                .note(&format!("seed set {name} excludes {idle}, which nothing in it needs; take it out"));
        }
    }
    Ok(resolution)
}

fn locked(resolved: &ashlar_debian::Resolved, set: &SetName) -> LockedPackage {
    let package = &resolved.package;
    let because = match &resolved.reason {
        Reason::Root => format!("seed set {set} names it"),
        Reason::Dependency { of, .. } => format!("{of} depends on it"),
    };
    LockedPackage {
        name: package.name.clone(),
        version: package.version.to_string(),
        architecture: package.architecture.clone(),
        suite: resolved.suite.clone(),
        because,
        path: package.filename.clone(),
        size: package.size,
        digest: SourceDigest::new(package.sha256),
    }
}

fn request(package: &LockedPackage, suites: &[TrustedSuite]) -> Request {
    let bases =
        suites.iter().find(|suite| suite.locked.name == package.suite).map_or(&[][..], |suite| &suite.bases);
    Request {
        digest: package.digest,
        size: Some(package.size),
        name: format!("{} {}", package.name, package.version),
        urls: bases.iter().map(|base| format!("{base}/{}", package.path)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;

    #[test]
    fn locking_one_set_leaves_the_reasons_that_others_gave() {
        let package = |name: &str, because: &str| LockedPackage {
            name: name.to_owned(),
            version: "1".to_owned(),
            architecture: "amd64".to_owned(),
            suite: "trixie".to_owned(),
            because: because.to_owned(),
            path: format!("pool/{name}"),
            size: 1,
            digest: SourceDigest::new(Sha256::of(name.as_bytes())),
        };
        let by_id = |packages: [LockedPackage; 2]| packages.map(|package| (package.id(), package)).into();
        let mut lock = Lockfile::default();
        add(&mut lock, by_id([package("a", "seed set base names it"), package("b", "a depends on it")]));
        add(&mut lock, by_id([package("b", "c depends on it"), package("c", "seed set new names it")]));
        let reasons: Vec<&str> = lock.packages.values().map(|package| package.because.as_str()).collect();
        assert_eq!(reasons, ["seed set base names it", "a depends on it", "seed set new names it"]);
    }
}
