// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `licence-texts@2`: which licences the texts of a tree are the texts of, and who claims copyright in them.
//!
//! It runs beside the build, once for each tree, so that an SBOM need not wait for it. Input: `texts`, an output with
//! licence texts, a folder of vendored crates, or a package of the seed. The result is `licence-texts.json`, by path.

use std::collections::BTreeMap;

use ashlar_digest::BlobDigest;
use ashlar_sbom::{KnownTexts, LicenceText, holds_licence};
use ashlar_tree::{Node, Tree};
use serde_json::json;

use super::Inputs;
use super::package_copyright::{is_copyright, text_of_most};
use crate::EngineError;

/// The file with what was found.
pub(super) const FILE: &str = "licence-texts.json";

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let known = KnownTexts::load().map_err(|cause| inputs.failed_with(&cause, cause.help()))?;
    // Most modules have the same few texts.
    let mut seen: BTreeMap<BlobDigest, LicenceText> = BTreeMap::new();
    let mut found = BTreeMap::new();
    for tree in inputs.trees()?.values() {
        for (path, node) in tree.iter().filter(|(path, _)| is_copyright(path)) {
            let Node::File { blob, .. } = node else { continue };
            let text =
                text_of_most(path.as_str(), &inputs.blob(*blob)?).map_err(|cause| inputs.failed(&cause))?;
            found.insert(path.to_string(), known.look(text.as_bytes()));
        }
        for (path, node) in tree.iter().filter(|(path, _)| holds_licence(path)) {
            let Node::File { blob, .. } = node else { continue };
            if !seen.contains_key(blob) {
                seen.insert(*blob, known.look(&inputs.blob(*blob)?));
            }
            found.extend(seen.get(blob).map(|text| (path.to_string(), text.clone())));
        }
    }
    inputs.one_file(FILE, format!("{}\n", json!(found)).as_bytes())
}
