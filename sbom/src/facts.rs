// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What recipes, lock and image definition say of what an image is made of: the half of an inventory that stands in no file of it.
//!
//! Planning writes it as JSON into the derivation that describes an image, so a licence or a supplier that changes moves that
//! derivation alone, and builds nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

/// All of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The name of what is described: an image or an extension.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Who makes it, as SPDX 2.3 writes it.
    pub supplier: String,
    /// What namespaces of documents begin with.
    pub namespace: String,
    /// The source epoch, seconds since 1970.
    pub created: i64,
    /// What purls call it, where the same component can be in several: `os`, or the name of an extension.
    pub carrier: String,
    /// Every recipe that it was made with.
    pub recipes: BTreeMap<String, RecipeFacts>,
    /// What boots and lies outside of the root, by the name of the input that has it.
    #[serde(default)]
    pub boot: BTreeMap<String, BootFacts>,
    /// Container images that lie in the root, by name.
    #[serde(default)]
    pub containers: BTreeMap<String, ContainerFacts>,
    /// Packages of the seed, by their ids.
    pub tools: BTreeMap<String, ToolFacts>,
    /// The packages of each seed set, what it includes among them.
    pub seeds: BTreeMap<String, BTreeSet<String>>,
    /// What compilers of a seed set copy into what they make.
    pub runtimes: Vec<RuntimeFacts>,
}

/// A recipe.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecipeFacts {
    /// The upstream version.
    pub version: String,
    /// The licence, an SPDX expression.
    pub license: String,
    /// Who supplies it.
    pub supplier: String,
    /// Where its home is.
    pub homepage: String,
    /// Its CPE.
    pub cpe: Option<String>,
    /// Its purl.
    pub purl: String,
    /// The upstream files that it is made from.
    pub sources: Vec<SourceFacts>,
    /// The files of crates and modules that it is made from.
    pub modules: Vec<SourceFacts>,
    /// The package of the seed that has its source, if it has none of its own.
    pub seed_package: Option<String>,
    /// What is said of its patches.
    pub patches: Vec<PatchFacts>,
    /// The outputs that it is built against, what they propagate among them: `musl:dev`.
    pub links: BTreeSet<String>,
    /// The seed sets that it is built with.
    pub seeds: BTreeSet<String>,
}

/// An upstream file.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SourceFacts {
    /// Its name.
    pub name: String,
    /// Its digest.
    pub sha256: String,
    /// Where it can be had, if it has one place.
    pub location: Option<String>,
    /// Of a Go module, what go.sum says of it.
    #[serde(default)]
    pub h1: Option<String>,
}

/// A patch.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PatchFacts {
    /// Its file.
    pub name: String,
    /// The CVEs that it mends.
    pub fixes: BTreeSet<String>,
}

/// A file that boots.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BootFacts {
    /// The recipe whose it is.
    pub recipe: String,
    /// Its path in the input.
    pub file: String,
}

/// A container image.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContainerFacts {
    /// Its version.
    pub version: String,
    /// Where it lies in the root.
    pub path: String,
}

/// A package of the seed.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ToolFacts {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Its architecture.
    pub architecture: String,
    /// The digest of the package.
    pub sha256: String,
}

/// A library of a compiler.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuntimeFacts {
    /// The seed set whose compiler links it.
    pub set: String,
    /// The package that has it.
    pub package: String,
    /// What it is called.
    pub name: String,
    /// The type of its purl: `generic`, `golang`.
    pub ecosystem: String,
    /// Its upstream version.
    pub version: String,
    /// The licence, an SPDX expression.
    pub license: String,
    /// Who supplies it.
    pub supplier: String,
    /// Where its home is.
    pub homepage: String,
    /// Its CPE.
    pub cpe: Option<String>,
}

impl RuntimeFacts {
    /// Whether it is Go's, which says by itself which programs have it.
    pub(crate) fn is_go(&self) -> bool {
        self.ecosystem == "golang"
    }
}
