// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where boxes stand: in layers from left to right, each to the right of all that it needs.
//!
//! The method is that of Sugiyama, Tagawa and Toda (1981): layers by the longest way from the beginning, places in a layer by the mean
//! of the neighbours' places, swept forth and back. An arrow over several layers keeps a place in each that it passes, so that no box
//! stands on it.

use std::collections::BTreeMap;

use super::model::Picture;

/// How often places are swept; more changes little.
const SWEEPS: usize = 8;

/// Where a box stands: layer from the left, and place in it from the top.
pub(super) type Place = (usize, usize);

/// All places.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Layout {
    /// Of each dot.
    pub(super) dots: Vec<Place>,
    /// Of each arrow: its ends, and what it passes in between.
    pub(super) arrows: Vec<Vec<Place>>,
    /// How many places each layer has.
    pub(super) heights: Vec<usize>,
}

/// Something that takes a place: a dot, or an arrow that passes by.
#[derive(Clone, Debug, Default)]
struct Item {
    layer: usize,
    before: Vec<usize>,
    after: Vec<usize>,
}

/// Finds a place for every dot.
pub(super) fn layout(picture: &Picture) -> Layout {
    let mut items: Vec<Item> =
        layers(picture).into_iter().map(|layer| Item { layer, ..Item::default() }).collect();
    let mut ways = Vec::new();
    for arrow in &picture.arrows {
        let mut way = vec![arrow.from];
        for layer in items[arrow.from].layer + 1..items[arrow.to].layer {
            items.push(Item { layer, ..Item::default() });
            way.push(items.len() - 1);
        }
        way.push(arrow.to);
        for pair in way.windows(2) {
            items[pair[0]].after.push(pair[1]);
            items[pair[1]].before.push(pair[0]);
        }
        ways.push(way);
    }
    let order = ordered(&items);
    let mut places: Vec<Place> = vec![(0, 0); items.len()];
    for (layer, members) in order.iter().enumerate() {
        for (place, item) in members.iter().enumerate() {
            places[*item] = (layer, place);
        }
    }
    Layout {
        dots: places.iter().take(picture.dots.len()).copied().collect(),
        arrows: ways.iter().map(|way| way.iter().map(|item| places[*item]).collect()).collect(),
        heights: order.iter().map(Vec::len).collect(),
    }
}

/// The layer of each dot. Dots stand in building order, so one pass is enough.
fn layers(picture: &Picture) -> Vec<usize> {
    let mut layers = vec![0; picture.dots.len()];
    let mut by_end: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for arrow in &picture.arrows {
        by_end.entry(arrow.to).or_default().push(arrow.from);
    }
    for (to, sources) in by_end {
        layers[to] = sources.iter().map(|from| layers[*from] + 1).max().unwrap_or(0);
    }
    layers
}

fn ordered(items: &[Item]) -> Vec<Vec<usize>> {
    let count = items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
    let mut order: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (at, item) in items.iter().enumerate() {
        order[item.layer].push(at);
    }
    for sweep in 0..SWEEPS {
        let forth = sweep % 2 == 0;
        let layers: Vec<usize> =
            if forth { (1..count).collect() } else { (0..count.saturating_sub(1)).rev().collect() };
        for layer in layers {
            let neighbours = if forth { layer - 1 } else { layer + 1 };
            let places: BTreeMap<usize, usize> =
                order[neighbours].iter().enumerate().map(|(place, item)| (*item, place)).collect();
            let mean = |item: usize| {
                let beside = if forth { &items[item].before } else { &items[item].after };
                let sum: usize = beside.iter().filter_map(|other| places.get(other)).sum();
                // A thousandth of a place is finer than anybody sees, and integers are the same on every machine.
                (!beside.is_empty()).then(|| sum * 1000 / beside.len())
            };
            let mut keyed: Vec<(usize, usize)> = order[layer]
                .iter()
                .enumerate()
                .map(|(place, item)| (mean(*item).unwrap_or(place * 1000), *item))
                .collect();
            keyed.sort_by_key(|(mean, _)| *mean);
            order[layer] = keyed.into_iter().map(|(_, item)| item).collect();
        }
    }
    order
}

#[cfg(test)]
mod tests;
