// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The shape of `ashlar.toml`; read by [`crate::Project`].
#![expect(dead_code, reason = "these types exist for their schema")]

use std::collections::BTreeMap;

use schemars::JsonSchema;

/// A project of ashlar.
#[derive(JsonSchema)]
#[schemars(title = "ashlar.toml", deny_unknown_fields)]
pub(super) struct ProjectFile {
    /// What the project is called and where its files are.
    project: Project,
    /// Other projects whose recipes and seed sets are used.
    import: Option<BTreeMap<String, Import>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Project {
    /// The project's name, the first part of release names.
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9+._-]*$"))]
    name: String,
    /// `Organization: <name>` or `Person: <name> (<mail>)`.
    #[schemars(regex(pattern = r"^(Organization|Person): "))]
    supplier: String,
    /// The source epoch of what has no date of its own, in seconds since 1970.
    epoch: u64,
    /// The folder of recipes; `recipes` where nothing is said.
    recipes: Option<String>,
    /// The folder of image definitions; `images/definitions` where nothing is said.
    images: Option<String>,
    /// The file of seed sets; `seeds.toml` where nothing is said.
    seeds: Option<String>,
    /// Servers that hold upstream files by their names.
    mirrors: Option<Vec<String>>,
}

#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Import {
    /// The imported project's folder, relative to this file.
    path: String,
}
