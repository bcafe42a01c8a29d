// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What changed between two inventories, in the words of release notes.
//!
//! Identifiers hold versions, so components are paired by what stays: kind, name, and the purl without its version. Where one of
//! a pair is there in several versions, those that both have are equal and only a single one on each side is an upgrade.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ashlar_recipe::{License, Purl};
use ashlar_tree::TreePath;

use crate::component::{Component, ComponentId, Kind};
use crate::inventory::Inventory;
use crate::version_order::compare;

/// A component that is there before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// As it was.
    pub before: Component,
    /// As it is.
    pub after: Component,
}

impl Change {
    /// Whether the version changed.
    #[must_use]
    pub fn is_of_version(&self) -> bool {
        self.before.version != self.after.version
    }

    /// Whether the version is an earlier one now.
    #[must_use]
    pub fn is_downgrade(&self) -> bool {
        match (&self.before.version, &self.after.version) {
            (Some(before), Some(after)) => compare(before, after) == Ordering::Greater,
            _ => false,
        }
    }

    /// Whether the licence changed: the declared or the concluded one.
    #[must_use]
    pub fn is_of_licence(&self) -> bool {
        self.before.declared != self.after.declared || self.before.concluded != self.after.concluded
    }

    /// Other fields that changed, by name; those that hold the version are passed over where it changed.
    #[must_use]
    pub fn other_fields(&self) -> Vec<&'static str> {
        let (one, two) = (&self.before, &self.after);
        let same_version = !self.is_of_version();
        [
            ("supplier", one.supplier != two.supplier),
            ("copyright", one.copyright != two.copyright),
            ("CPE", same_version && one.cpes != two.cpes),
            ("purl", same_version && one.purl != two.purl),
            ("checksums", same_version && one.checksums != two.checksums),
            ("download location", same_version && one.download != two.download),
            ("home page", one.homepage != two.homepage),
            ("recipe", one.recipe != two.recipe),
            ("CVEs mended", one.fixes != two.fixes),
        ]
        .into_iter()
        .filter_map(|(name, differs)| differs.then_some(name))
        .collect()
    }
}

/// What changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Difference {
    /// Components that are new.
    pub added: Vec<Component>,
    /// Components that are gone.
    pub removed: Vec<Component>,
    /// Components that changed in version, licence or something else.
    pub changed: Vec<Change>,
    /// Relationships that are new among components that were there, as sentences.
    pub related: Vec<String>,
    /// Relationships that are gone among components that are there still, as sentences.
    pub unrelated: Vec<String>,
    /// Files that are new.
    pub files_added: Vec<TreePath>,
    /// Files that are gone.
    pub files_removed: Vec<TreePath>,
    /// Files with other content.
    pub files_changed: Vec<TreePath>,
}

/// What stays the same of a component when it is upgraded.
type Identity = (Kind, String, Option<String>);

fn identity(component: &Component) -> Identity {
    (component.kind, component.name.clone(), component.purl.as_ref().map(Purl::without_version))
}

/// Compares two inventories.
#[must_use]
pub fn difference(before: &Inventory, after: &Inventory) -> Difference {
    let mut result = Difference::default();
    let (mut one, mut two) = (by_identity(before), by_identity(after));
    let identities: BTreeSet<Identity> = one.keys().chain(two.keys()).cloned().collect();
    for identity in identities {
        let mut gone = one.remove(&identity).unwrap_or_default();
        let mut new = two.remove(&identity).unwrap_or_default();
        let both: Vec<ComponentId> = gone.keys().filter(|id| new.contains_key(*id)).cloned().collect();
        for id in both {
            if let (Some(before), Some(after)) = (gone.remove(&id), new.remove(&id)) {
                result.change(before, after);
            }
        }
        let single = gone.len() == 1 && new.len() == 1;
        if let Some((_, before)) = gone.first_entry().filter(|_| single).map(|entry| entry.remove_entry())
            && let Some((_, after)) = new.pop_first()
        {
            result.change(before, after);
        }
        result.removed.extend(gone.into_values().cloned());
        result.added.extend(new.into_values().cloned());
    }
    result.related = sentences(after, before);
    result.unrelated = sentences(before, after);
    result.compare_files(before, after);
    result
}

fn by_identity(inventory: &Inventory) -> BTreeMap<Identity, BTreeMap<ComponentId, &Component>> {
    let mut result: BTreeMap<Identity, BTreeMap<ComponentId, &Component>> = BTreeMap::new();
    for (id, component) in inventory.components() {
        result.entry(identity(component)).or_default().insert(id.clone(), component);
    }
    result
}

/// What `one` says of its components that `two` does not, although it has both of them in some version. Each component is
/// called by what stays of it, so that an upgrade alone changes no sentence.
fn sentences(one: &Inventory, two: &Inventory) -> Vec<String> {
    let names = |inventory: &Inventory| -> BTreeMap<ComponentId, Identity> {
        inventory.components().iter().map(|(id, component)| (id.clone(), identity(component))).collect()
    };
    let (names_one, names_two) = (names(one), names(two));
    let known: BTreeSet<&Identity> = names_two.values().collect();
    let said: BTreeSet<_> = two
        .relationships()
        .iter()
        .filter_map(|it| Some((names_two.get(&it.from)?, it.verb, names_two.get(&it.to)?)))
        .collect();
    let new: BTreeSet<_> = one
        .relationships()
        .iter()
        .filter_map(|it| Some((names_one.get(&it.from)?, it.verb, names_one.get(&it.to)?)))
        .filter(|(from, verb, to)| {
            known.contains(from) && known.contains(to) && !said.contains(&(*from, *verb, *to))
        })
        .collect();
    new.into_iter().map(|(from, verb, to)| format!("{} {} {}", from.1, verb.text(), to.1)).collect()
}

impl Difference {
    fn change(&mut self, before: &Component, after: &Component) {
        if before != after {
            self.changed.push(Change { before: before.clone(), after: after.clone() });
        }
    }

    fn compare_files(&mut self, before: &Inventory, after: &Inventory) {
        for (path, file) in before.files() {
            match after.files().get(path) {
                None => self.files_removed.push(path.clone()),
                Some(other) if other.checksums != file.checksums => self.files_changed.push(path.clone()),
                Some(_) => {}
            }
        }
        let new = after.files().keys().filter(|path| !before.files().contains_key(*path));
        self.files_added.extend(new.cloned());
    }

    /// Whether nothing changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Release notes: a heading for each sort of change that there is, and a line for each change.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return writeln!(f, "Nothing changed.");
        }
        let versions = || self.changed.iter().filter(|change| change.is_of_version());
        let lines = |found: &mut dyn Iterator<Item = &Change>| found.map(version_line).collect::<Vec<_>>();
        section(f, "Added", self.added.iter().map(Component::title).collect())?;
        section(f, "Removed", self.removed.iter().map(Component::title).collect())?;
        section(f, "Upgraded", lines(&mut versions().filter(|it| !it.is_downgrade())))?;
        section(f, "Downgraded", lines(&mut versions().filter(|it| it.is_downgrade())))?;
        let licences = self.changed.iter().filter(|change| change.is_of_licence());
        section(f, "Licence changes", licences.flat_map(licence_lines).collect())?;
        let others = self.changed.iter().map(|it| (it, it.other_fields())).filter(|(_, it)| !it.is_empty());
        let others = others.map(|(it, fields)| format!("{}: {}", it.after.title(), fields.join(", ")));
        section(f, "Other changes", others.collect())?;
        section(f, "Now", self.related.clone())?;
        section(f, "No longer", self.unrelated.clone())?;
        section(f, "Files added", self.files_added.iter().map(|path| format!("/{path}")).collect())?;
        section(f, "Files removed", self.files_removed.iter().map(|path| format!("/{path}")).collect())?;
        section(f, "Files changed", self.files_changed.iter().map(|path| format!("/{path}")).collect())
    }
}

fn section(f: &mut fmt::Formatter<'_>, heading: &str, lines: Vec<String>) -> fmt::Result {
    if lines.is_empty() {
        return Ok(());
    }
    writeln!(f, "{heading}:")?;
    lines.iter().try_for_each(|line| writeln!(f, "  {}", plain(line)))
}

/// Names of foreign documents reach a terminal.
fn plain(line: &str) -> String {
    line.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn version_line(change: &Change) -> String {
    let version =
        |component: &Component| component.version.clone().unwrap_or_else(|| "no version".to_owned());
    format!("{} {} -> {}", change.after.name, version(&change.before), version(&change.after))
}

fn licence_lines(change: &Change) -> Vec<String> {
    let (one, two) = (&change.before, &change.after);
    let text = |licence: &Option<License>| match licence {
        Some(licence) => licence.as_str().to_owned(),
        None => "unknown".to_owned(),
    };
    [("declared", &one.declared, &two.declared), ("concluded", &one.concluded, &two.concluded)]
        .into_iter()
        .filter(|(_, before, after)| before != after)
        .map(|(what, before, after)| format!("{} ({what}): {} -> {}", two.title(), text(before), text(after)))
        .collect()
}

#[cfg(test)]
mod tests;
