// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The unsigned modules of an image and of its extensions, from what was built.

use std::collections::BTreeMap;

use ashlar_engine::Built;
use ashlar_module_signature::{ModuleDigest, UnsignedModule};
use ashlar_recipe::ImageDefinition;
use ashlar_tree::Node;

use crate::failure::Failure;
use crate::session::{Planned, Session};

/// Every module that a release of `image` signs, by path.
pub(crate) fn unsigned_modules(
    session: &Session<'_>,
    image: &ImageDefinition,
    planned: &Planned,
    built: &Built,
) -> Result<BTreeMap<String, ModuleDigest>, Failure> {
    let wrong = |reason: String| Failure::Finding {
        message: format!("collect the modules of image {}: {reason}", image.name),
        help: None,
    };
    let node = planned
        .graph
        .find(&format!("image {} release files", image.name))
        .ok_or_else(|| wrong("it is not in the plan".to_owned()))?;
    let mut modules = BTreeMap::new();
    for (name, port) in planned.graph.node(node).named_inputs() {
        if !name.starts_with("modules ") {
            continue;
        }
        let tree = built.trees.get(port).ok_or_else(|| wrong(format!("{name} is not built")))?;
        for (path, node) in session.store.get_tree(*tree)?.iter() {
            let Node::File { blob, .. } = node else { continue };
            if !path.as_str().ends_with(".ko") {
                continue;
            }
            let bytes = session.store.read_blob(*blob)?;
            UnsignedModule::check(&bytes).map_err(|cause| wrong(format!("{path}: {cause}")))?;
            modules.insert(path.as_str().to_owned(), ModuleDigest::of(&bytes));
        }
    }
    Ok(modules)
}
