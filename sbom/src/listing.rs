// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From an inventory without files to the one with every file of the root and its owner.

use std::collections::BTreeMap;

use ashlar_digest::BlobDigest;
use ashlar_tree::Node;

use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::ComponentId;
use crate::describe::{FileOwner, OwnedTree, recipe_of};
use crate::error::SbomError;
use crate::inventory::Inventory;

/// `described` with the regular files of `root`, whose owners are the components that `owners` names by recipe; what no recipe brings is
/// the root's own. `read` gives the content of a file.
///
/// # Errors
/// [`SbomError::Problems`] for a file without an owner or of two; what `read` fails with.
pub fn with_files<E: From<SbomError>>(
    described: &Inventory,
    owners: &BTreeMap<String, ComponentId>,
    root: &OwnedTree,
    mut read: impl FnMut(BlobDigest) -> Result<Vec<u8>, E>,
) -> Result<Inventory, E> {
    let mut builder = InventoryBuilder::of(described);
    let mut known: BTreeMap<BlobDigest, Checksums> = BTreeMap::new();
    for (path, node) in root.tree.iter() {
        let Node::File { blob, .. } = node else { continue };
        let checksums = match known.get(blob) {
            Some(checksums) => checksums.clone(),
            None => Checksums::of(&read(*blob)?),
        };
        known.insert(*blob, checksums.clone());
        builder.file(path.clone(), checksums);
        // A file that the list of owners does not name stays without one, and the builder refuses it.
        let owner = match root.owners.get(path) {
            Some(FileOwner::Output(output)) => owners.get(recipe_of(output)),
            Some(FileOwner::Definition) => Some(described.root()),
            None => None,
        };
        if let Some(owner) = owner {
            builder.owns(owner, path.clone());
        }
    }
    Ok(builder.build()?)
}
