// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `checksums@1`: the checksums of every content of a tree that an SBOM states.
//!
//! It runs beside the build, once for each output, so that an SBOM need not read every file again. Input: `tree`. The result is
//! `checksums.json`: by SHA-256, which is how the store names a content, all of them.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::BlobDigest;
use ashlar_sbom::Checksums;
use ashlar_tree::{Node, Tree};
use rayon::prelude::*;
use serde_json::json;

use super::Inputs;
use crate::EngineError;

/// The file with the checksums.
const FILE: &str = "checksums.json";
/// What the names of inputs with such a file begin with.
const INPUT: &str = "checksums ";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let trees = inputs.trees()?;
    let nodes = trees.values().flat_map(|tree| tree.iter().map(|(_, node)| node));
    let blobs: BTreeSet<BlobDigest> = nodes
        .filter_map(|node| match node {
            Node::File { blob, .. } => Some(*blob),
            _ => None,
        })
        .collect();
    let sums =
        blobs.into_par_iter().map(|blob| Ok((blob.sha256().to_string(), Checksums::of(&inputs.blob(blob)?))));
    let sums: BTreeMap<String, Checksums> = sums.collect::<Result<_, EngineError>>()?;
    inputs.one_file(FILE, format!("{}\n", json!(sums)).as_bytes())
}

/// Reads back every such file among `trees`.
pub(super) fn known(
    inputs: &Inputs<'_>,
    trees: &BTreeMap<String, Tree>,
) -> Result<BTreeMap<BlobDigest, Checksums>, EngineError> {
    let mut known = BTreeMap::new();
    for tree in trees.iter().filter(|(name, _)| name.starts_with(INPUT)).map(|(_, tree)| tree) {
        let (_, blob, _) = inputs.content(tree, FILE)?;
        let sums: BTreeMap<String, Checksums> =
            serde_json::from_slice(&inputs.blob(blob)?).map_err(|cause| inputs.failed(&cause))?;
        for (sha256, sums) in sums {
            let sha256 = sha256.parse().map_err(|_| inputs.wrong(format!("{sha256} is no SHA-256")))?;
            known.insert(BlobDigest::new(sha256), sums);
        }
    }
    Ok(known)
}
