// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `merge@1`: several trees, links and files to one tree.
//!
//! Arguments: `winners` (path → input), `links` ([{path, target}]), `files` ([{path, content, executable}]). Links and files are declared
//! data: what maintainer scripts would have set up. They may replace nothing that an input brings.

use std::collections::BTreeMap;

use ashlar_tree::{Node, Tree, TreePath, merge};

use super::Context;
use crate::EngineError;

pub(super) fn run(context: &Context<'_>) -> Result<Tree, EngineError> {
    let trees = context.trees()?;
    let named: Vec<(&str, &Tree)> = trees.iter().map(|(name, tree)| (name.as_str(), tree)).collect();
    let mut winners = BTreeMap::new();
    for (path, winner) in context.object("winners")? {
        let winner = winner.as_str().ok_or_else(|| context.wrong("a winner is no name"))?;
        winners.insert(context.path(&path)?, winner.to_owned());
    }
    let mut merged = merge(&named, &winners).map_err(|conflicts| {
        let lines: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        context.wrong(format!(
            "its inputs do not fit together\n  {}\n  name the input to prefer under `[build.winners]`, or take one of them out",
            lines.join("\n  ")
        ))
    })?;
    for link in context.array("links")? {
        let (path, target) = (context.text(&link, "path")?, context.text(&link, "target")?);
        declare(context, &mut merged, context.path(&path)?, Node::symlink(target))?;
    }
    for file in context.array("files")? {
        let (path, content) = (context.text(&file, "path")?, context.text(&file, "content")?);
        let executable = file.get("executable").and_then(serde_json::Value::as_bool).unwrap_or(false);
        let node = context.file(content.as_bytes(), executable)?;
        declare(context, &mut merged, context.path(&path)?, node)?;
    }
    Ok(merged)
}

fn declare(context: &Context<'_>, tree: &mut Tree, path: TreePath, node: Node) -> Result<(), EngineError> {
    match tree.get(&path) {
        Some(present) if *present != node => Err(context.wrong(format!(
            "{path} is declared as a link or file, but an input brings something else there"
        ))),
        _ => tree.insert(path, node).map_err(|cause| context.wrong(cause.to_string())),
    }
}
