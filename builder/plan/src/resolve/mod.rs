// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From recipes, lock and image definitions to a [`Graph`] and the [`Catalog`] of its sources.

mod container;
mod expiry;
mod extension;
mod file_system;
mod go;
mod image;
mod lint;
mod recipe;
mod sbom;
mod seed;
mod services;
mod signing;

pub use sbom::snapshot_moment;

use std::collections::BTreeMap;

use ashlar_recipe::{
    DeclaredInput, ImageDefinition, ImageName, Platform, RecipeName, RecipeSet, VariantName,
};

use crate::catalog::{Catalog, Location};
use crate::graph::{Graph, NodeId, NodeKey, Port};
use crate::project_sources::ProjectSources;
use crate::{ImageIdentity, Lockfile, PlanError};

/// The name of the only output of most of our own steps.
pub(crate) const OUT: &str = "out";

/// Everything that a graph is made from.
#[derive(Clone, Copy)]
pub struct PlanInput<'a> {
    /// All recipes.
    pub recipes: &'a RecipeSet,
    /// The lock.
    pub lock: &'a Lockfile,
    /// Host and target.
    pub platform: Platform,
    /// The epoch of recipes and images that have none of their own, seconds since 1970.
    pub epoch: u64,
    /// `path` sources and language locks.
    pub sources: &'a dyn ProjectSources,
    /// Where the archive's public snapshot service lives, with a slash at its end: an SBOM says where sources can be had for good.
    pub snapshot: &'a str,
}

impl std::fmt::Debug for PlanInput<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PlanInput")
            .field("platform", &self.platform)
            .field("epoch", &self.epoch)
            .finish_non_exhaustive()
    }
}

/// Makes a graph, goal by goal.
#[derive(Debug)]
pub struct Planner<'a> {
    input: PlanInput<'a>,
    graph: Graph,
    catalog: Catalog,
    /// Which variant each recipe is built in; absent means the recipe as it stands.
    variants: BTreeMap<RecipeName, VariantName>,
    open: Vec<NodeKey>,
}

impl<'a> Planner<'a> {
    /// A planner whose graph is empty.
    #[must_use]
    pub fn new(input: PlanInput<'a>) -> Self {
        Self {
            input,
            graph: Graph::default(),
            catalog: Catalog::new(),
            variants: BTreeMap::new(),
            open: Vec::new(),
        }
    }

    /// Adds a recipe and the gates of its outputs; gives the nodes to build.
    ///
    /// # Errors
    /// [`PlanError`] if something it names is unknown, not locked, or goes round in a circle.
    pub fn recipe(&mut self, name: &RecipeName) -> Result<Vec<NodeId>, PlanError> {
        self.variants.clear();
        let node = self.add_recipe(name)?;
        let mut goals = vec![node];
        goals.extend(self.add_lint_gates(name, node));
        Ok(goals)
    }

    /// Adds a recipe without one of its inputs; gives the node. Nothing else is built from it.
    ///
    /// # Errors
    /// As [`Planner::recipe`].
    pub fn recipe_without(&mut self, name: &RecipeName, input: &DeclaredInput) -> Result<NodeId, PlanError> {
        self.variants.clear();
        self.add_recipe_without(name, input)
    }

    /// Adds the tree of a seed set and what it includes, merged: a sysroot for tools that run outside builds.
    ///
    /// # Errors
    /// [`PlanError`] if it is unknown or not locked.
    pub fn tools(&mut self, sets: &[&str]) -> Result<NodeId, PlanError> {
        let sets = sets.iter().map(|set| self.set_named(set)).collect::<Result<Vec<_>, _>>()?;
        self.add_sysroot(&sets, &[], &[])
    }

    /// Adds an image, as `identity` says; gives the node whose output `out` holds its files.
    ///
    /// # Errors
    /// [`PlanError`] if something it names is unknown, not locked, or goes round in a circle.
    pub fn image(
        &mut self,
        definition: &ImageDefinition,
        identity: &ImageIdentity,
    ) -> Result<NodeId, PlanError> {
        self.add_image(definition, identity)
    }

    /// The graph and where its sources are.
    #[must_use]
    pub fn finish(self) -> (Graph, Catalog) {
        (self.graph, self.catalog)
    }

    fn port(node: NodeId, output: &str) -> Port {
        Port { node, output: output.to_owned() }
    }

    fn catalogue(&mut self, digest: ashlar_digest::SourceDigest, location: Location) {
        self.catalog.entry(digest).or_insert(location);
    }
}

/// How an image is called in node keys.
pub(crate) fn image_key(name: &ImageName, part: &str) -> NodeKey {
    format!("image {name} {part}")
}
