// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Containment as a tree: who holds what, and where what is said makes no tree.

use std::collections::{BTreeMap, BTreeSet};

use crate::component::ComponentId;
use crate::relationship::{Relationship, Verb};

/// For each contained component, what contains it, sorted.
pub(crate) fn containers(
    relationships: &BTreeSet<Relationship>,
) -> BTreeMap<&ComponentId, BTreeSet<&ComponentId>> {
    let mut result: BTreeMap<&ComponentId, BTreeSet<&ComponentId>> = BTreeMap::new();
    for relationship in relationships.iter().filter(|it| it.verb == Verb::Contains) {
        result.entry(&relationship.to).or_default().insert(&relationship.from);
    }
    result
}

/// A circle of components that contain each other, if there is one.
pub(crate) fn cycle(containers: &BTreeMap<&ComponentId, BTreeSet<&ComponentId>>) -> Option<Vec<ComponentId>> {
    // What nothing contains is taken away, then what nothing else contains, until only circles and what hangs on them is left.
    let mut held: BTreeMap<&ComponentId, Vec<&ComponentId>> = BTreeMap::new();
    for (id, container) in containers.iter().flat_map(|(id, all)| all.iter().map(move |it| (*id, *it))) {
        held.entry(container).or_default().push(id);
    }
    let mut left: BTreeMap<&ComponentId, usize> =
        containers.iter().map(|(id, all)| (*id, all.len())).collect();
    let mut open: Vec<&ComponentId> = held.keys().copied().filter(|id| !left.contains_key(id)).collect();
    while let Some(container) = open.pop() {
        for id in held.get(container).into_iter().flatten() {
            let count = left.get_mut(id)?;
            *count -= 1;
            if *count == 0 {
                left.remove(id);
                open.push(id);
            }
        }
    }
    // Each that is left has a container that is left, so climbing comes back to where it was.
    let mut path: Vec<&ComponentId> = Vec::new();
    let mut seen = BTreeSet::new();
    let mut next = left.keys().next().copied();
    while let Some(id) = next.filter(|id| seen.insert(*id)) {
        path.push(id);
        next = containers.get(id)?.iter().copied().find(|container| left.contains_key(container));
    }
    let begin = path.iter().position(|id| Some(*id) == next)?;
    Some(path[begin..].iter().rev().map(|id| (*id).clone()).collect())
}

/// The tree below `root`: for each component what it holds. Of several containers the first counts; what does not hang
/// on the root, or hangs deeper than `depth` levels, hangs directly on the root instead.
pub(crate) fn tree<'a>(
    root: &'a ComponentId,
    components: impl Iterator<Item = &'a ComponentId>,
    relationships: &'a BTreeSet<Relationship>,
    depth: usize,
) -> BTreeMap<&'a ComponentId, Vec<&'a ComponentId>> {
    let containers = containers(relationships);
    let parent = |id: &ComponentId| containers.get(id).and_then(|found| found.first().copied());
    let mut result: BTreeMap<&ComponentId, Vec<&ComponentId>> = BTreeMap::new();
    for id in components.filter(|id| *id != root) {
        let mut above = parent(id);
        let mut levels = 1;
        while let Some(next) = above.filter(|next| *next != root && levels <= depth) {
            above = parent(next);
            levels += 1;
        }
        let hangs = above == Some(root) && levels <= depth;
        let holder = if hangs { parent(id).unwrap_or(root) } else { root };
        result.entry(holder).or_default().push(id);
    }
    result
}
