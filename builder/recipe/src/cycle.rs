// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Circles in "needs" relations, found with the way around them.

use std::collections::{BTreeMap, BTreeSet};

/// What needs what: node → (needed node, where that is stated).
pub(crate) type Needs<N> = BTreeMap<N, Vec<(N, String)>>;

/// One circle: each node with the place where it states that it needs the next one; the last needs the first.
pub(crate) type Cycle<N> = Vec<(N, String)>;

/// Finds circles. Every node that lies on one lies on a circle that is found, unless that one shares a node with
/// a circle found before: such a circle shows when the first is broken.
pub(crate) fn cycles<N: Ord + Clone>(needs: &Needs<N>) -> Vec<Cycle<N>> {
    let mut search = Search { needs, done: BTreeSet::new(), way: Vec::new(), found: Vec::new() };
    for node in needs.keys() {
        search.visit(node);
    }
    search.found
}

struct Search<'n, N> {
    needs: &'n Needs<N>,
    done: BTreeSet<N>,
    way: Vec<(N, String)>,
    found: Vec<Cycle<N>>,
}

impl<N: Ord + Clone> Search<'_, N> {
    fn visit(&mut self, node: &N) {
        if self.done.contains(node) {
            return;
        }
        for (next, place) in self.needs.get(node).into_iter().flatten() {
            self.way.push((node.clone(), place.clone()));
            if let Some(start) = self.way.iter().position(|(open, _)| open == next) {
                self.found.push(self.way[start..].to_vec());
            } else {
                self.visit(next);
            }
            self.way.pop();
        }
        self.done.insert(node.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(edges: &[(&'static str, &'static str)]) -> Needs<&'static str> {
        let mut needs = Needs::new();
        for (from, to) in edges {
            needs.entry(*from).or_insert_with(Vec::new).push((*to, format!("{from}>{to}")));
            needs.entry(*to).or_insert_with(Vec::new);
        }
        needs
    }

    #[test]
    fn the_whole_way_around_is_given() {
        let found = cycles(&needs(&[("x", "a"), ("a", "b"), ("b", "c"), ("c", "a"), ("b", "d")]));
        let places: Vec<&str> = found[0].iter().map(|(_, place)| place.as_str()).collect();
        assert_eq!((found.len(), places), (1, vec!["a>b", "b>c", "c>a"]));
    }

    #[test]
    fn a_diamond_is_no_circle_and_a_loop_on_itself_is_one() {
        assert!(cycles(&needs(&[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")])).is_empty());
        assert_eq!(cycles(&needs(&[("a", "a")])).len(), 1);
    }
}
