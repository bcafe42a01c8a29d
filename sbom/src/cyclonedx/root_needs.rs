// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the root needs. A graph of dependencies begins there: one that needs nothing stands alone, readers show no graph, and
//! CycloneDX's own library warns of it.
//!
//! So a root that is not said to need something in particular is written as needing all that stands at the top, and one
//! that needs exactly this is read as needing nothing in particular.

use std::collections::BTreeSet;

use super::writer::DEPTH;
use crate::component::ComponentId;
use crate::containment;
use crate::inventory::Inventory;

/// What ships of that which stands at the top.
pub(super) fn at_top(inventory: &Inventory) -> BTreeSet<&ComponentId> {
    let (root, components) = (inventory.root(), inventory.components());
    let mut tree = containment::tree(root, components.keys(), inventory.relationships(), DEPTH);
    let mut held = tree.remove(root).unwrap_or_default();
    held.retain(|id| components.get(*id).is_some_and(|it| it.kind.ships()));
    held.into_iter().collect()
}

/// Whether the root is said to need exactly all that stands at the top: the one thing that is not read as it was written.
pub(super) fn are_all(inventory: &Inventory) -> bool {
    let relationships = inventory.relationships().iter();
    let needs = relationships.filter(|it| it.from == *inventory.root() && it.verb.is_dependency());
    let needs: BTreeSet<&ComponentId> = needs.map(|it| &it.to).collect();
    !needs.is_empty() && needs == at_top(inventory)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::builder::InventoryBuilder;
    use crate::cyclonedx::{Unsaid, unsaid};
    use crate::document::{Format, write};
    use crate::reading::read;
    use crate::relationship::Verb;
    use crate::samples::{document, inventory};

    fn written(inventory: &Inventory) -> Vec<u8> {
        write(Format::CycloneDx16, &document(), inventory).unwrap()
    }

    /// What the document says that the root needs.
    fn needs(document: &[u8], root: &ComponentId) -> usize {
        let value: Value = serde_json::from_slice(document).unwrap();
        let mut all = value["dependencies"].as_array().unwrap().iter();
        let needs =
            all.find(|it| it["ref"] == root.as_str()).unwrap()["dependsOn"].as_array().map_or(0, Vec::len);
        assert!(needs <= value["components"].as_array().unwrap().len());
        needs
    }

    #[test]
    fn a_root_that_needs_nothing_in_particular_is_written_as_needing_all_and_read_back() {
        let inventory = inventory().shipped();
        let bytes = written(&inventory);
        assert_eq!(needs(&bytes, inventory.root()), at_top(&inventory).len());
        let reading = read(&bytes).unwrap().inventory;
        let of_root = |it: &&crate::Relationship| it.from == *reading.root() && it.verb.is_dependency();
        assert_eq!(reading.relationships().iter().find(of_root), None);
    }

    #[test]
    fn what_a_root_needs_in_particular_is_kept_and_all_of_it_is_counted_as_lost() {
        let inventory = inventory().shipped();
        let related = |count: usize| {
            let mut builder = InventoryBuilder::of(&inventory);
            for to in at_top(&inventory).into_iter().take(count) {
                builder.relate(inventory.root(), Verb::DependsOn, to);
            }
            builder.build().unwrap()
        };
        let some = related(2);
        assert_eq!(needs(&written(&some), some.root()), 2);
        assert_eq!(
            read(&written(&some)).unwrap().inventory.relationships().len(),
            some.relationships().len()
        );
        assert_eq!(unsaid(&some).get(&Unsaid::RootNeeds), None);
        assert_eq!(unsaid(&related(usize::MAX)).get(&Unsaid::RootNeeds), Some(&1));
    }
}
