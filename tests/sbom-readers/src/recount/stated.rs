// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the SPDX 2.3 documents of a root say, as far as it can be counted again; read as plain JSON.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::Module;

/// What two documents say. Components are known by name, version and SPDXID, which both documents share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated {
    /// SHA-1, SHA-256 and SHA-512 of each file.
    pub files: BTreeMap<String, [String; 3]>,
    /// Files that are left out of verification codes.
    pub excluded: BTreeSet<String>,
    /// The components that contain each file.
    pub owners: BTreeMap<String, BTreeSet<String>>,
    /// The modules of Go in each component that contains files: itself, and what is linked into it.
    pub modules: BTreeMap<String, BTreeSet<Module>>,
    /// What each component that contains files is linked with by the loader.
    pub links: BTreeMap<String, BTreeSet<String>>,
}

impl Stated {
    /// Reads `os.spdx.json` and `os-files.spdx.json`.
    ///
    /// # Panics
    /// If they are no SPDX 2.3 documents.
    #[must_use]
    pub fn read(os: &Value, file_list: &Value) -> Self {
        let paths: BTreeMap<&str, String> = list(file_list, "files")
            .iter()
            .map(|file| (text(file, "SPDXID"), path(text(file, "fileName"))))
            .collect();
        let files = list(file_list, "files").iter();
        let files = files
            .map(|file| (path(text(file, "fileName")), ["SHA1", "SHA256", "SHA512"].map(|it| sum(file, it))));
        let excluded = list(file_list, "packages").iter().flat_map(|package| {
            list(&package["packageVerificationCode"], "packageVerificationCodeExcludedFiles")
        });
        let excluded = excluded.map(|it| path(it.as_str().expect("a path"))).collect();
        let mut owners: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (owner, file) in related(file_list, "CONTAINS") {
            if let Some(path) = paths.get(file) {
                owners.entry(path.clone()).or_default().insert(owner.to_owned());
            }
        }
        let with_files: BTreeSet<&String> = owners.values().flatten().collect();
        let packages: BTreeMap<&str, Module> = list(os, "packages")
            .iter()
            .filter(|it| is_module(it))
            .map(|it| (text(it, "SPDXID"), module(it)))
            .collect();
        let mut modules: BTreeMap<String, BTreeSet<Module>> = BTreeMap::new();
        let own = packages.keys().map(|id| (*id, *id));
        for (from, to) in related(os, "STATIC_LINK").chain(own) {
            if let Some(module) = packages.get(to).filter(|_| with_files.contains(&from.to_owned())) {
                modules.entry(from.to_owned()).or_default().insert(module.clone());
            }
        }
        let mut links: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in
            related(os, "DYNAMIC_LINK").filter(|(from, _)| with_files.contains(&(*from).to_owned()))
        {
            links.entry(from.to_owned()).or_default().insert(to.to_owned());
        }
        Self { files: files.collect(), excluded, owners, modules, links }
    }

    /// The component that contains `path`; what nobody contains stands for itself, so that it differs from all.
    pub(super) fn owner(&self, path: &str) -> String {
        self.owners.get(path).and_then(BTreeSet::first).cloned().unwrap_or_else(|| format!("nobody's {path}"))
    }
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    value[key].as_array().map_or(&[], Vec::as_slice)
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key}: {value}"))
}

fn path(name: &str) -> String {
    name.strip_prefix("./").unwrap_or_else(|| panic!("{name}: not below the root")).to_owned()
}

fn sum(file: &Value, algorithm: &str) -> String {
    let sum = list(file, "checksums").iter().find(|sum| sum["algorithm"] == algorithm);
    sum.map_or_else(|| "none".to_owned(), |sum| text(sum, "checksumValue").to_owned())
}

fn related<'a>(document: &'a Value, kind: &'static str) -> impl Iterator<Item = (&'a str, &'a str)> {
    let of_kind = list(document, "relationships").iter().filter(move |it| it["relationshipType"] == kind);
    of_kind.map(|it| (text(it, "spdxElementId"), text(it, "relatedSpdxElement")))
}

pub(super) fn is_module(package: &Value) -> bool {
    let mut references = list(package, "externalRefs").iter();
    references.any(|it| it["referenceLocator"].as_str().is_some_and(|text| text.starts_with("pkg:golang/")))
}

fn module(package: &Value) -> Module {
    (text(package, "name").to_owned(), text(package, "versionInfo").to_owned())
}
