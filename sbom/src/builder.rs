// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Puts an inventory together, and tells everything that is wrong with it at once.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::License;
use ashlar_tree::TreePath;

use crate::checksum::Checksums;
use crate::component::{Component, ComponentId};
use crate::containment;
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::licences;
use crate::owned_file::OwnedFile;
use crate::problem::Problem;
use crate::relationship::{Relationship, Verb};

/// An inventory in the making. The order of what is added does not matter.
#[derive(Clone, Debug)]
pub struct InventoryBuilder {
    root: ComponentId,
    components: BTreeMap<ComponentId, Component>,
    files: BTreeMap<TreePath, Checksums>,
    owners: BTreeMap<TreePath, BTreeSet<ComponentId>>,
    executable: BTreeSet<TreePath>,
    relationships: BTreeSet<Relationship>,
    licence_texts: BTreeMap<String, String>,
    /// What could be seen as soon as it was added.
    problems: Vec<Problem>,
}

impl InventoryBuilder {
    /// Begins one about `root`.
    #[must_use]
    pub fn new(root: Component) -> Self {
        let id = root.id();
        Self {
            root: id.clone(),
            components: BTreeMap::from([(id, root)]),
            files: BTreeMap::new(),
            owners: BTreeMap::new(),
            executable: BTreeSet::new(),
            relationships: BTreeSet::new(),
            licence_texts: BTreeMap::new(),
            problems: Vec::new(),
        }
    }

    /// Begins with everything that `inventory` has.
    #[must_use]
    pub fn of(inventory: &Inventory) -> Self {
        let Inventory { root, components, files, relationships, licence_texts } = inventory.clone();
        let owners =
            files.iter().map(|(path, file)| (path.clone(), BTreeSet::from([file.owner.clone()]))).collect();
        let executable = files.iter().filter(|(_, file)| file.executable);
        let executable = executable.map(|(path, _)| path.clone()).collect();
        let files = files.into_iter().map(|(path, file)| (path, file.checksums)).collect();
        Self {
            root,
            components,
            files,
            owners,
            executable,
            relationships,
            licence_texts,
            problems: Vec::new(),
        }
    }

    /// What it is about.
    #[must_use]
    pub const fn root(&self) -> &ComponentId {
        &self.root
    }

    /// Adds a component. One that is there already may be added again, if it is equal in all.
    pub fn component(&mut self, component: Component) -> ComponentId {
        let id = component.id();
        match self.components.get(&id) {
            Some(there) if *there == component => {}
            Some(_) => self.problems.push(Problem::DuplicateComponent { id: id.clone() }),
            None => {
                self.components.insert(id.clone(), component);
            }
        }
        id
    }

    /// Adds a component that `container` contains.
    pub fn component_in(&mut self, container: &ComponentId, component: Component) -> ComponentId {
        let id = self.component(component);
        self.relate(container, Verb::Contains, &id);
        id
    }

    /// States the licences of a component that is there: of one that holds others, those of all of them together.
    pub(crate) fn set_licences(
        &mut self,
        id: &ComponentId,
        declared: Option<License>,
        concluded: Option<License>,
    ) {
        if let Some(component) = self.components.get_mut(id) {
            component.declared = declared;
            component.concluded = concluded;
        }
    }

    /// The components that `container` holds, directly or not.
    pub(crate) fn held_by(&self, container: &ComponentId) -> Vec<&Component> {
        let mut found = Vec::new();
        let mut open = vec![container];
        while let Some(at) = open.pop() {
            let held = self.relationships.iter().filter(|it| it.verb == Verb::Contains && it.from == *at);
            for relationship in held {
                open.push(&relationship.to);
                found.extend(self.components.get(&relationship.to));
            }
        }
        found
    }

    /// Says how two components are related; they may be added later.
    pub fn relate(&mut self, from: &ComponentId, verb: Verb, to: &ComponentId) {
        self.relationships.insert(Relationship { from: from.clone(), verb, to: to.clone() });
    }

    /// The component that has the identifier of `component`, or the same purl, if there is one.
    #[must_use]
    pub fn same_as(&self, component: &Component) -> Option<ComponentId> {
        let id = component.id();
        if self.components.contains_key(&id) {
            return Some(id);
        }
        let purl = component.purl.as_ref()?;
        self.components.iter().find(|(_, other)| other.purl.as_ref() == Some(purl)).map(|(id, _)| id.clone())
    }

    /// Whether two components were said to be related so.
    #[must_use]
    pub fn are_related(&self, from: &ComponentId, verb: Verb, to: &ComponentId) -> bool {
        self.relationships.contains(&Relationship { from: from.clone(), verb, to: to.clone() })
    }

    /// Adds a file, without an owner yet.
    pub fn file(&mut self, path: TreePath, checksums: Checksums) {
        match self.files.get(&path) {
            Some(there) if *there == checksums => {}
            Some(_) => self.problems.push(Problem::DuplicateFile { path }),
            None => {
                self.files.insert(path, checksums);
            }
        }
    }

    /// Says that the file at `path` can be run; it may be added later.
    pub fn executable(&mut self, path: TreePath) {
        self.executable.insert(path);
    }

    /// Says which component brings the file at `path`; both may be added later.
    pub fn owns(&mut self, owner: &ComponentId, path: TreePath) {
        self.owners.entry(path).or_default().insert(owner.clone());
    }

    /// Adds the text of a licence that is not on the SPDX list, by `LicenseRef-…`.
    pub fn licence_text(&mut self, reference: impl Into<String>, text: impl Into<String>) {
        self.licence_texts.insert(reference.into(), text.into());
    }

    /// The finished inventory.
    ///
    /// # Errors
    /// [`SbomError::Problems`] with everything that is wrong.
    pub fn build(self) -> Result<Inventory, SbomError> {
        let mut problems = self.problems.clone();
        problems.extend(self.ownership_problems());
        problems.extend(self.relationship_problems());
        problems.extend(self.containment_problems());
        problems.extend(self.completeness_problems());
        if problems.is_empty() { Ok(self.finished()) } else { Err(SbomError::Problems { problems }) }
    }

    /// The inventory with whatever of it holds together, and what was left out or decided for it: what a foreign
    /// document says may be less than we ask of our own.
    pub(crate) fn build_leniently(self) -> (Inventory, Vec<Problem>) {
        let mut problems = self.problems.clone();
        problems.extend(self.ownership_problems());
        problems.extend(self.relationship_problems());
        problems.extend(containment::cycle(&containment::containers(&self.relationships)).map(circle));
        (self.finished(), problems)
    }

    /// Takes the first of several owners and the root for none; leaves out relationships that lead nowhere.
    fn finished(self) -> Inventory {
        let Self {
            root,
            components,
            files,
            owners,
            executable,
            mut relationships,
            licence_texts,
            problems: _,
        } = self;
        let owner = |path: &TreePath| {
            let known = owners.get(path).into_iter().flatten().find(|owner| components.contains_key(*owner));
            known.unwrap_or(&root).clone()
        };
        let files = files
            .into_iter()
            .map(|(path, checksums)| {
                let (owner, executable) = (owner(&path), executable.contains(&path));
                (path, OwnedFile { checksums, owner, executable })
            })
            .collect();
        relationships.retain(|it| {
            it.from != it.to && components.contains_key(&it.from) && components.contains_key(&it.to)
        });
        Inventory { root, components, files, relationships, licence_texts }
    }

    fn ownership_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for path in self.files.keys() {
            let mut owners = self.owners.get(path).into_iter().flatten();
            match (owners.next(), owners.next()) {
                (None, _) => problems.push(Problem::Unowned { path: path.clone() }),
                (Some(first), Some(second)) => problems.push(Problem::TwoOwners {
                    path: path.clone(),
                    first: first.clone(),
                    second: second.clone(),
                }),
                (Some(_), None) => {}
            }
        }
        for (path, owner) in self.owners.iter().flat_map(|(path, all)| all.iter().map(move |it| (path, it))) {
            let (path, owner) = (path.clone(), owner.clone());
            if !self.components.contains_key(&owner) {
                problems.push(Problem::UnknownOwner { path: path.clone(), owner: owner.clone() });
            }
            if !self.files.contains_key(&path) {
                problems.push(Problem::UnknownFile { path, owner });
            }
        }
        problems
    }

    fn relationship_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for relationship in &self.relationships {
            if relationship.from == relationship.to {
                problems.push(Problem::SelfReference { relationship: relationship.clone() });
            }
            for missing in [&relationship.from, &relationship.to] {
                if !self.components.contains_key(missing) {
                    problems.push(Problem::UnknownComponent {
                        relationship: relationship.clone(),
                        missing: missing.clone(),
                    });
                }
            }
            let source = self.components.get(&relationship.to);
            if relationship.verb == Verb::GeneratedFrom && source.is_some_and(Component::is_matchable) {
                problems.push(Problem::MatchableSource { id: relationship.to.clone() });
            }
        }
        problems
    }

    fn containment_problems(&self) -> Vec<Problem> {
        let containers = containment::containers(&self.relationships);
        let mut problems: Vec<Problem> = containment::cycle(&containers).map(circle).into_iter().collect();
        for (id, all) in &containers {
            let mut all = all.iter();
            if let (Some(first), Some(second)) = (all.next(), all.next()) {
                problems.push(Problem::TwoContainers {
                    id: (*id).clone(),
                    first: (*first).clone(),
                    second: (*second).clone(),
                });
            }
        }
        let lost = self.components.iter().filter(|(id, component)| {
            component.kind.ships() && **id != self.root && !containers.contains_key(id)
        });
        problems.extend(lost.map(|(id, _)| Problem::Uncontained { id: id.clone() }));
        problems
    }

    fn completeness_problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for (path, checksums) in &self.files {
            let missing = checksums.missing();
            problems
                .extend(missing.map(|algorithm| Problem::MissingChecksum { path: path.clone(), algorithm }));
        }
        for (id, component) in &self.components {
            let references: BTreeSet<&str> = licences::references(component).collect();
            let without = references.into_iter().filter(|name| !self.licence_texts.contains_key(*name));
            problems.extend(without.map(|reference| Problem::MissingLicenceText {
                reference: reference.to_owned(),
                id: id.clone(),
            }));
        }
        problems
    }
}

const fn circle(members: Vec<ComponentId>) -> Problem {
    Problem::ContainmentCycle { members }
}

#[cfg(test)]
mod tests;
