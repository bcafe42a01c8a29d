// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The build graph: derivations whose tree inputs are still other nodes' outputs.
//!
//! A graph is a value that can be printed; nothing is run to make it. [`Graph::lower`] turns a node into a [`Derivation`] once the
//! trees that it depends on are known.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ashlar_digest::{SourceDigest, TreeDigest};
use indexmap::IndexSet;
use serde_json::Value;

use crate::{
    Action, Builtin, BuiltinAction, Derivation, Input, OutputRule, PlanError, Role, SandboxedAction,
    SandboxedStep,
};

/// A node of one graph, by position. Dependencies have lower positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NodeId(usize);

impl NodeId {
    /// Its position in [`Graph::nodes`].
    #[must_use]
    pub const fn index(self) -> usize {
        self.0
    }
}

/// One output of one node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    /// The node.
    pub node: NodeId,
    /// The output's name.
    pub output: String,
}

/// What a node is, for people and for looking it up: `recipe musl`, `package make_4.4.1-2_amd64`, `image qemu root`.
pub type NodeKey = String;

/// An input of a node: known already, or the output of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Tree(TreeDigest),
    Source(SourceDigest),
    Port(Port),
}

/// A sandboxed action that waits for its trees.
#[derive(Clone, Debug)]
pub(crate) struct SandboxedTemplate {
    pub(crate) host: String,
    pub(crate) target: String,
    pub(crate) sysroot: Port,
    pub(crate) target_root: Option<Port>,
    pub(crate) sources: BTreeMap<String, Slot>,
    pub(crate) steps: Arc<Vec<SandboxedStep>>,
    pub(crate) tests: Vec<String>,
    pub(crate) asserts: Vec<Value>,
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) epoch: u64,
    pub(crate) outputs: Vec<OutputRule>,
}

#[derive(Clone, Debug)]
pub(crate) enum Template {
    Builtin { builtin: Builtin, inputs: BTreeMap<String, Slot>, arguments: Arc<Value> },
    Sandboxed(Box<SandboxedTemplate>),
}

impl Template {
    /// A step of our own code.
    pub(crate) fn of(builtin: Builtin, inputs: BTreeMap<String, Slot>, arguments: Value) -> Self {
        Self::Builtin { builtin, inputs, arguments: Arc::new(arguments) }
    }
}

/// One node.
#[derive(Clone, Debug)]
pub struct Node {
    /// What it is.
    pub key: NodeKey,
    /// The outputs of other nodes that it needs, without repetition.
    pub dependencies: Vec<Port>,
    /// Declared runtime closures: output → the outputs that must come along with it.
    pub runtime: BTreeMap<String, Vec<Port>>,
    /// A rough measure of its work, to begin with what most waits for. One is a moment of our own code.
    pub weight: u64,
    pub(crate) template: Template,
}

impl Node {
    /// Whether programs run for it, rather than our own code.
    #[must_use]
    pub const fn is_sandboxed(&self) -> bool {
        matches!(self.template, Template::Sandboxed(_))
    }

    /// Who does its work: `sandboxed` programs, or one of our own steps by name and version.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match &self.template {
            Template::Builtin { builtin, .. } => builtin.id(),
            Template::Sandboxed(_) => "sandboxed",
        }
    }

    /// The outputs of other nodes that it reads, by what they are to it.
    #[must_use]
    pub fn ports(&self) -> BTreeMap<Role, Port> {
        let named = |role: fn(String) -> Role, slots: &BTreeMap<String, Slot>| -> Vec<(Role, Port)> {
            let ports = slots.iter().filter_map(|(name, slot)| match slot {
                Slot::Port(port) => Some((role(name.clone()), port.clone())),
                Slot::Tree(_) | Slot::Source(_) => None,
            });
            ports.collect()
        };
        match &self.template {
            Template::Builtin { inputs, .. } => named(Role::Input, inputs).into_iter().collect(),
            Template::Sandboxed(template) => named(Role::Source, &template.sources)
                .into_iter()
                .chain([(Role::Sysroot, template.sysroot.clone())])
                .chain(template.target_root.clone().map(|port| (Role::TargetRoot, port)))
                .collect(),
        }
    }

    /// The outputs that one of our own steps reads, by the names of its inputs.
    pub fn named_inputs(&self) -> impl Iterator<Item = (&str, &Port)> {
        let inputs = match &self.template {
            Template::Builtin { inputs, .. } => Some(inputs),
            Template::Sandboxed(_) => None,
        };
        inputs.into_iter().flatten().filter_map(|(name, slot)| match slot {
            Slot::Port(port) => Some((name.as_str(), port)),
            Slot::Tree(_) | Slot::Source(_) => None,
        })
    }

    /// The upstream files that it reads.
    pub fn sources(&self) -> impl Iterator<Item = SourceDigest> + '_ {
        let inputs = match &self.template {
            Template::Builtin { inputs, .. } => inputs,
            Template::Sandboxed(template) => &template.sources,
        };
        inputs.values().filter_map(|slot| match slot {
            Slot::Source(digest) => Some(*digest),
            Slot::Tree(_) | Slot::Port(_) => None,
        })
    }
}

/// The nodes of a build, in an order in which they can be built.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    nodes: Vec<Node>,
    /// The key of each node at the node's position.
    keys: IndexSet<NodeKey>,
}

impl Graph {
    /// All nodes; each after the nodes that it depends on.
    #[must_use]
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// All node ids, in building order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len()).map(NodeId)
    }

    /// The node at `id`.
    #[must_use]
    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0]
    }

    /// The node named `key`.
    #[must_use]
    pub fn find(&self, key: &str) -> Option<NodeId> {
        self.keys.get_index_of(key).map(NodeId)
    }

    /// Every node that `goals` need, goals included, in building order.
    #[must_use]
    pub fn needed(&self, goals: &[NodeId]) -> Vec<NodeId> {
        let mut wanted = vec![false; self.nodes.len()];
        for goal in goals {
            wanted[goal.0] = true;
        }
        // Dependencies stand before their dependents, so one pass from the end sees everything.
        for index in (0..self.nodes.len()).rev() {
            if wanted[index] {
                for port in &self.nodes[index].dependencies {
                    wanted[port.node.0] = true;
                }
            }
        }
        self.ids().filter(|id| wanted[id.0]).collect()
    }

    /// The nodes that judge outputs, of all that `goals` need.
    #[must_use]
    pub fn lints(&self, goals: &[NodeId]) -> Vec<NodeId> {
        let judges = |id: &NodeId| {
            matches!(&self.node(*id).template, Template::Builtin { builtin: Builtin::Lint, .. })
        };
        self.needed(goals).into_iter().filter(judges).collect()
    }

    /// The declared closure of `port`: itself and everything that must come along at run time, ordered.
    #[must_use]
    pub fn closure(&self, port: &Port) -> Vec<Port> {
        let mut found = BTreeSet::from([port]);
        let mut open = vec![port];
        while let Some(at) = open.pop() {
            let needed = self.nodes[at.node.0].runtime.get(&at.output).into_iter().flatten();
            open.extend(needed.filter(|port| found.insert(*port)));
        }
        found.into_iter().cloned().collect()
    }

    /// The epoch that a sandboxed node's outputs may show.
    #[must_use]
    pub fn epoch(&self, id: NodeId) -> Option<u64> {
        match &self.nodes[id.0].template {
            Template::Sandboxed(template) => Some(template.epoch),
            Template::Builtin { .. } => None,
        }
    }

    /// How a recipe or image names the output at `port`: `recipe:output`, whatever the variant.
    pub(crate) fn reference(&self, port: &Port) -> String {
        let key = &self.nodes[port.node.0].key;
        let recipe = key.strip_prefix("recipe ").unwrap_or(key);
        format!("{}:{}", recipe.split('+').next().unwrap_or(recipe), port.output)
    }

    /// A text that only `port` has: variants of one recipe differ in it.
    pub(crate) fn port_key(&self, port: &Port) -> String {
        format!("{}:{}", self.nodes[port.node.0].key, port.output)
    }

    /// Declares that `output` of `node` needs `port` at run time.
    pub(crate) fn add_runtime(&mut self, node: NodeId, output: &str, port: Port) {
        let ports = self.nodes[node.0].runtime.entry(output.to_owned()).or_default();
        if !ports.contains(&port) {
            ports.push(port);
        }
    }

    /// The derivation of `id`, given what its dependencies turned out to be.
    ///
    /// Returns `None` while `tree_of` does not know one of them.
    pub fn lower(&self, id: NodeId, tree_of: impl Fn(&Port) -> Option<TreeDigest>) -> Option<Derivation> {
        let node = &self.nodes[id.0];
        let input = |slot: &Slot| match slot {
            Slot::Tree(digest) => Some(Input::Tree(*digest)),
            Slot::Source(digest) => Some(Input::Source(*digest)),
            Slot::Port(port) => tree_of(port).map(Input::Tree),
        };
        let inputs = |slots: &BTreeMap<String, Slot>| -> Option<BTreeMap<String, Input>> {
            slots.iter().map(|(name, slot)| Some((name.clone(), input(slot)?))).collect()
        };
        let action = match &node.template {
            Template::Builtin { builtin, inputs: slots, arguments } => Action::Builtin(BuiltinAction {
                builtin: *builtin,
                inputs: inputs(slots)?,
                arguments: Arc::clone(arguments),
            }),
            Template::Sandboxed(template) => Action::Sandboxed(Box::new(SandboxedAction {
                host: template.host.clone(),
                target: template.target.clone(),
                sysroot: tree_of(&template.sysroot)?,
                target_root: match &template.target_root {
                    Some(port) => Some(tree_of(port)?),
                    None => None,
                },
                sources: inputs(&template.sources)?,
                steps: Arc::clone(&template.steps),
                tests: template.tests.clone(),
                asserts: template.asserts.clone(),
                environment: template.environment.clone(),
                epoch: template.epoch,
                outputs: template.outputs.clone(),
            })),
        };
        Some(Derivation { label: node.key.clone(), action })
    }

    /// Adds a node, or gives the one that has the same key.
    pub(crate) fn add(
        &mut self,
        key: NodeKey,
        weight: u64,
        runtime: BTreeMap<String, Vec<Port>>,
        template: Template,
    ) -> NodeId {
        let (index, is_new) = self.keys.insert_full(key.clone());
        if !is_new {
            return NodeId(index);
        }
        let mut dependencies: Vec<Port> = match &template {
            Template::Builtin { inputs, .. } => ports(inputs).collect(),
            Template::Sandboxed(template) => ports(&template.sources)
                .chain(std::iter::once(template.sysroot.clone()))
                .chain(template.target_root.clone())
                .collect(),
        };
        dependencies.sort();
        dependencies.dedup();
        self.nodes.push(Node { key, dependencies, runtime, weight, template });
        NodeId(index)
    }

    /// Fails if a node with `key` is being added while it is still being made: a cycle. Used by the resolver.
    pub(crate) fn check_not_open(open: &[NodeKey], key: &NodeKey) -> Result<(), PlanError> {
        match open.iter().position(|other| other == key) {
            None => Ok(()),
            Some(start) => {
                let mut cycle = open[start..].to_vec();
                cycle.push(key.clone());
                Err(PlanError::Cycle { cycle })
            }
        }
    }
}

fn ports(slots: &BTreeMap<String, Slot>) -> impl Iterator<Item = Port> + '_ {
    slots.values().filter_map(|slot| match slot {
        Slot::Port(port) => Some(port.clone()),
        Slot::Tree(_) | Slot::Source(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;

    fn merge(inputs: &[(&str, Slot)]) -> Template {
        Template::of(
            Builtin::Merge,
            inputs.iter().map(|(name, slot)| ((*name).to_owned(), slot.clone())).collect(),
            Value::Null,
        )
    }

    fn port(node: NodeId) -> Port {
        Port { node, output: "out".into() }
    }

    #[test]
    fn a_node_is_lowered_only_when_its_inputs_are_known() {
        let mut graph = Graph::default();
        let tree = |text: &str| TreeDigest::new(Sha256::of(text.as_bytes()));
        let a = graph.add("a".into(), 1, BTreeMap::new(), merge(&[("x", Slot::Tree(tree("x")))]));
        let b = graph.add("b".into(), 1, BTreeMap::new(), merge(&[("a", Slot::Port(port(a)))]));
        assert!(graph.lower(b, |_| None).is_none());
        let first = graph.lower(b, |_| Some(tree("1"))).unwrap().id().unwrap();
        let second = graph.lower(b, |_| Some(tree("2"))).unwrap().id().unwrap();
        assert_ne!(first, second);
        assert_eq!(graph.lower(a, |_| None).unwrap().label, "a");
    }

    #[test]
    fn only_what_a_goal_needs_is_needed_and_in_order() {
        let mut graph = Graph::default();
        let a = graph.add("a".into(), 1, BTreeMap::new(), merge(&[]));
        let other = graph.add("other".into(), 1, BTreeMap::new(), merge(&[]));
        let b = graph.add("b".into(), 1, BTreeMap::new(), merge(&[("a", Slot::Port(port(a)))]));
        let c = graph.add("c".into(), 1, BTreeMap::new(), merge(&[("b", Slot::Port(port(b)))]));
        assert_eq!(graph.needed(&[c]), [a, b, c]);
        assert_eq!(graph.needed(&[other]), [other]);
        assert_eq!(graph.add("a".into(), 1, BTreeMap::new(), merge(&[])), a);
    }

    #[test]
    fn a_closure_follows_runtime_outputs_transitively() {
        let mut graph = Graph::default();
        let a = graph.add("a".into(), 1, BTreeMap::new(), merge(&[]));
        let b = graph.add("b".into(), 1, BTreeMap::from([("out".into(), vec![port(a)])]), merge(&[]));
        let c = graph.add("c".into(), 1, BTreeMap::from([("out".into(), vec![port(b)])]), merge(&[]));
        assert_eq!(graph.closure(&port(c)), [port(a), port(b), port(c)]);
    }
}
