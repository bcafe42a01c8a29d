// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Recipes to nodes: their sources, sysroot, target root, steps and outputs.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ashlar_recipe::{
    Assertion, Attribute, DeclaredInput, Output, OutputRef, Recipe, RecipeName, Root, Source, SourceKind,
    Step,
};
use serde_json::{Value, json};

use super::{OUT, Planner, expiry};
use crate::catalog::Location;
use crate::epoch::recipe_epoch;
use crate::graph::{Graph, NodeId, NodeKey, Port, SandboxedTemplate, Slot, Template};
use crate::steps::typed;
use crate::{Builtin, OutputRule, PlanError, SandboxedStep};

impl<'a> Planner<'a> {
    /// The node of recipe `name`, in the variant that was picked for it.
    pub(super) fn add_recipe(&mut self, name: &RecipeName) -> Result<NodeId, PlanError> {
        let key: NodeKey = match self.variants.get(name) {
            Some(variant) => format!("recipe {name}+{variant}"),
            None => format!("recipe {name}"),
        };
        if let Some(node) = self.graph.find(&key) {
            return Ok(node);
        }
        Graph::check_not_open(&self.open, &key)?;
        let recipe = self.picked(name)?;
        self.open.push(key.clone());
        let node = self.add_open_recipe(&key, &recipe);
        self.open.pop();
        node
    }

    /// The node of recipe `name` without one of its inputs: what it gives shows whether the input has an effect.
    pub(super) fn add_recipe_without(
        &mut self,
        name: &RecipeName,
        input: &DeclaredInput,
    ) -> Result<NodeId, PlanError> {
        let recipe = self.picked(name)?.without(input);
        self.add_open_recipe(&format!("recipe {name} without {input}"), &recipe)
    }

    /// Recipe `name` in the variant that was picked for it.
    pub(super) fn picked(&self, name: &RecipeName) -> Result<Cow<'a, Recipe>, PlanError> {
        let recipe = self.input.recipes.recipe(name);
        let recipe = recipe.ok_or_else(|| PlanError::Unknown { kind: "recipe", name: name.to_string() })?;
        match self.variants.get(name) {
            Some(variant) => recipe.with_variant(variant).map(Cow::Owned).ok_or_else(|| PlanError::Unknown {
                kind: "variant",
                name: format!("{variant} of recipe {name}"),
            }),
            None => Ok(Cow::Borrowed(recipe)),
        }
    }

    fn add_open_recipe(&mut self, key: &str, recipe: &Recipe) -> Result<NodeId, PlanError> {
        let mut sources = BTreeMap::new();
        let mut weight = 10;
        for source in &recipe.sources {
            let slot = self.add_source(recipe, source)?;
            if let Slot::Source(digest) = &slot
                && let Some(Location::Archive { size, .. }) = self.catalog.get(digest)
            {
                weight += size >> 20;
            }
            sources.insert(source.name.to_string(), slot);
        }
        let epoch = self.epoch_of(recipe);
        expiry::of_recipe(recipe, epoch)?;
        let sysroot = self.add_sysroot_of(recipe)?;
        let target_root = self.add_target_root(&recipe.build.target, &winners(recipe, Root::Target))?;
        let mut runtime = BTreeMap::new();
        for output in &recipe.outputs {
            let needed = output.runtime.iter().filter(|needed| needed.recipe != recipe.name);
            let mut ports = Vec::new();
            for needed in needed {
                ports.push(self.add_output(needed)?);
            }
            runtime.insert(output.name.to_string(), ports);
        }
        let template = SandboxedTemplate {
            host: self.input.platform.host.as_str().to_owned(),
            target: self.input.platform.target.as_str().to_owned(),
            sysroot: Self::port(sysroot, OUT),
            target_root: target_root.map(|node| Self::port(node, OUT)),
            sources,
            steps: Arc::new(recipe.build.steps.iter().map(step).collect()),
            tests: recipe.build.tests.clone(),
            asserts: self.asserts(recipe)?,
            environment: recipe.build.env.clone(),
            epoch,
            outputs: recipe.outputs.iter().map(output_rule).collect(),
        };
        let node = self.graph.add(key.to_owned(), weight, runtime, Template::Sandboxed(Box::new(template)));
        self.add_own_runtime(recipe, node);
        Ok(node)
    }

    /// What runs the steps of `recipe`: its seeds and what it takes from other recipes for the building machine.
    pub(super) fn add_sysroot_of(&mut self, recipe: &Recipe) -> Result<NodeId, PlanError> {
        let host = self.add_outputs(&recipe.build.host)?;
        self.add_sysroot(&recipe.build.seeds, &host, &winners(recipe, Root::Host))
    }

    /// Outputs of one recipe may need each other, which is known only once the node exists.
    fn add_own_runtime(&mut self, recipe: &Recipe, node: NodeId) {
        for output in &recipe.outputs {
            for needed in output.runtime.iter().filter(|needed| needed.recipe == recipe.name) {
                let port = Self::port(node, needed.output.as_str());
                self.graph.add_runtime(node, output.name.as_str(), port);
            }
        }
    }

    /// The port of `recipe:output`.
    pub(super) fn add_output(&mut self, reference: &OutputRef) -> Result<Port, PlanError> {
        let node = self.add_recipe(&reference.recipe)?;
        Ok(Self::port(node, reference.output.as_str()))
    }

    pub(super) fn add_outputs(&mut self, references: &[OutputRef]) -> Result<Vec<(String, Port)>, PlanError> {
        references.iter().map(|reference| Ok((reference.to_string(), self.add_output(reference)?))).collect()
    }

    /// What stands at `/target`: the outputs and what they propagate.
    fn add_target_root(
        &mut self,
        references: &[OutputRef],
        winners: &[(String, String)],
    ) -> Result<Option<NodeId>, PlanError> {
        if references.is_empty() {
            return Ok(None);
        }
        let all: Vec<OutputRef> = self.with_propagated(references).into_iter().collect();
        let ports = self.add_outputs(&all)?;
        let names: Vec<String> = ports.iter().map(|(_, port)| self.graph.port_key(port)).collect();
        let key = format!("target root of {}{}", names.join(", "), winners_key(winners));
        Ok(Some(self.add_merge(key, ports, winners, &[], &[])))
    }

    /// `references`, and the outputs that they propagate.
    pub(super) fn with_propagated<'r>(
        &self,
        references: impl IntoIterator<Item = &'r OutputRef>,
    ) -> BTreeSet<OutputRef> {
        let mut found = BTreeSet::new();
        let mut open: Vec<OutputRef> = references.into_iter().cloned().collect();
        while let Some(at) = open.pop() {
            if found.insert(at.clone()) {
                let output =
                    self.input.recipes.recipe(&at.recipe).and_then(|recipe| recipe.output(&at.output));
                open.extend(output.into_iter().flat_map(|output| output.propagates.iter().cloned()));
            }
        }
        found
    }

    pub(super) fn add_source(&mut self, recipe: &Recipe, source: &Source) -> Result<Slot, PlanError> {
        let wrong = |reason: String| PlanError::Source {
            recipe: recipe.name.to_string(),
            source_name: source.name.to_string(),
            reason,
        };
        match &source.kind {
            SourceKind::Url { url, mirrors, digest, .. } => {
                let urls: Vec<String> =
                    std::iter::once(url).chain(mirrors).map(|url| url.as_str().to_owned()).collect();
                let name = url.file_name().unwrap_or(source.name.as_str()).to_owned();
                self.catalogue(*digest, Location::Urls { name, urls });
                Ok(Slot::Source(*digest))
            }
            SourceKind::Debian { file, digest, .. } => {
                let key = (file.package.clone(), file.version.clone(), file.file.clone());
                let locked = self.input.lock.files.get(&key).ok_or_else(|| PlanError::NotLocked {
                    what: format!("{} of {} {}", file.file, file.package, file.version),
                    wanted_by: format!("recipe {}", recipe.name),
                })?;
                if locked.digest != *digest {
                    return Err(wrong(format!(
                        "the recipe says sha256 {digest}, the archive's signed index says {}",
                        locked.digest
                    )));
                }
                let (path, size, suite) = (locked.path.clone(), locked.size, locked.suite.clone());
                self.catalogue(*digest, Location::Archive { path, size, suite });
                Ok(Slot::Source(*digest))
            }
            SourceKind::Crates { lock, package } => {
                let crates =
                    self.input.sources.crates(self.folder_of(recipe), lock, package).map_err(wrong)?;
                let mut inputs = BTreeMap::new();
                for file in crates {
                    let location = Location::Crate { name: file.name.clone(), version: file.version.clone() };
                    self.catalogue(file.digest, location);
                    inputs.insert(format!("{}-{}", file.name, file.version), Slot::Source(file.digest));
                }
                let key = format!("crates of {package} in {}/{}", self.folder_of(recipe), lock.as_str());
                let template = Template::of(Builtin::CargoVendor, inputs, json!({}));
                let node = self.graph.add(key, 2, BTreeMap::new(), template);
                Ok(Slot::Port(Self::port(node, OUT)))
            }
            SourceKind::Go { sum, module } => self.add_go_source(recipe, sum, module, &wrong),
            SourceKind::Path { path, include } => self
                .input
                .sources
                .path_tree(self.folder_of(recipe), path, include)
                .map(Slot::Tree)
                .map_err(wrong),
        }
    }

    fn asserts(&self, recipe: &Recipe) -> Result<Vec<Value>, PlanError> {
        recipe.build.asserts.iter().map(|assertion| self.assertion(recipe, assertion)).collect()
    }

    /// A check names files of the project; their tree is part of the identity, so that a changed fragment is checked again.
    fn assertion(&self, recipe: &Recipe, assertion: &Assertion) -> Result<Value, PlanError> {
        let Assertion::KernelConfig { file, fragments } = assertion;
        let mut trees = Vec::new();
        for fragment in fragments {
            let tree =
                self.input.sources.path_tree(self.folder_of(recipe), fragment, &[]).map_err(|reason| {
                    PlanError::Source {
                        recipe: recipe.name.to_string(),
                        source_name: fragment.as_str().to_owned(),
                        reason,
                    }
                })?;
            trees.push(json!({"path": fragment.as_str(), "tree": tree.to_string()}));
        }
        Ok(json!({"kernel-config": {"file": file.as_str(), "fragments": trees}}))
    }

    /// The folder of the recipe's project, relative to the one that is built.
    pub(super) fn folder_of(&self, recipe: &Recipe) -> &str {
        self.input.recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str())
    }

    fn epoch_of(&self, recipe: &Recipe) -> u64 {
        recipe_epoch(self.input.recipes, self.input.lock, recipe).map_or(self.input.epoch, |(epoch, _)| epoch)
    }

    /// A node that merges `inputs` and declared links and files.
    pub(super) fn add_merge(
        &mut self,
        key: NodeKey,
        inputs: Vec<(String, Port)>,
        winners: &[(String, String)],
        links: &[Value],
        files: &[Value],
    ) -> NodeId {
        let winners: BTreeMap<&str, &str> =
            winners.iter().map(|(path, input)| (path.as_str(), input.as_str())).collect();
        let template = Template::of(
            Builtin::Merge,
            inputs.into_iter().map(|(name, port)| (name, Slot::Port(port))).collect(),
            json!({"winners": winners, "links": links, "files": files}),
        );
        self.graph.add(key, 1, BTreeMap::new(), template)
    }
}

pub(super) fn winners_key(winners: &[(String, String)]) -> String {
    winners.iter().fold(String::new(), |key, (path, input)| key + " with " + path + " of " + input)
}

/// The inputs that win in one of the roots, by path.
fn winners(recipe: &Recipe, root: Root) -> Vec<(String, String)> {
    let of_root = recipe.build.winners.iter().filter(|winner| winner.root == root);
    of_root.map(|winner| (winner.path.to_string(), winner.input.clone())).collect()
}

fn step(step: &Step) -> SandboxedStep {
    match step {
        Step::Unpack(source) => SandboxedStep::Unpack { source: source.to_string() },
        Step::Run(script) => SandboxedStep::Run { script: script.clone() },
        Step::Typed(step) => typed(step),
    }
}

fn output_rule(output: &Output) -> OutputRule {
    let attributes =
        output.attributes.iter().map(|attribute| (attribute.path.to_string(), attribute_value(attribute)));
    OutputRule {
        name: output.name.to_string(),
        patterns: output.paths.iter().map(|pattern| pattern.as_str().to_owned()).collect(),
        attributes: attributes.collect(),
    }
}

/// A declared attribute as identities hold it.
pub(super) fn attribute_value(attribute: &Attribute) -> Value {
    let xattrs: BTreeMap<&str, String> = attribute
        .xattrs
        .iter()
        .map(|(name, value)| (name.as_str(), value.iter().map(|byte| format!("{byte:02x}")).collect()))
        .collect();
    json!({
        "path": attribute.path.as_str(),
        "mode": attribute.mode.map(|mode| mode.to_string()),
        "uid": attribute.uid,
        "gid": attribute.gid,
        "xattrs": xattrs,
    })
}
