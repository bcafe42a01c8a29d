// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The critical chain of a graph: nodes, each needing the one before, that take longest together.

use std::collections::BTreeMap;
use std::time::Duration;

use ashlar_plan::{Graph, NodeId};

/// How long nodes took when they were last built, by key.
pub(crate) type Times = BTreeMap<String, Duration>;

/// The chain that no build from nothing can be quicker than.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Chain {
    /// From the first that is built to the goal.
    pub(crate) nodes: Vec<NodeId>,
    /// How long all of them took; `None` where no time is known, and the chain follows the planner's estimate.
    pub(crate) took: Option<Duration>,
    /// How many nodes have no time, where others have.
    pub(crate) unknown: usize,
}

impl Chain {
    /// The chain to the costliest of `goals`. Of chains of one cost it is the one that is built last.
    pub(crate) fn of(graph: &Graph, goals: &[NodeId], times: &Times) -> Self {
        let needed = graph.needed(goals);
        let is_timed = needed.iter().any(|id| times.contains_key(&graph.node(*id).key));
        let cost = |id: NodeId| {
            let node = graph.node(id);
            match times.get(&node.key) {
                Some(took) => *took,
                None if is_timed => Duration::ZERO,
                // One unit of weight is a moment of our own code.
                None => Duration::from_millis(node.weight),
            }
        };
        let mut chains: BTreeMap<NodeId, (Duration, Option<NodeId>)> = BTreeMap::new();
        for id in &needed {
            let dependencies = graph.node(*id).dependencies.iter().map(|port| port.node);
            let mut before: Option<(Duration, NodeId)> = None;
            for dependency in dependencies {
                let length = chains.get(&dependency).map_or(Duration::ZERO, |(length, _)| *length);
                if before.is_none_or(|(best, _)| length > best) {
                    before = Some((length, dependency));
                }
            }
            let length = before.map_or(Duration::ZERO, |(length, _)| length) + cost(*id);
            chains.insert(*id, (length, before.map(|(_, node)| node)));
        }
        // The last of equals: what takes no time, or none that is known, still ends the chain.
        let longest = needed.iter().filter_map(|id| Some((*id, chains.get(id)?.0)));
        let Some((last, length)) = longest.max_by_key(|(_, length)| *length) else { return Self::default() };
        let mut nodes = Vec::new();
        let mut next = Some(last);
        while let Some(id) = next {
            nodes.push(id);
            next = chains.get(&id).and_then(|(_, before)| *before);
        }
        nodes.reverse();
        let unknown =
            needed.iter().filter(|id| is_timed && !times.contains_key(&graph.node(**id).key)).count();
        Self { nodes, took: is_timed.then_some(length), unknown }
    }
}
