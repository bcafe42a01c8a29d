// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What of a graph the store has, and what would be built: looked up without building anything.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::{DerivationId, TreeDigest};
use ashlar_plan::{Graph, NodeId, Port};
use ashlar_store::Store;

use crate::failure::Failure;

/// What the store knows of a graph's nodes.
#[derive(Debug, Default)]
pub(crate) struct Outlook {
    /// What nodes turned out to be, output by output.
    pub(crate) trees: BTreeMap<Port, TreeDigest>,
    /// The derivation of every node whose inputs are all known.
    pub(crate) ids: BTreeMap<NodeId, DerivationId>,
    /// The nodes that would not be built.
    pub(crate) stored: BTreeSet<NodeId>,
}

impl Outlook {
    /// Looks up all that `goals` need.
    pub(crate) fn of(store: &Store, graph: &Graph, goals: &[NodeId]) -> Result<Self, Failure> {
        let mut outlook = Self::default();
        for node in graph.needed(goals) {
            let Some(derivation) = graph.lower(node, |port| outlook.trees.get(port).copied()) else {
                continue;
            };
            let id = derivation.id().map_err(|cause| ashlar_plan::PlanError::Identity {
                label: derivation.label.clone(),
                cause,
            })?;
            outlook.ids.insert(node, id);
            if let Some(found) = store.realisation(id)? {
                outlook.stored.insert(node);
                let outputs = found.outputs.into_iter();
                outlook.trees.extend(outputs.map(|(output, tree)| (Port { node, output }, tree)));
            }
        }
        Ok(outlook)
    }
}
