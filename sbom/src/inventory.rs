// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The inventory: what there is, what owns it and how it is related. Every document is written from one.
//!
//! It is made by an [`InventoryBuilder`] alone, so that what holds for one holds for all: every relationship and every
//! owner leads to a component, every file has exactly one owner.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::TreePath;

use crate::component::{Component, ComponentId};
use crate::owned_file::OwnedFile;
use crate::relationship::{Relationship, Verb};

/// Components, files, relationships and licence texts of one thing, its root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inventory {
    pub(crate) root: ComponentId,
    pub(crate) components: BTreeMap<ComponentId, Component>,
    pub(crate) files: BTreeMap<TreePath, OwnedFile>,
    pub(crate) relationships: BTreeSet<Relationship>,
    pub(crate) licence_texts: BTreeMap<String, String>,
}

impl Inventory {
    /// What the inventory is about.
    #[must_use]
    pub const fn root(&self) -> &ComponentId {
        &self.root
    }

    /// All components by identifier, the root among them.
    #[must_use]
    pub const fn components(&self) -> &BTreeMap<ComponentId, Component> {
        &self.components
    }

    /// All files by path.
    #[must_use]
    pub const fn files(&self) -> &BTreeMap<TreePath, OwnedFile> {
        &self.files
    }

    /// All relationships, sorted.
    #[must_use]
    pub const fn relationships(&self) -> &BTreeSet<Relationship> {
        &self.relationships
    }

    /// The texts of licences that are not on the SPDX list, by `LicenseRef-…`.
    #[must_use]
    pub const fn licence_texts(&self) -> &BTreeMap<String, String> {
        &self.licence_texts
    }

    /// The component that brings a file; `None` if there is no such file.
    #[must_use]
    pub fn owner_of(&self, path: &TreePath) -> Option<&Component> {
        self.components.get(&self.files.get(path)?.owner)
    }

    /// The files by the component that brings them; components without files are left out.
    #[must_use]
    pub fn files_by_owner(&self) -> BTreeMap<&ComponentId, Vec<(&TreePath, &OwnedFile)>> {
        let mut result: BTreeMap<&ComponentId, Vec<(&TreePath, &OwnedFile)>> = BTreeMap::new();
        for (path, file) in &self.files {
            result.entry(&file.owner).or_default().push((path, file));
        }
        result
    }

    /// What `from` is said to be `verb` of, sorted.
    pub fn related<'a>(&'a self, from: &'a ComponentId, verb: Verb) -> impl Iterator<Item = &'a ComponentId> {
        // Relationships are sorted by their subject, and no identifier comes before the empty one.
        let first = Relationship { from: from.clone(), verb, to: ComponentId::FIRST };
        let found = self.relationships.range(first..);
        let found = found.take_while(move |it| it.from == *from && it.verb == verb);
        found.map(|relationship| &relationship.to)
    }

    /// The part of it with the components that `keeps` says, the root always, and the files only if `with_files`.
    /// What is said of a component that is left out is left out too.
    #[must_use]
    pub fn part(&self, with_files: bool, keeps: impl Fn(&Component) -> bool) -> Self {
        let keeps_id = |id: &ComponentId| *id == self.root || self.components.get(id).is_some_and(&keeps);
        let components: BTreeMap<ComponentId, Component> = self
            .components
            .iter()
            .filter(|(id, _)| keeps_id(id))
            .map(|(id, component)| (id.clone(), component.clone()))
            .collect();
        let files = self.files.iter().filter(|(_, file)| with_files && components.contains_key(&file.owner));
        let files = files.map(|(path, file)| (path.clone(), file.clone())).collect();
        let relationships = self
            .relationships
            .iter()
            .filter(|it| components.contains_key(&it.from) && components.contains_key(&it.to))
            .cloned()
            .collect();
        let named: BTreeSet<&str> = components.values().flat_map(crate::licences::references).collect();
        let licence_texts = self.licence_texts.iter().filter(|(name, _)| named.contains(name.as_str()));
        let licence_texts = licence_texts.map(|(name, text)| (name.clone(), text.clone())).collect();
        Self { root: self.root.clone(), components, files, relationships, licence_texts }
    }

    /// Of `os.spdx.json`: what ships, without files, and nothing that it was made from.
    #[must_use]
    pub fn shipped(&self) -> Self {
        self.part(false, |component| component.kind.ships())
    }

    /// Of `os-files.spdx.json`: every file, and the components that bring them.
    #[must_use]
    pub fn with_owned_files(&self) -> Self {
        let owners: BTreeSet<ComponentId> = self.files.values().map(|file| file.owner.clone()).collect();
        let mut part = self.part(true, |component| owners.contains(&component.id()));
        part.relationships.retain(|relationship| relationship.verb == Verb::Contains);
        part
    }

    /// Of `build.spdx.json`: what was made, from which sources and patches, with which tools.
    #[must_use]
    pub fn built(&self) -> Self {
        let mut part = self.part(false, |_| true);
        let of_build = |verb| matches!(verb, Verb::GeneratedFrom | Verb::PatchedBy | Verb::BuiltWith);
        part.relationships.retain(|it| it.verb == Verb::Contains || of_build(it.verb));
        part
    }
}
