// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The dependency closure of a seed set.
//!
//! Not an installer: packages are unpacked side by side into a tree, so `Conflicts` and `Breaks` mean nothing here, and
//! neither do `Recommends`. What remains is a closure over `Pre-Depends` and `Depends` with these rules, which a reader
//! of the lock can follow by hand:
//! - roots first, in byte order, then the dependencies of each package in the order of its fields;
//! - of each package the newest version of the suites that are admitted for it: suites of [`Admission::Always`]; a
//!   suite of [`Admission::Named`] for the names that the request gives it, and, only where the others have nothing
//!   that fits, for the dependencies of a package that came from it;
//! - of alternatives one that is already chosen, else the first that can be satisfied;
//! - of the providers of a virtual package one that is already chosen, else by suite, priority and name;
//! - a choice that a later dependency cannot use is made again under both conditions, from the start.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::universe::{Candidate, Universe};
use crate::{Admission, BinaryPackage, DebianError, Relation, Requirement, SuiteIndex};

/// What to close over.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Names of the packages that the set wants; names of virtual packages are no roots.
    pub roots: BTreeSet<String>,
    /// For each suite of [`Admission::Named`] the packages that may come from it.
    pub named: BTreeMap<String, BTreeSet<String>>,
    /// Packages that are not wanted although others depend on them: no maintainer script ever runs here.
    pub exclude: BTreeSet<String>,
    /// Name and version of packages that an index names and no mirror has.
    pub unavailable: BTreeSet<(String, String)>,
    /// Architecture of the machine that runs the packages, in Debian's words: `amd64`.
    pub architecture: String,
}

/// Why a package is in a closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The set names it.
    Root,
    /// A package of the closure needs it.
    Dependency {
        /// That package.
        of: String,
        /// The alternative that it satisfies, as the package writes it.
        relation: String,
    },
}

/// One package of a closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    /// Its record.
    pub package: BinaryPackage,
    /// Name of the suite that won.
    pub suite: String,
    /// Why it is there.
    pub reason: Reason,
}

/// A closure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolution {
    /// Its packages, by name.
    pub packages: Vec<Resolved>,
    /// Excluded packages that would be in it, each with the package that needs it. An exclusion that is not among
    /// them has no effect.
    pub excluded: BTreeMap<String, String>,
}

/// Closes the roots of `request` over their dependencies. `suites` are in order of preference.
///
/// The result depends on nothing but the arguments, and not on the order of records inside a suite.
///
/// # Errors
/// [`DebianError::Unsatisfiable`] with the chain from a root to what is missing; [`DebianError::Conflict`] if two
/// packages need versions of a third that exclude each other.
pub fn resolve(suites: &[SuiteIndex], request: &Request) -> Result<Resolution, DebianError> {
    let universe = Universe::new(suites, &request.architecture, &request.unavailable);
    let mut demands = BTreeMap::new();
    // Each round adds a demand that was not there, and there are finitely many: it ends.
    loop {
        let mut pass = Pass {
            universe: &universe,
            request,
            demands: &demands,
            chosen: BTreeMap::new(),
            excluded: BTreeMap::new(),
            queue: VecDeque::new(),
        };
        match pass.run() {
            Ok(()) => return Ok(pass.finish()),
            Err(Stop::Failed(error)) => return Err(error),
            Err(Stop::Again(found)) => demands.entry(found.0).or_insert_with(Vec::new).push(found.1),
        }
    }
}

/// A condition on one package, found when an earlier choice turned out not to fit.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Demand {
    relation: Relation,
    /// Who has it, for the message.
    by: String,
    /// The suite that its owner came from, which it may draw on.
    suite: usize,
}

enum Stop {
    Failed(DebianError),
    Again(Box<(String, Demand)>),
}

#[derive(Clone)]
struct Choice<'a> {
    candidate: Candidate<'a>,
    parent: Option<(&'a str, &'a Relation)>,
}

struct Pass<'p, 'a> {
    universe: &'p Universe<'a>,
    request: &'p Request,
    demands: &'p BTreeMap<String, Vec<Demand>>,
    chosen: BTreeMap<&'a str, Choice<'a>>,
    excluded: BTreeMap<String, String>,
    queue: VecDeque<Candidate<'a>>,
}

impl<'a> Pass<'_, 'a> {
    fn run(&mut self) -> Result<(), Stop> {
        for root in &self.request.roots {
            if self.request.exclude.contains(root) {
                return Err(Stop::Failed(DebianError::ExcludedRoot { name: root.clone() }));
            }
            let Some(candidate) = self.pick(root, None) else {
                return Err(self.no_root(root));
            };
            self.choose(candidate, None);
        }
        while let Some(candidate) = self.queue.pop_front() {
            let package = candidate.package;
            for alternatives in package.pre_depends.iter().chain(&package.depends) {
                self.satisfy(candidate, alternatives)?;
            }
        }
        Ok(())
    }

    fn satisfy(&mut self, owner: Candidate<'a>, alternatives: &'a [Relation]) -> Result<(), Stop> {
        if alternatives.iter().any(|relation| self.is_satisfied(relation)) {
            return Ok(());
        }
        for relation in alternatives {
            if let Some(candidate) = self.find(relation, owner.suite) {
                let name = &candidate.package.name;
                if self.request.exclude.contains(name) {
                    self.excluded.entry(name.clone()).or_insert_with(|| owner.package.name.clone());
                } else {
                    self.choose(candidate, Some((&owner.package.name, relation)));
                }
                return Ok(());
            }
        }
        // Perhaps another version of something that is chosen already would do.
        for relation in alternatives {
            let demand =
                Demand { relation: relation.clone(), by: owner.package.to_string(), suite: owner.suite };
            let known = self.demands.get(&relation.name).is_some_and(|known| known.contains(&demand));
            let usable = |candidate: &Candidate<'a>| {
                self.universe.satisfies(candidate.package, relation)
                    && self.is_admitted(candidate, Some(owner.suite), &relation.name)
            };
            let exists = self.universe.candidates(&relation.name).iter().any(usable);
            if exists && !known && self.chosen.contains_key(relation.name.as_str()) {
                return Err(Stop::Again(Box::new((relation.name.clone(), demand))));
            }
            if exists && self.demands.contains_key(&relation.name) {
                return Err(Stop::Failed(self.conflict(&relation.name, demand)));
            }
        }
        Err(self.unsatisfiable(Some(&owner.package.name), Requirement::Dependency(alternatives.to_vec())))
    }

    fn is_satisfied(&self, relation: &Relation) -> bool {
        let by = |name: &str| {
            self.chosen
                .get(name)
                .is_some_and(|choice| self.universe.satisfies(choice.candidate.package, relation))
        };
        by(&relation.name) || self.universe.providers(&relation.name).any(by)
    }

    /// The package to choose for `relation`, which nothing chosen satisfies.
    fn find(&self, relation: &Relation, owner_suite: usize) -> Option<Candidate<'a>> {
        let fits = |name: &str| {
            let free = !self.chosen.contains_key(name);
            free.then(|| self.pick(name, Some((relation, owner_suite))))?
        };
        fits(&relation.name).or_else(|| {
            self.universe.providers(&relation.name).filter_map(fits).min_by_key(|candidate| {
                let named = self.universe.suite(candidate.suite).admission == Admission::Named;
                (named, candidate.package.priority, &candidate.package.name)
            })
        })
    }

    /// The newest admitted version of `name` that satisfies `relation` and all demands.
    fn pick(&self, name: &str, relation: Option<(&Relation, usize)>) -> Option<Candidate<'a>> {
        let demands = self.demands.get(name).map_or(&[][..], Vec::as_slice);
        let best = |admitted: &dyn Fn(&Candidate<'a>) -> bool| {
            self.universe.candidates(name).iter().copied().find(|candidate| {
                relation.is_none_or(|(relation, _)| self.universe.satisfies(candidate.package, relation))
                    && demands
                        .iter()
                        .all(|demand| self.universe.satisfies(candidate.package, &demand.relation))
                    && admitted(candidate)
            })
        };
        best(&|candidate| self.is_admitted(candidate, None, name)).or_else(|| {
            let owners: Vec<usize> = relation
                .iter()
                .map(|(_, suite)| *suite)
                .chain(demands.iter().map(|demand| demand.suite))
                .collect();
            best(&|candidate| owners.contains(&candidate.suite))
        })
    }

    fn is_admitted(&self, candidate: &Candidate<'a>, owner_suite: Option<usize>, name: &str) -> bool {
        let suite = self.universe.suite(candidate.suite);
        suite.admission == Admission::Always
            || owner_suite == Some(candidate.suite)
            || self.request.named.get(&suite.name).is_some_and(|names| names.contains(name))
    }

    fn choose(&mut self, candidate: Candidate<'a>, parent: Option<(&'a str, &'a Relation)>) {
        self.chosen.insert(&candidate.package.name, Choice { candidate, parent });
        self.queue.push_back(candidate);
    }

    /// The root that led to `name`, …, `name`.
    fn chain(&self, name: &str) -> Vec<String> {
        let mut chain = Vec::new();
        let mut next = self.chosen.get(name);
        while let Some(choice) = next {
            chain.push(choice.candidate.package.to_string());
            next = choice.parent.and_then(|(parent, _)| self.chosen.get(parent));
        }
        chain.reverse();
        chain
    }

    fn unsatisfiable(&self, owner: Option<&str>, requirement: Requirement) -> Stop {
        let names = match &requirement {
            Requirement::Root(name) => vec![name.as_str()],
            Requirement::Dependency(alternatives) => {
                alternatives.iter().map(|each| each.name.as_str()).collect()
            }
        };
        let found = names
            .into_iter()
            .flat_map(|name| self.universe.candidates(name))
            .map(|candidate| {
                format!("{} in {}", candidate.package, self.universe.suite(candidate.suite).name)
            })
            .collect();
        let chain = owner.map_or_else(Vec::new, |owner| self.chain(owner));
        Stop::Failed(DebianError::Unsatisfiable { chain, requirement, found })
    }

    fn no_root(&self, root: &str) -> Stop {
        match self.demands.get(root) {
            Some(demands) => {
                Stop::Failed(DebianError::Conflict { name: root.to_owned(), demands: texts(demands) })
            }
            None => self.unsatisfiable(None, Requirement::Root(root.to_owned())),
        }
    }

    fn conflict(&self, name: &str, last: Demand) -> DebianError {
        let mut demands = self.demands.get(name).cloned().unwrap_or_default();
        if let Some(Choice { parent: Some((parent, relation)), candidate }) = self.chosen.get(name) {
            let by = self
                .chosen
                .get(parent)
                .map_or_else(|| (*parent).to_owned(), |c| c.candidate.package.to_string());
            demands.push(Demand { relation: (*relation).clone(), by, suite: candidate.suite });
        }
        demands.push(last);
        let mut texts = texts(&demands);
        texts.sort();
        texts.dedup();
        DebianError::Conflict { name: name.to_owned(), demands: texts }
    }

    fn finish(self) -> Resolution {
        let universe = self.universe;
        let packages = self
            .chosen
            .into_values()
            .map(|Choice { candidate, parent }| Resolved {
                package: candidate.package.clone(),
                suite: universe.suite(candidate.suite).name.clone(),
                reason: parent.map_or(Reason::Root, |(of, relation)| Reason::Dependency {
                    of: of.to_owned(),
                    relation: relation.to_string(),
                }),
            })
            .collect();
        Resolution { packages, excluded: self.excluded }
    }
}

fn texts(demands: &[Demand]) -> Vec<String> {
    demands.iter().map(|demand| format!("{} needs {}", demand.by, demand.relation)).collect()
}

#[cfg(test)]
mod tests;
