// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which file of the root a component is deployed in (BSI TR-03183-2, "deployable form"; SPDX 3 `hasDistributionArtifact`).
//!
//! A component is in its own files, or is one by its checksum; what is linked in is where that is which it is linked into;
//! what has no file at all is in what it contains, or in the archive of the container that it is in.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::TreePath;

use crate::checksum::Algorithm;
use crate::component::{ComponentId, Kind};
use crate::inventory::Inventory;
use crate::owned_file::file_id;
use crate::relationship::{Relationship, Verb};

/// How a packed tree of files ends that is kept as one file.
const ARCHIVES: [&str; 4] = [".tar", ".tar.zst", ".tar.gz", ".zip"];

/// The elements of the files that each shipped component is deployed in; empty where an inventory has no files.
pub(super) fn artifacts(inventory: &Inventory) -> BTreeMap<&ComponentId, BTreeSet<String>> {
    if inventory.files().is_empty() {
        return BTreeMap::new();
    }
    let (by_owner, by_sum) = (inventory.files_by_owner(), by_sum(inventory));
    let mut found: BTreeMap<&ComponentId, BTreeSet<String>> = BTreeMap::new();
    for (id, component) in inventory.components().iter().filter(|(_, component)| component.kind.ships()) {
        let own = by_owner.get(id).into_iter().flatten().map(|(path, _)| *path);
        let sum = component.checksums.get(Algorithm::Sha256).and_then(|sum| by_sum.get(sum));
        let mut files: BTreeSet<String> =
            own.chain(sum.into_iter().flatten().copied()).map(file_id).collect();
        if component.kind == Kind::File && files.is_empty() {
            files.insert(outside_id(id));
        }
        if !files.is_empty() {
            found.insert(id, files);
        }
    }
    spread(inventory, &mut found, |it| (it.verb == Verb::LinksStatically).then_some((&it.from, &it.to)));
    spread(inventory, &mut found, |it| (it.verb == Verb::Contains).then_some((&it.to, &it.from)));
    let is_container =
        |id: &ComponentId| inventory.components().get(id).is_some_and(|it| it.kind == Kind::Container);
    spread(inventory, &mut found, |it| {
        (it.verb == Verb::Contains && is_container(&it.from)).then_some((&it.from, &it.to))
    });
    found
}

/// The identifier of the file that lies outside of the root and is the component `id`.
pub(super) fn outside_id(id: &ComponentId) -> String {
    format!("artifact-{id}")
}

/// Gives each component without files those of all that `pair` says, from whom and to whom; again and again, because
/// libraries are linked into libraries.
fn spread<'a>(
    inventory: &'a Inventory,
    found: &mut BTreeMap<&'a ComponentId, BTreeSet<String>>,
    pair: impl Fn(&'a Relationship) -> Option<(&'a ComponentId, &'a ComponentId)>,
) {
    loop {
        let mut learnt: BTreeMap<&ComponentId, BTreeSet<String>> = BTreeMap::new();
        for (from, to) in inventory.relationships().iter().filter_map(&pair) {
            let ships = inventory.components().get(to).is_some_and(|component| component.kind.ships());
            if let Some(files) = found.get(from)
                && ships
                && !found.contains_key(to)
            {
                learnt.entry(to).or_default().extend(files.iter().cloned());
            }
        }
        if learnt.is_empty() {
            return;
        }
        found.extend(learnt);
    }
}

fn by_sum(inventory: &Inventory) -> BTreeMap<&str, BTreeSet<&TreePath>> {
    let mut result: BTreeMap<&str, BTreeSet<&TreePath>> = BTreeMap::new();
    for (path, file) in inventory.files() {
        if let Some(sum) = file.checksums.get(Algorithm::Sha256) {
            result.entry(sum).or_default().insert(path);
        }
    }
    result
}

/// What a file is to BSI TR-03183-2 (its mapping to SPDX 3): executable, an archive, and whether what it is made of can
/// still be told apart (`container`) or not (`firmware`). Of a stranger's file only what the stranger said.
pub(super) fn purposes(path: &TreePath, is_executable: bool, by_builder: bool) -> Vec<String> {
    let is_archive = ARCHIVES.iter().any(|ending| path.as_str().ends_with(ending));
    let words: &[&str] = match (is_executable, is_archive) {
        (true, _) if !by_builder => &[EXECUTABLE],
        (false, _) if !by_builder => &[],
        (true, true) => &["archive", "container", EXECUTABLE],
        (true, false) => &[EXECUTABLE, "firmware"],
        (false, true) => &["archive", "container"],
        (false, false) => &["firmware"],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// The purpose of a file that can be run.
pub(super) const EXECUTABLE: &str = "executable";
/// From a component to the files that it is deployed in.
pub(super) const ARTIFACT: &str = "hasDistributionArtifact";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::samples;

    #[test]
    fn every_shipped_component_is_in_a_file_and_a_linked_one_where_it_is_linked_into() {
        let inventory = samples::inventory();
        let found = artifacts(&inventory);
        assert!(found.keys().all(|id| inventory.components()[*id].kind.ships()));
        let without = inventory.components().iter();
        let without = without.filter(|(id, it)| it.kind.ships() && !found.contains_key(id));
        let without: Vec<&str> = without.map(|(_, component)| component.name.as_str()).collect();
        assert_eq!(without, ["linux"], "of what has no file none is made up");
        for relationship in inventory.relationships().iter().filter(|it| it.verb == Verb::LinksStatically) {
            let owns = |id: &ComponentId| inventory.files().values().any(|file| file.owner == *id);
            if !owns(&relationship.to) {
                assert!(found[&relationship.to].is_superset(&found[&relationship.from]), "{relationship:?}");
            }
        }
        assert_eq!(artifacts(&inventory.shipped()), BTreeMap::new(), "files of an inventory without any");
    }

    #[test]
    fn a_packed_tree_is_an_archive_and_a_program_is_none() {
        assert_eq!(super::purposes(&samples::path("usr/trial.tar"), false, false), Vec::<String>::new());
        let purposes = |path: &str, is_executable| purposes(&samples::path(path), is_executable, true);
        assert_eq!(purposes("usr/trial.tar", false), ["archive", "container"]);
        assert_eq!(purposes("usr/bin/runc", true), ["executable", "firmware"]);
        assert_eq!(purposes("etc/motd", false), ["firmware"]);
    }
}
