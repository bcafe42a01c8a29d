// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What CycloneDX 1.6, as we write it, cannot say of an inventory. The table in docs/design/sbom.md has a row for each.

use std::collections::{BTreeMap, BTreeSet};

use super::root_needs;
use super::writer::DEPTH;
use crate::containment;
use crate::inventory::Inventory;
use crate::relationship::{Relationship, Verb};

/// Something that is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsaid {
    /// The CPEs of a component after the first.
    FurtherCpe,
    /// How a component is linked in: it is a dependency, and no more.
    LinkKind,
    /// What a component was made from.
    GeneratedFrom,
    /// Which patches were applied.
    PatchedBy,
    /// Which CVEs a patch mends.
    PatchFixes,
    /// Which tools made it.
    BuiltWith,
    /// All that contain a component but one, or that it stands deeper than JSON readers go.
    Containment,
    /// The texts of licences that are not on the SPDX list.
    LicenceText,
    /// That the root needs exactly all that it directly contains: any root that needs nothing in particular is written so.
    RootNeeds,
}

impl Unsaid {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::FurtherCpe,
        Self::LinkKind,
        Self::GeneratedFrom,
        Self::PatchedBy,
        Self::PatchFixes,
        Self::BuiltWith,
        Self::Containment,
        Self::LicenceText,
        Self::RootNeeds,
    ];

    /// For people.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self {
            Self::FurtherCpe => "further CPEs",
            Self::LinkKind => "kind of link",
            Self::GeneratedFrom => "generation",
            Self::PatchedBy => "patches applied",
            Self::PatchFixes => "CVEs that a patch mends",
            Self::BuiltWith => "build tools",
            Self::Containment => "further containers",
            Self::LicenceText => "texts of unlisted licences",
            Self::RootNeeds => "that the root needs all that it holds",
        }
    }
}

/// What of `inventory` a CycloneDX document leaves out, and how often.
#[must_use]
pub fn unsaid(inventory: &Inventory) -> BTreeMap<Unsaid, usize> {
    let verbs = |wanted: &[Verb]| {
        inventory.relationships().iter().filter(|relationship| wanted.contains(&relationship.verb)).count()
    };
    let components = inventory.components();
    let counts = [
        (Unsaid::FurtherCpe, components.values().map(|it| it.cpes.len().saturating_sub(1)).sum()),
        (Unsaid::LinkKind, verbs(&[Verb::LinksStatically, Verb::LinksDynamically])),
        (Unsaid::GeneratedFrom, verbs(&[Verb::GeneratedFrom])),
        (Unsaid::PatchedBy, verbs(&[Verb::PatchedBy])),
        (Unsaid::PatchFixes, components.values().map(|it| it.fixes.len()).sum()),
        (Unsaid::BuiltWith, verbs(&[Verb::BuiltWith])),
        (Unsaid::Containment, contained(inventory.relationships()).difference(&nested(inventory)).count()),
        (Unsaid::LicenceText, inventory.licence_texts().len()),
        (Unsaid::RootNeeds, usize::from(root_needs::are_all(inventory))),
    ];
    counts.into_iter().filter(|(_, count)| *count > 0).collect()
}

fn contained(relationships: &BTreeSet<Relationship>) -> BTreeSet<Relationship> {
    relationships.iter().filter(|it| it.verb == Verb::Contains).cloned().collect()
}

/// What the document says of containment.
fn nested(inventory: &Inventory) -> BTreeSet<Relationship> {
    let (root, components) = (inventory.root(), inventory.components());
    let tree = containment::tree(root, components.keys(), inventory.relationships(), DEPTH);
    let held = tree.into_iter().flat_map(|(from, all)| all.into_iter().map(move |to| (from, to)));
    held.filter(|(from, to)| *from != root || components.get(*to).is_some_and(|it| it.kind.ships()))
        .map(|(from, to)| Relationship { from: from.clone(), verb: Verb::Contains, to: to.clone() })
        .collect()
}

/// The inventory that a document of `inventory` gives back.
#[cfg(test)]
pub(crate) fn sayable(inventory: &Inventory) -> Inventory {
    let mut said = inventory.clone();
    for component in said.components.values_mut() {
        component.cpes.truncate(1);
        component.fixes.clear();
    }
    let depends = inventory.relationships().iter().filter(|it| it.verb.is_dependency());
    let depends = depends.map(|it| Relationship { verb: Verb::DependsOn, ..it.clone() });
    let are_all = root_needs::are_all(inventory);
    let depends = depends.filter(|it| !(are_all && it.from == *inventory.root()));
    said.relationships = nested(inventory).into_iter().chain(depends).collect();
    said.licence_texts.clear();
    said
}
