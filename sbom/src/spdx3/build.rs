// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Build elements (SPDX 3.0.1, Build profile): of each recipe one build, what went into it, which tools it used, and
//! what came out.
//!
//! They say for whoever reads that profile what the relationships of components say already, so readers of ours pass over them.
//!
//! ```text
//! build of musl ─hasInput──▶ musl.tar, musl/1.patch
//!               ─usesTool──▶ clang, lld
//!               ─hasOutput─▶ musl of the OS, musl of a container
//! ```

use std::collections::{BTreeMap, BTreeSet};

use crate::inventory::Inventory;
use crate::relationship::Verb;

/// The class of such an element.
pub(super) const CLASS: &str = "build_Build";

/// One build.
#[derive(Clone, Debug, Default)]
pub(super) struct Build {
    /// The recipe and its version, which name it.
    pub(super) name: String,
    /// Sources and patches, by the identifiers of their components.
    pub(super) inputs: BTreeSet<String>,
    /// What it was built with.
    pub(super) tools: BTreeSet<String>,
    /// What came out.
    pub(super) outputs: BTreeSet<String>,
}

impl Build {
    /// Every relationship of it.
    pub(super) fn relationships(&self) -> [(&'static str, &BTreeSet<String>); 3] {
        [("hasInput", &self.inputs), ("usesTool", &self.tools), ("hasOutput", &self.outputs)]
    }
}

/// The builds of `inventory` by recipe: of each recipe of which something is known that it was made from or
/// with.
pub(super) fn builds(inventory: &Inventory) -> BTreeMap<String, Build> {
    let mut builds: BTreeMap<String, Build> = BTreeMap::new();
    for relationship in inventory.relationships() {
        let Some(component) = inventory.components().get(&relationship.from) else { continue };
        let Some(recipe) = &component.recipe else { continue };
        let is_tool = match relationship.verb {
            Verb::GeneratedFrom | Verb::PatchedBy => false,
            Verb::BuiltWith => true,
            Verb::Contains | Verb::LinksStatically | Verb::LinksDynamically | Verb::DependsOn => continue,
        };
        let build = builds.entry(recipe.clone()).or_default();
        let list = if is_tool { &mut build.tools } else { &mut build.inputs };
        list.insert(relationship.to.to_string());
        build.outputs.insert(relationship.from.to_string());
        let version = component.version.as_deref().unwrap_or_default();
        build.name = format!("{recipe} {version}").trim_end().to_owned();
    }
    builds
}
