// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Outputs to nodes that judge them: the judgement is a derivation of its own, so that a new rule changes the identity of no
//! artifact.
//!
//! ```text
//! output, other outputs of its recipe, closure ─lint─▶ lint.json, closure.json ─lint-gate─▶ closure.json
//! ```
//!
//! Whatever ships depends on the gate. `ashlar lint` asks for the judgement alone, which never fails on what it finds.

use std::collections::BTreeMap;

use ashlar_recipe::{Exception, Output, OutputRef, Recipe, RecipeName};
use serde_json::{Value, json};

use super::{OUT, Planner};
use crate::Builtin;
use crate::graph::{NodeId, Port, Slot, Template};

impl Planner<'_> {
    /// One gate for each output of recipe `name`, which is built by `node`.
    pub(super) fn add_lint_gates(&mut self, name: &RecipeName, node: NodeId) -> Vec<NodeId> {
        let recipes = self.input.recipes;
        let recipe = recipes.recipe(name).into_iter();
        recipe
            .flat_map(|recipe| recipe.outputs.iter().map(move |output| (recipe, output)))
            .map(|(recipe, output)| self.add_lint_gate(recipe, output, node))
            .collect()
    }

    /// The gate of the output at `port`, if it is one of a recipe.
    pub(super) fn add_lint_gate_of(&mut self, port: &Port) -> Option<Port> {
        let recipes = self.input.recipes;
        let reference = OutputRef::parse(&self.graph.reference(port)).ok()?;
        let recipe = recipes.recipe(&reference.recipe)?;
        let gate = self.add_lint_gate(recipe, recipe.output(&reference.output)?, port.node);
        Some(Self::port(gate, OUT))
    }

    fn add_lint_gate(&mut self, recipe: &Recipe, output: &Output, node: NodeId) -> NodeId {
        let lint = self.add_lint(recipe, output, node);
        let key = format!("gate of {}", self.graph.port_key(&Self::port(node, output.name.as_str())));
        self.add_builtin(key, Builtin::LintGate, [("lint", Slot::Port(Self::port(lint, OUT)))], json!({}))
    }

    fn add_lint(&mut self, recipe: &Recipe, output: &Output, node: NodeId) -> NodeId {
        let own = Self::port(node, output.name.as_str());
        let mut inputs = BTreeMap::from([("self".to_owned(), Slot::Port(own.clone()))]);
        for sibling in recipe.outputs.iter().filter(|sibling| sibling.name != output.name) {
            let name = sibling.name.as_str();
            inputs.insert(format!("sibling {name}"), Slot::Port(Self::port(node, name)));
        }
        for port in self.graph.closure(&own).into_iter().filter(|port| *port != own) {
            inputs.insert(self.graph.reference(&port), Slot::Port(port));
        }
        let declared: Vec<String> = output.runtime.iter().map(ToString::to_string).collect();
        let sources: Vec<&str> = recipe.sources.iter().map(|source| source.name.as_str()).collect();
        let exceptions: Vec<Value> = output.exceptions.iter().map(exception_value).collect();
        let attributes: BTreeMap<&str, &str> = output
            .attributes
            .iter()
            .map(|attribute| (attribute.path.as_str(), attribute.because.as_str()))
            .collect();
        let arguments = json!({
            "recipe": recipe.name.as_str(),
            "output": output.name.as_str(),
            "declared": declared,
            "sources": sources,
            "epoch": self.graph.epoch(node).unwrap_or(self.input.epoch),
            "exceptions": exceptions,
            "attributes": attributes,
        });
        let key = format!("lint of {}", self.graph.port_key(&own));
        self.graph.add(key, 1, BTreeMap::new(), Template::of(Builtin::Lint, inputs, arguments))
    }
}

/// An exception as the judgement takes it. Its day is not part of it: planning has looked at that.
fn exception_value(exception: &Exception) -> Value {
    let paths: Vec<&str> = exception.paths.iter().map(ashlar_tree::Pattern::as_str).collect();
    json!({"rule": exception.rule.id(), "paths": paths, "because": exception.because})
}

#[cfg(test)]
mod tests;
