// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Boxes and arrows, before anybody draws them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use ashlar_plan::{Graph, NodeId};
use serde_json::{Value, json};

use super::critical::{Chain, Times};
use crate::outlook::Outlook;

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Folding {
    /// Recipes, seed sets and what images are put together from; what merely unpacks, merges and checks is passed through.
    People,
    /// Every node.
    Nothing,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dot {
    pub(crate) key: String,
    /// `recipe`, `seed`, `image` or `other`: the first word of its key.
    pub(crate) kind: &'static str,
    /// Whether the store has it.
    pub(crate) stored: bool,
    pub(crate) took: Option<Duration>,
    pub(crate) critical: bool,
}

/// An arrow from what is needed to what needs it, by positions of dots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: usize,
    pub(crate) to: usize,
    pub(crate) critical: bool,
}

/// A graph to draw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Picture {
    /// In an order in which they can be built.
    pub(crate) dots: Vec<Dot>,
    pub(crate) arrows: Vec<Arrow>,
    /// What the critical chain is, in words.
    pub(crate) title: String,
}

impl Picture {
    pub(crate) fn of(
        graph: &Graph,
        goals: &[NodeId],
        outlook: &Outlook,
        times: &Times,
        folding: Folding,
    ) -> Self {
        let chain = Chain::of(graph, goals, times);
        let needed = graph.needed(goals);
        let shown = |id: &NodeId| folding == Folding::Nothing || !is_folded(&graph.node(*id).key);
        let positions: BTreeMap<NodeId, usize> =
            needed.iter().filter(|id| shown(id)).enumerate().map(|(at, id)| (*id, at)).collect();
        let critical: Vec<NodeId> =
            chain.nodes.iter().copied().filter(|id| positions.contains_key(id)).collect();
        // What each node is reached from: itself if it is shown, else whatever it is reached from.
        let mut sources: BTreeMap<NodeId, BTreeSet<NodeId>> = BTreeMap::new();
        let mut arrows = BTreeSet::new();
        for id in &needed {
            let ports = graph.node(*id).dependencies.iter();
            let from: BTreeSet<NodeId> =
                ports.flat_map(|port| sources.get(&port.node).cloned().unwrap_or_default()).collect();
            let Some(to) = positions.get(id) else {
                sources.insert(*id, from);
                continue;
            };
            for source in from {
                let critical = critical.windows(2).any(|pair| pair == [source, *id]);
                arrows.extend(positions.get(&source).map(|from| Arrow { from: *from, to: *to, critical }));
            }
            sources.insert(*id, BTreeSet::from([*id]));
        }
        let dots = positions.keys().map(|id| {
            let key = &graph.node(*id).key;
            Dot {
                key: key.clone(),
                kind: kind(key),
                stored: outlook.stored.contains(id),
                took: times.get(key).copied(),
                critical: critical.contains(id),
            }
        });
        Self {
            dots: dots.collect(),
            arrows: arrows.into_iter().collect(),
            title: title(graph, &chain, &critical),
        }
    }

    pub(crate) fn to_json(&self) -> Value {
        let nodes = self.dots.iter().map(|dot| {
            json!({
                "key": dot.key, "kind": dot.kind, "stored": dot.stored,
                "seconds": dot.took.map(|took| took.as_secs_f64()), "critical": dot.critical,
            })
        });
        let key = |at: usize| self.dots.get(at).map(|dot| dot.key.clone());
        let arrows = self
            .arrows
            .iter()
            .map(|arrow| json!({"from": key(arrow.from), "to": key(arrow.to), "critical": arrow.critical}));
        json!({"title": self.title, "nodes": nodes.collect::<Vec<_>>(), "edges": arrows.collect::<Vec<_>>()})
    }
}

fn is_folded(key: &str) -> bool {
    ["package ", "sysroot of ", "target root of ", "lint of ", "gate of "]
        .iter()
        .any(|prefix| key.starts_with(prefix))
}

fn kind(key: &str) -> &'static str {
    let word = key.split(' ').next().unwrap_or_default();
    ["recipe", "seed", "image"].into_iter().find(|kind| *kind == word).unwrap_or("other")
}

fn title(graph: &Graph, chain: &Chain, shown: &[NodeId]) -> String {
    let names: Vec<&str> = shown.iter().map(|id| graph.node(*id).key.as_str()).collect();
    let path = names.join(" → ");
    match chain.took {
        None => format!("critical path by estimated work, for no times are recorded: {path}"),
        Some(took) if chain.unknown == 0 => format!("critical path, {}: {path}", seconds(took)),
        Some(took) => format!(
            "critical path, {} ({} nodes have no recorded time): {path}",
            seconds(took),
            chain.unknown
        ),
    }
}

/// A time as people read it: `0.4 s`, `3 min 20 s`.
pub(super) fn seconds(took: Duration) -> String {
    match took.as_secs() {
        0..60 => format!("{:.1} s", took.as_secs_f64()),
        whole @ 60..3600 => format!("{} min {} s", whole / 60, whole % 60),
        whole => format!("{} h {} min", whole / 3600, whole / 60 % 60),
    }
}

#[cfg(test)]
mod tests;
