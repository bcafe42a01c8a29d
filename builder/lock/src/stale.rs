// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whether a lock fits its project: recipes name nothing that it lacks, and it holds nothing that nobody names.
//!
//! No network: a mirror that moved on makes no lock stale.

use std::collections::BTreeSet;
use std::path::Path;

use ashlar_plan::Lockfile;
use ashlar_recipe::RecipeSet;

use crate::epoch;
use crate::modules;
use crate::sources::debian_files;

/// Every way in which `lock` does not fit `recipes` of the project in `root`, as sentences; empty if it fits.
#[must_use]
pub fn stale(recipes: &RecipeSet, root: &Path, lock: &Lockfile) -> Vec<String> {
    let mut findings = Vec::new();
    let sets: BTreeSet<&str> = recipes.seeds().sets.keys().map(|set| set.as_str()).collect();
    for (name, set) in &recipes.seeds().sets {
        let Some(ids) = lock.sets.get(name.as_str()) else {
            findings.push(format!("seed set {name} is not locked"));
            continue;
        };
        let locked: BTreeSet<&str> =
            ids.iter().filter_map(|id| lock.packages.get(id)).map(|package| package.name.as_str()).collect();
        for package in
            set.packages.iter().chain(&set.backports).filter(|package| !locked.contains(package.as_str()))
        {
            findings.push(format!("seed set {name} names {package}, which is not locked"));
        }
    }
    findings.extend(
        lock.sets
            .keys()
            .filter(|set| !sets.contains(set.as_str()))
            .map(|set| format!("the lock holds seed set {set}, which seeds.toml does not have")),
    );
    let used: BTreeSet<&String> = lock.sets.values().flatten().collect();
    findings.extend(
        lock.packages
            .keys()
            .filter(|id| !used.contains(id))
            .map(|id| format!("the lock holds package {id}, which no set has")),
    );
    let mut named = BTreeSet::new();
    for recipe in recipes.recipes() {
        for (file, digest) in debian_files(recipe) {
            let key = (file.package.clone(), file.version.clone(), file.file.clone());
            match lock.files.get(&key) {
                None => {
                    findings.push(format!("recipe {} names {}, which is not locked", recipe.name, file.file));
                }
                Some(locked) if locked.digest != digest => {
                    findings.push(format!(
                        "recipe {} states another sha256 for {} than the lock",
                        recipe.name, file.file
                    ));
                }
                Some(_) => {}
            }
            named.insert(key);
        }
    }
    findings.extend(
        lock.files
            .keys()
            .filter(|key| !named.contains(key))
            .map(|(_, _, file)| format!("the lock holds {file}, which no recipe names")),
    );
    findings.extend(stale_modules(recipes, root, lock));
    for recipe in recipes.recipes().filter(|recipe| epoch::has_archive(recipe)) {
        if !lock.epochs.contains_key(recipe.name.as_str()) {
            findings.push(format!("the epoch of recipe {} is not locked", recipe.name));
        }
    }
    let known: BTreeSet<&str> = recipes.recipes().map(|recipe| recipe.name.as_str()).collect();
    findings.extend(
        lock.epochs
            .keys()
            .filter(|name| !known.contains(name.as_str()))
            .map(|name| format!("the lock holds an epoch of {name}, which is no recipe")),
    );
    findings
}

fn stale_modules(recipes: &RecipeSet, root: &Path, lock: &Lockfile) -> Vec<String> {
    let mut findings = Vec::new();
    let mut named = BTreeSet::new();
    let mut all_read = true;
    for recipe in recipes.recipes() {
        let wanted = match modules::of_recipe(recipes, root, recipe) {
            Ok(wanted) => wanted,
            Err(cause) => {
                all_read = false;
                findings.push(format!("the Go modules of recipe {} are not known: {cause}", recipe.name));
                continue;
            }
        };
        for module in wanted {
            match lock.modules.get(&module.id()) {
                None => findings.push(format!(
                    "recipe {} pins Go module {}, which is not locked",
                    recipe.name, module.file
                )),
                Some(_) if module.locked(lock).is_none() => findings.push(format!(
                    "recipe {} pins another hash for Go module {} than the lock",
                    recipe.name, module.file
                )),
                Some(_) => {}
            }
            named.insert(module.id());
        }
    }
    if all_read {
        let unnamed = lock.modules.keys().filter(|id| !named.contains(id));
        findings.extend(unnamed.map(|(module, version, kind)| {
            format!("the lock holds Go module {module}@{version} ({}), which no recipe pins", kind.as_str())
        }));
    }
    findings
}
