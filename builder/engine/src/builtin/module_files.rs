// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel modules in trees: files whose name ends in `.ko`. Compressed ones could be neither signed nor judged, and are refused by name.

use std::collections::BTreeMap;

use ashlar_digest::BlobDigest;
use ashlar_tree::{Node, Tree};

use super::Inputs;
use crate::EngineError;

const COMPRESSED: [&str; 3] = [".ko.gz", ".ko.xz", ".ko.zst"];

/// Every module of `tree`, in byte order of its path.
pub(super) fn modules(tree: &Tree) -> impl Iterator<Item = (&str, BlobDigest)> {
    tree.iter().filter_map(|(path, node)| match node {
        Node::File { blob, .. } if path.as_str().ends_with(".ko") => Some((path.as_str(), *blob)),
        _ => None,
    })
}

/// The modules of all `trees` with their contents, by path.
pub(super) fn contents<'t>(
    inputs: &Inputs<'_>,
    trees: impl IntoIterator<Item = &'t Tree>,
) -> Result<BTreeMap<String, Vec<u8>>, EngineError> {
    let mut found = BTreeMap::new();
    for tree in trees {
        let compressed =
            tree.iter().find(|(path, _)| COMPRESSED.iter().any(|end| path.as_str().ends_with(end)));
        if let Some((path, _)) = compressed {
            return Err(inputs.wrong(format!(
                "the module {path} is compressed: give modules as the kernel's build made them"
            )));
        }
        for (path, blob) in modules(tree) {
            if found.insert(path.to_owned(), inputs.blob(blob)?).is_some() {
                return Err(inputs.wrong(format!("two outputs bring the module {path}")));
            }
        }
    }
    Ok(found)
}
