// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SBOMs to nodes: facts of recipes and lock as arguments, trees and borne-out closures as inputs (docs/design/sbom.md).
//!
//! ```text
//! root, owners ─describe─▶ inside, outside, components ─list-files─▶ root, owners   (what ships from there on)
//! ```
//!
//! What only an SBOM says of a recipe (licence, supplier, CPE) stands in no other derivation, so that a change of it builds nothing.

mod facts;

pub use facts::snapshot_moment;

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::{OutputRef, RecipeName, SourceKind};
use serde_json::{Value, json};

use super::{OUT, Planner};
use crate::graph::{NodeId, Port, Slot, Template};
use crate::{Builtin, PlanError};

/// The output with a recipe's licence texts (docs/lints.md, `license-text`).
const LICENSES: &str = "licenses";

/// A file that boots and lies outside of the root.
pub(super) struct Boot<'a> {
    /// What it is to the image.
    pub(super) name: &'static str,
    /// The recipe whose it is.
    pub(super) recipe: &'a RecipeName,
    /// Its path in its output.
    pub(super) file: &'a str,
    /// The output.
    pub(super) port: Port,
}

/// A container that lies in the root.
pub(super) struct Contained {
    /// Its name.
    pub(super) name: String,
    /// Its version.
    pub(super) version: String,
    /// The node of its root, with outputs `root` and `owners`.
    pub(super) root: NodeId,
    /// What its root was put together from.
    pub(super) closure: BTreeSet<Port>,
}

/// What an SBOM is asked for.
pub(super) struct Subject<'a> {
    /// What the keys of its nodes begin with.
    pub(super) key: &'a dyn Fn(&str) -> String,
    /// Its name.
    pub(super) name: &'a str,
    /// Its version.
    pub(super) version: &'a str,
    /// What purls call it: `os`, or the name of an extension.
    pub(super) carrier: &'a str,
    /// The node with outputs `root` and `owners`.
    pub(super) root: NodeId,
    /// The outputs that the root was put together from.
    pub(super) closure: &'a BTreeSet<Port>,
    /// What boots.
    pub(super) boot: Vec<Boot<'a>>,
    /// The containers in the root.
    pub(super) containers: Vec<Contained>,
    /// The source epoch.
    pub(super) epoch: u64,
}

/// The nodes of an SBOM.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sbom {
    /// The root with its documents: outputs `root` and `owners`.
    pub(super) listed: NodeId,
    /// The documents: output `outside`.
    pub(super) described: NodeId,
}

impl Planner<'_> {
    /// The nodes that describe `subject`.
    pub(super) fn add_sbom(&mut self, subject: &Subject<'_>) -> Result<Sbom, PlanError> {
        let ports: BTreeSet<Port> =
            subject.containers.iter().flat_map(|it| &it.closure).chain(subject.closure).cloned().collect();
        let mut inputs = Self::root_inputs("", subject.root);
        for port in &ports {
            if let Some(gate) = self.add_lint_gate_of(port) {
                inputs.insert(format!("needs {}", self.graph.reference(port)), Slot::Port(gate));
            }
        }
        let checksums = self.checksums(subject.closure);
        inputs.extend(checksums.clone());
        for container in &subject.containers {
            inputs.extend(Self::root_inputs(&format!("container {} ", container.name), container.root));
        }
        for boot in &subject.boot {
            inputs.insert(format!("boot {}", boot.name), Slot::Port(boot.port.clone()));
        }
        let shipped = ports.iter().filter_map(|port| OutputRef::parse(&self.graph.reference(port)).ok());
        let shipped: BTreeSet<RecipeName> = shipped
            .map(|output| output.recipe)
            .chain(subject.boot.iter().map(|boot| boot.recipe.clone()))
            .collect();
        for name in &shipped {
            inputs.extend(self.texts(name)?);
            for reference in self.built_against(name)? {
                let port = self.add_output(&reference)?;
                inputs.insert(format!("built against {reference}"), Slot::Port(port));
                inputs.extend(self.texts(&reference.recipe)?);
            }
        }
        let facts = self.facts(subject, &shipped)?;
        inputs.extend(self.package_texts(&facts));
        let template = Template::of(Builtin::Describe, inputs, facts.clone());
        let described = self.graph.add((subject.key)("sbom"), 2, BTreeMap::new(), template);
        let mut inputs = Self::root_inputs("", subject.root);
        inputs.extend(checksums);
        inputs.insert("sbom".to_owned(), Slot::Port(Self::port(described, "inside")));
        inputs.insert("components".to_owned(), Slot::Port(Self::port(described, "components")));
        let template = Template::of(Builtin::ListFiles, inputs, without_recipes(facts));
        let listed = self.graph.add((subject.key)("listed root"), 2, BTreeMap::new(), template);
        Ok(Sbom { listed, described })
    }

    /// The licence texts of a recipe, and the crates that it is built from, which have theirs in them.
    fn texts(&mut self, name: &RecipeName) -> Result<BTreeMap<String, Slot>, PlanError> {
        let recipe = self.picked(name)?.into_owned();
        let mut found = BTreeMap::new();
        for output in recipe.outputs.iter().filter(|output| output.name.as_str() == LICENSES) {
            let port = Self::port(self.add_recipe(name)?, output.name.as_str());
            found.insert(
                format!("texts {name}"),
                self.add_licence_texts(Slot::Port(port), &format!("recipe {name}")),
            );
        }
        for source in recipe.sources.iter().filter(|source| matches!(source.kind, SourceKind::Crates { .. }))
        {
            let crates = self.add_source(&recipe, source)?;
            let texts = self.add_licence_texts(crates.clone(), &format!("{} of recipe {name}", source.name));
            found.insert(format!("texts {name} {}", source.name), texts);
            found.insert(format!("crates {name}"), crates);
        }
        Ok(found)
    }

    /// The checksums of what outputs hold, made beside the build.
    fn checksums(&mut self, ports: &BTreeSet<Port>) -> BTreeMap<String, Slot> {
        let mut found = BTreeMap::new();
        for port in ports {
            let reference = self.graph.reference(port);
            let inputs = BTreeMap::from([("tree".to_owned(), Slot::Port(port.clone()))]);
            let template = Template::of(Builtin::Checksums, inputs, json!({}));
            let node = self.graph.add(format!("checksums of {reference}"), 1, BTreeMap::new(), template);
            found.insert(format!("checksums {reference}"), Slot::Port(Self::port(node, OUT)));
        }
        found
    }

    /// What packages of the seed say of what is copied from them: those of `facts` that runtimes and recipes name.
    fn package_texts(&mut self, facts: &Value) -> BTreeMap<String, Slot> {
        let named = |of: &Value, key: &str| of[key].as_str().map(str::to_owned);
        let runtimes = facts["runtimes"].as_array().into_iter().flatten();
        let recipes = facts["recipes"].as_object().into_iter().flatten();
        let names: BTreeSet<String> = runtimes
            .filter_map(|runtime| named(runtime, "package"))
            .chain(recipes.filter_map(|(_, recipe)| named(recipe, "seed_package")))
            .collect();
        let lock = self.input.lock;
        let packages = lock.packages.values().filter(|package| names.contains(&package.name));
        let mut found = BTreeMap::new();
        for package in packages {
            let tree = Slot::Port(Self::port(self.add_package(package), OUT));
            let texts = self.add_licence_texts(tree, &format!("package {}", package.name));
            found.insert(format!("package texts {}", package.name), texts);
        }
        found
    }

    /// What the texts of a tree say, looked at beside the build.
    fn add_licence_texts(&mut self, tree: Slot, of: &str) -> Slot {
        let inputs = BTreeMap::from([("texts".to_owned(), tree)]);
        let template = Template::of(Builtin::LicenceTexts, inputs, json!({}));
        let node = self.graph.add(format!("licence texts of {of}"), 3, BTreeMap::new(), template);
        Slot::Port(Self::port(node, OUT))
    }

    fn root_inputs(prefix: &str, root: NodeId) -> BTreeMap<String, Slot> {
        ["root", "owners"].map(|name| (format!("{prefix}{name}"), Slot::Port(Self::port(root, name)))).into()
    }

    /// The outputs that a recipe is built against, what they propagate among them.
    fn built_against(&self, name: &RecipeName) -> Result<BTreeSet<OutputRef>, PlanError> {
        let recipe = self.picked(name)?;
        Ok(self.with_propagated(recipe.build.host.iter().chain(&recipe.build.target)))
    }
}

/// The facts of the documents alone: a list of files says nothing else.
fn without_recipes(mut facts: Value) -> Value {
    for (key, nothing) in
        [("recipes", json!({})), ("tools", json!({})), ("seeds", json!({})), ("runtimes", json!([]))]
    {
        facts[key] = nothing;
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_files_depends_on_no_recipe_s_facts() {
        let facts =
            json!({"name": "x", "recipes": {"a": 1}, "tools": {"b": 1}, "seeds": {"c": []}, "runtimes": [1]});
        let expected = json!({"name": "x", "recipes": {}, "tools": {}, "seeds": {}, "runtimes": []});
        assert_eq!(without_recipes(facts), expected);
    }
}
