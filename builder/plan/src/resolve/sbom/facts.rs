// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What recipes, lock and seed sets say to an SBOM: the JSON that `ashlar_sbom::Facts` reads.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_images::container_path;
use ashlar_recipe::{Date, Recipe, RecipeName, Runtime, SetName, Source, SourceKind};
use serde_json::{Value, json};

use super::Subject;
use crate::resolve::Planner;
use crate::{LockedFile, LockedPackage, ModuleKind, PlanError};

impl Planner<'_> {
    /// The facts of `subject`, of which `shipped` are the recipes that have something in it.
    pub(super) fn facts(
        &self,
        subject: &Subject<'_>,
        shipped: &BTreeSet<RecipeName>,
    ) -> Result<Value, PlanError> {
        let recipes = self.needed_recipes(shipped)?;
        let mut sets: BTreeSet<&SetName> = BTreeSet::new();
        let mut described = BTreeMap::new();
        for (name, recipe) in &recipes {
            let known = self.input.recipes.recipe(name);
            sets.extend(known.iter().flat_map(|recipe| &recipe.build.seeds));
            described.insert(name.as_str(), self.recipe_facts(name, recipe)?);
        }
        let seeds = self.input.recipes.seeds();
        let packages_of = |set: &SetName| -> BTreeSet<&str> {
            let all =
                seeds.closure(set).into_iter().flat_map(|set| self.input.lock.sets.get(set.name.as_str()));
            all.flatten().map(String::as_str).collect()
        };
        let by_set: BTreeMap<&str, BTreeSet<&str>> =
            sets.iter().map(|set| (set.as_str(), packages_of(set))).collect();
        let ids: BTreeSet<&str> = by_set.values().flatten().copied().collect();
        let tools: BTreeMap<&str, Value> =
            ids.iter().filter_map(|id| Some((*id, tool(self.input.lock.packages.get(*id)?)))).collect();
        let mut runtimes = Vec::new();
        for set in &sets {
            for own in seeds.closure(set) {
                for runtime in &own.runtimes {
                    runtimes.push(self.runtime(set, runtime)?);
                }
            }
        }
        let boot: BTreeMap<&str, Value> = subject
            .boot
            .iter()
            .map(|boot| (boot.name, json!({"recipe": boot.recipe.as_str(), "file": boot.file})))
            .collect();
        let containers: BTreeMap<&str, Value> = subject
            .containers
            .iter()
            .map(|it| (it.name.as_str(), json!({"version": it.version, "path": container_path(&it.name)})))
            .collect();
        let project = self.input.recipes.project();
        Ok(json!({
            "name": subject.name,
            "version": subject.version,
            "supplier": project.supplier,
            // A name that RFC 6761 reserves: a namespace is an identifier, and leads nowhere.
            "namespace": format!("https://{}.invalid/spdx", project.name),
            "created": subject.epoch,
            "carrier": subject.carrier,
            "recipes": described,
            "boot": boot,
            "containers": containers,
            "tools": tools,
            "seeds": by_set,
            "runtimes": runtimes,
        }))
    }

    /// `shipped` and every recipe that one of them needs, directly or not, to be built or to run.
    fn needed_recipes(
        &self,
        shipped: &BTreeSet<RecipeName>,
    ) -> Result<BTreeMap<RecipeName, Recipe>, PlanError> {
        let mut found = BTreeMap::new();
        let mut open: Vec<RecipeName> = shipped.iter().cloned().collect();
        while let Some(name) = open.pop() {
            if found.contains_key(&name) {
                continue;
            }
            let recipe = self.picked(&name)?.into_owned();
            let outputs =
                recipe.outputs.iter().flat_map(|output| output.runtime.iter().chain(&output.propagates));
            open.extend(outputs.map(|needed| needed.recipe.clone()));
            open.extend(self.built_against(&name)?.into_iter().map(|needed| needed.recipe));
            found.insert(name, recipe);
        }
        Ok(found)
    }

    fn recipe_facts(&self, name: &RecipeName, recipe: &Recipe) -> Result<Value, PlanError> {
        let (mut sources, mut modules, mut patches) = (Vec::new(), Vec::new(), Vec::new());
        for source in &recipe.sources {
            sources.extend(self.upstream_file(source));
            modules.extend(self.language_files(recipe, source)?);
            for patch in &source.patches {
                let file = patch.file.as_ref().map_or_else(|| source.name.to_string(), ToString::to_string);
                patches.push(json!({"name": file, "fixes": patch.fixes}));
            }
        }
        if let Some(package) = &recipe.seed_package {
            self.locked_package(package, || format!("`seed-package` of recipe {name}"))?;
        }
        let links: BTreeSet<String> = self.built_against(name)?.iter().map(ToString::to_string).collect();
        let seeds: BTreeSet<&str> = recipe.build.seeds.iter().map(SetName::as_str).collect();
        Ok(json!({
            "version": recipe.version,
            "license": recipe.license.as_str(),
            "supplier": recipe.supplier,
            "homepage": recipe.homepage.as_str(),
            "cpe": recipe.cpe.as_ref().map(|cpe| cpe.as_str()),
            "purl": recipe.purl.as_str(),
            "sources": sources,
            "modules": modules,
            "seed_package": recipe.seed_package,
            "patches": patches,
            "links": links,
            "seeds": seeds,
        }))
    }

    /// A file that upstream published.
    fn upstream_file(&self, source: &Source) -> Option<Value> {
        match &source.kind {
            SourceKind::Url { url, digest, .. } => {
                let name = url.file_name().unwrap_or(source.name.as_str());
                Some(json!({"name": name, "sha256": digest.to_string(), "location": url.as_str()}))
            }
            SourceKind::Debian { file, digest, .. } => {
                let key = (file.package.clone(), file.version.clone(), file.file.clone());
                let location = self.input.lock.files.get(&key).and_then(|locked| self.snapshot(locked));
                Some(json!({"name": file.file, "sha256": digest.to_string(), "location": location}))
            }
            SourceKind::Crates { .. } | SourceKind::Go { .. } | SourceKind::Path { .. } => None,
        }
    }

    /// The files of crates and modules; they have no place of their own, but a registry that whoever builds chooses.
    fn language_files(&self, recipe: &Recipe, source: &Source) -> Result<Vec<Value>, PlanError> {
        let wrong = |reason| PlanError::Source {
            recipe: recipe.name.to_string(),
            source_name: source.name.to_string(),
            reason,
        };
        let folder = self.folder_of(recipe);
        let file = |name: String, digest: String| json!({"name": name, "sha256": digest, "location": null});
        match &source.kind {
            SourceKind::Crates { lock, package } => {
                let crates = self.input.sources.crates(folder, lock, package).map_err(wrong)?;
                let file = |it: crate::CrateFile| {
                    file(format!("{}-{}.crate", it.name, it.version), it.digest.to_string())
                };
                Ok(crates.into_iter().map(file).collect())
            }
            SourceKind::Go { sum, module } => {
                let files = self.input.sources.go_modules(folder, sum, module).map_err(wrong)?;
                let locked = files.into_iter().filter(|it| it.kind == ModuleKind::Zip).filter_map(|it| {
                    let id = (it.module.clone(), it.version.clone(), it.kind);
                    let locked = self.input.lock.modules.get(&id)?;
                    let mut file =
                        file(format!("{}@{}.zip", it.module, it.version), locked.digest.to_string());
                    file["h1"] = locked.h1.as_str().into();
                    Some(file)
                });
                Ok(locked.collect())
            }
            SourceKind::Url { .. } | SourceKind::Debian { .. } | SourceKind::Path { .. } => Ok(Vec::new()),
        }
    }

    /// Where the public archive keeps a file for good: as it was when the index that names it was signed.
    fn snapshot(&self, file: &LockedFile) -> Option<String> {
        let suite = self.input.lock.suites.iter().find(|suite| suite.name == file.suite)?;
        let archive = self.input.recipes.seeds().archive.as_ref()?;
        let archive = &archive.suites.iter().find(|suite| suite.name == file.suite)?.archive;
        Some(format!("{}{archive}/{}/{}", self.input.snapshot, snapshot_moment(suite.date), file.path))
    }

    /// The package of the seed that is called `name`.
    fn locked_package(
        &self,
        name: &str,
        wanted_by: impl FnOnce() -> String,
    ) -> Result<&LockedPackage, PlanError> {
        let mut packages = self.input.lock.packages.values();
        let not_locked = || PlanError::NotLocked { what: format!("package {name}"), wanted_by: wanted_by() };
        packages.find(|package| package.name == name).ok_or_else(not_locked)
    }

    fn runtime(&self, set: &SetName, runtime: &Runtime) -> Result<Value, PlanError> {
        let package = self.locked_package(&runtime.package, || format!("a runtime of seed set {set}"))?;
        let version = upstream_version(&package.version);
        let cpe = runtime.cpe.as_ref().and_then(|cpe| cpe.with_version(version).ok());
        Ok(json!({
            "set": set.as_str(),
            "package": runtime.package,
            "name": runtime.purl.full_name(),
            "ecosystem": runtime.purl.ecosystem(),
            "version": version,
            "license": runtime.license.as_str(),
            "supplier": runtime.supplier,
            "homepage": runtime.homepage.as_str(),
            "cpe": cpe.as_ref().map(|cpe| cpe.as_str()),
        }))
    }
}

fn tool(package: &LockedPackage) -> Value {
    json!({
        "name": package.name,
        "version": package.version,
        "architecture": package.architecture,
        "sha256": package.digest.to_string(),
    })
}

/// A Debian version without epoch and revision (Debian policy §5.6.12).
fn upstream_version(version: &str) -> &str {
    let version = version.split_once(':').map_or(version, |(_, rest)| rest);
    version.rsplit_once('-').map_or(version, |(upstream, _)| upstream)
}

/// A moment as the archive's public snapshot service writes it: `20261101T000000Z`.
#[must_use]
pub fn snapshot_moment(seconds: u64) -> String {
    let (year, month, day) = Date::of(i64::try_from(seconds).unwrap_or(i64::MAX)).parts();
    let rest = seconds % 86_400;
    format!("{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_version_is_what_upstream_calls_it() {
        for (debian, upstream) in [
            ("1:19.1.7-3+b1", "19.1.7"),
            ("2.41-12", "2.41"),
            ("1.0", "1.0"),
            ("1-2-3", "1-2"),
            ("0:1.0~rc1-1", "1.0~rc1"),
        ] {
            assert_eq!(upstream_version(debian), upstream);
        }
    }

    #[test]
    fn a_moment_of_the_snapshot_service() {
        for (seconds, text) in [
            (0, "19700101T000000Z"),
            (951_782_400, "20000229T000000Z"),
            (1_793_491_199, "20261031T235959Z"),
            (1_795_435_425, "20261123T120345Z"),
        ] {
            assert_eq!(snapshot_moment(seconds), text);
        }
    }
}
