// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From an inventory without files to the one with every file of the root and its owner.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::BlobDigest;
use ashlar_tree::Node;
use rayon::prelude::*;

use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::ComponentId;
use crate::describe::{FileOwner, OwnedTree, recipe_of};
use crate::error::SbomError;
use crate::inventory::Inventory;

/// `described` with the regular files of `root`, whose owners are the components that `owners` names by recipe; what no recipe brings is
/// the root's own. `known` are checksums of contents that need not be read again; `read` gives the content of any other file.
///
/// # Errors
/// [`SbomError::Problems`] for a file without an owner or of two; what `read` fails with.
pub fn with_files<E: From<SbomError> + Send>(
    described: &Inventory,
    owners: &BTreeMap<String, ComponentId>,
    root: &OwnedTree,
    known: &BTreeMap<BlobDigest, Checksums>,
    read: impl Fn(BlobDigest) -> Result<Vec<u8>, E> + Sync,
) -> Result<Inventory, E> {
    let mut builder = InventoryBuilder::of(described);
    let files = || {
        root.tree.iter().filter_map(|(path, node)| match node {
            Node::File { blob, metadata, .. } => Some((path, *blob, metadata.mode.is_executable())),
            _ => None,
        })
    };
    let blobs: BTreeSet<BlobDigest> = files().map(|(_, blob, _)| blob).collect();
    let sums = blobs.into_par_iter().map(|blob| match known.get(&blob) {
        Some(sums) => Ok((blob, sums.clone())),
        None => Ok((blob, Checksums::of(&read(blob)?))),
    });
    let sums: BTreeMap<BlobDigest, Checksums> = sums.collect::<Result<_, E>>()?;
    for (path, blob, is_executable) in files() {
        // What has none the builder refuses.
        builder.file(path.clone(), sums.get(&blob).cloned().unwrap_or_default());
        if is_executable {
            builder.executable(path.clone());
        }
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
