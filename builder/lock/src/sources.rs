// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of Debian source packages that recipes name, found through the signed Sources indexes.

use ashlar_debian::{SourcePackage, parse_sources};
use ashlar_digest::SourceDigest;
use ashlar_fetch::Request;
use ashlar_plan::{LockedFile, Lockfile};
use ashlar_recipe::{DebianFile, OpenPgp, Recipe, RecipeSet, Signature, SourceKind};

use crate::archive::TrustedSuite;
use crate::{Locker, LockerError};

/// A file that a recipe names, with the digest that it states.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    recipe: String,
    file: DebianFile,
    digest: SourceDigest,
}

/// The Debian files of all recipes that `chosen` takes.
pub(crate) fn wanted(recipes: &RecipeSet, chosen: &dyn Fn(&str) -> bool) -> Vec<Wanted> {
    let chosen = recipes.recipes().filter(|recipe| chosen(recipe.name.as_str()));
    let files = chosen.flat_map(|recipe| {
        debian_files(recipe).into_iter().map(|(file, digest)| Wanted {
            recipe: recipe.name.to_string(),
            file: file.clone(),
            digest,
        })
    });
    files.collect()
}

/// Every file of a Debian source package that `recipe` names: sources and signatures over them.
pub(crate) fn debian_files(recipe: &Recipe) -> Vec<(&DebianFile, SourceDigest)> {
    let mut files = Vec::new();
    for source in &recipe.sources {
        let openpgp = match &source.kind {
            SourceKind::Debian { file, digest, openpgp } => {
                files.push((file, *digest));
                openpgp
            }
            SourceKind::Url { openpgp, .. } => openpgp,
            _ => continue,
        };
        if let Some(OpenPgp { signature: Signature::Debian { file, digest }, .. }) = openpgp {
            files.push((file, *digest));
        }
    }
    files
}

/// Finds, compares and fetches `wanted`.
pub(crate) fn lock(
    locker: &Locker<'_>,
    suites: &[TrustedSuite],
    wanted: &[Wanted],
    lock: &mut Lockfile,
) -> Result<(), LockerError> {
    if wanted.is_empty() {
        return Ok(());
    }
    let indexes = indexes(locker, suites)?;
    let mut requests = Vec::new();
    for item in wanted {
        let (locked, urls) = find(&indexes, item)?;
        requests.push(Request {
            digest: locked.digest,
            size: Some(locked.size),
            name: locked.file.clone(),
            urls,
        });
        lock.files.insert((locked.package.clone(), locked.version.clone(), locked.file.clone()), locked);
    }
    let missing = locker.bring(requests)?;
    match missing.into_iter().find_map(|gone| wanted.iter().find(|item| item.digest == gone.digest)) {
        None => Ok(()),
        Some(item) => Err(no_source(&indexes, item, "the index has it, but no mirror does")),
    }
}

/// The signed Sources indexes of all suites, in the order of preference.
pub(crate) fn indexes<'s>(
    locker: &Locker<'_>,
    suites: &'s [TrustedSuite],
) -> Result<Vec<(&'s TrustedSuite, Vec<SourcePackage>)>, LockerError> {
    let mut indexes = Vec::new();
    for suite in suites {
        let mut packages = Vec::new();
        for component in &suite.components {
            let path = format!("{component}/source/Sources");
            let partial = locker.store.partial_directory();
            let bytes = suite.index(locker.fetcher, &partial, &path, locker.progress.fetching())?;
            let what = format!("{path} of {}", suite.locked.name);
            packages.extend(
                parse_sources(&what, &bytes)
                    .map_err(|cause| LockerError::Format { what, cause: Box::new(cause) })?,
            );
        }
        indexes.push((suite, packages));
    }
    Ok(indexes)
}

fn find(
    indexes: &[(&TrustedSuite, Vec<SourcePackage>)],
    item: &Wanted,
) -> Result<(LockedFile, Vec<String>), LockerError> {
    for (suite, packages) in indexes {
        let named = packages.iter().find(|package| {
            package.name == item.file.package && package.version.to_string() == item.file.version
        });
        let Some((package, file)) = named.and_then(|package| Some((package, package.file(&item.file.file)?)))
        else {
            continue;
        };
        if file.sha256 != item.digest.sha256() {
            return Err(LockerError::Disagreement {
                recipe: item.recipe.clone(),
                file: item.file.file.clone(),
                stated: item.digest.to_string(),
                signed: file.sha256.to_string(),
            });
        }
        let path = package.path_of(file);
        let urls = suite.bases.iter().map(|base| format!("{base}/{path}")).collect();
        let locked = LockedFile {
            package: item.file.package.clone(),
            version: item.file.version.clone(),
            file: item.file.file.clone(),
            suite: suite.locked.name.clone(),
            path,
            size: file.size,
            digest: item.digest,
        };
        return Ok((locked, urls));
    }
    Err(no_source(indexes, item, "no index has it"))
}

fn no_source(indexes: &[(&TrustedSuite, Vec<SourcePackage>)], item: &Wanted, why: &str) -> LockerError {
    let mut versions: Vec<String> = indexes
        .iter()
        .flat_map(|(_, packages)| packages)
        .filter(|package| package.name == item.file.package)
        .map(|package| package.version.to_string())
        .collect();
    versions.dedup();
    let known = if versions.is_empty() {
        why.to_owned()
    } else {
        format!("{why}; there are versions {}", versions.join(", "))
    };
    LockerError::NoSource {
        recipe: item.recipe.clone(),
        package: item.file.package.clone(),
        version: item.file.version.clone(),
        file: item.file.file.clone(),
        known,
    }
}
