// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `merge@1`: several trees, links and files to one tree.
//!
//! Arguments: `winners` (path → input), `links` ([{path, target}]), `files` ([{path, content, executable}]). Links and files are declared
//! data: what maintainer scripts would have set up. They may replace nothing that an input brings.

use std::collections::BTreeMap;

use ashlar_tree::{Node, Tree, TreePath, merge};

use super::Inputs;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let trees = inputs.trees()?;
    let named: Vec<(&str, &Tree)> = trees.iter().map(|(name, tree)| (name.as_str(), tree)).collect();
    let mut winners = BTreeMap::new();
    for (path, winner) in inputs.object("winners")? {
        let winner = winner.as_str().ok_or_else(|| inputs.wrong("a winner is no name"))?;
        winners.insert(inputs.path(&path)?, winner.to_owned());
    }
    let mut merged = merge(&named, &winners).map_err(|conflicts| {
        let lines: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        inputs.wrong(format!(
            "its inputs do not fit together\n  {}\n  name the input to prefer under `[[build.winner]]`, or take one of them out",
            lines.join("\n  ")
        ))
    })?;
    for link in inputs.array("links")? {
        let (path, target) = (inputs.text(&link, "path")?, inputs.text(&link, "target")?);
        declare(inputs, &mut merged, inputs.path(&path)?, Node::symlink(target))?;
    }
    for file in inputs.array("files")? {
        let (path, content) = (inputs.text(&file, "path")?, inputs.text(&file, "content")?);
        let executable = file.get("executable").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let node = inputs.file(content.as_bytes(), executable)?;
        declare(inputs, &mut merged, inputs.path(&path)?, node)?;
    }
    Ok(merged)
}

fn declare(inputs: &Inputs<'_>, tree: &mut Tree, path: TreePath, node: Node) -> Result<(), EngineError> {
    match tree.get(&path) {
        Some(present) if *present != node => Err(inputs.wrong(format!(
            "{path} is declared as a link or file, but an input brings something else there"
        ))),
        _ => tree.insert(path, node).map_err(|cause| inputs.wrong(cause.to_string())),
    }
}
