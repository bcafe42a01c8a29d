// SPDX-License-Identifier: Apache-2.0 OR MIT
//! All packages that a resolution may choose from: several suites, each with a rule for when it may be used.

use std::collections::{BTreeMap, BTreeSet};

use crate::{BinaryPackage, Relation, Version};

/// When packages of a suite may be chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Always: the stable suite, its updates, its security suite.
    Always,
    /// For the packages that a seed set names, and for what those need and the other suites do not have: backports.
    Named,
}

/// The packages of one suite.
#[derive(Clone, Debug)]
pub struct SuiteIndex {
    /// Name of the suite, as the lock shall say it.
    pub name: String,
    /// When its packages may be chosen.
    pub admission: Admission,
    /// The records of all its indexes.
    pub packages: Vec<BinaryPackage>,
}

/// A package and the place of its suite in the order of preference.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate<'a> {
    pub(crate) suite: usize,
    pub(crate) package: &'a BinaryPackage,
}

/// The suites, by name of package and by name of virtual package.
#[derive(Debug)]
pub(crate) struct Universe<'a> {
    suites: &'a [SuiteIndex],
    architecture: &'a str,
    packages: BTreeMap<&'a str, Vec<Candidate<'a>>>,
    providers: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Universe<'a> {
    /// Indexes `suites` without the packages that are `unavailable` (name and version) or of a foreign architecture.
    pub(crate) fn new(
        suites: &'a [SuiteIndex],
        architecture: &'a str,
        unavailable: &BTreeSet<(String, String)>,
    ) -> Self {
        let mut packages: BTreeMap<&str, Vec<Candidate<'_>>> = BTreeMap::new();
        let mut providers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (suite, index) in suites.iter().enumerate() {
            for package in &index.packages {
                if package.architecture != architecture && package.architecture != "all" {
                    continue;
                }
                if !unavailable.is_empty()
                    && unavailable.contains(&(package.name.clone(), package.version.as_str().to_owned()))
                {
                    continue;
                }
                packages.entry(&package.name).or_default().push(Candidate { suite, package });
                for provide in &package.provides {
                    providers.entry(&provide.name).or_default().insert(&package.name);
                }
            }
        }
        for candidates in packages.values_mut() {
            // The newest first; where two suites have the same version, the preferred suite. Two records of one suite
            // and version differ in their digest at least, so the order is total.
            candidates.sort_by(|a, b| {
                (b.package.version.cmp(&a.package.version))
                    .then(a.suite.cmp(&b.suite))
                    .then_with(|| a.package.version.as_str().cmp(b.package.version.as_str()))
                    .then_with(|| a.package.sha256.cmp(&b.package.sha256))
            });
        }
        Self { suites, architecture, packages, providers }
    }

    pub(crate) fn suite(&self, place: usize) -> &'a SuiteIndex {
        &self.suites[place]
    }

    /// All packages of this name, the newest first.
    pub(crate) fn candidates(&self, name: &str) -> &[Candidate<'a>] {
        self.packages.get(name).map_or(&[], Vec::as_slice)
    }

    /// Names of the packages that provide the virtual package `name` in some version, in byte order.
    pub(crate) fn providers(&self, name: &str) -> impl Iterator<Item = &'a str> + '_ {
        self.providers.get(name).into_iter().flatten().copied()
    }

    /// Whether `package` satisfies `relation`, by its own name or by what it provides.
    pub(crate) fn satisfies(&self, package: &BinaryPackage, relation: &Relation) -> bool {
        if !self.qualifier_fits(relation) {
            return false;
        }
        (package.name == relation.name && relation.accepts(&package.version))
            || package.provides.iter().any(|provide| {
                provide.name == relation.name && accepts_provided(relation, provide.version.as_ref())
            })
    }

    /// There is one architecture here, so `any`, `native` and its name mean the same, and others cannot be had.
    fn qualifier_fits(&self, relation: &Relation) -> bool {
        relation
            .architecture
            .as_deref()
            .is_none_or(|word| matches!(word, "any" | "native") || word == self.architecture)
    }
}

/// Debian Policy §7.5: a relation with a version is satisfied only by a provision with one.
fn accepts_provided(relation: &Relation, version: Option<&Version>) -> bool {
    match version {
        Some(version) => relation.accepts(version),
        None => relation.version.is_none(),
    }
}
