// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Merging several trees into one, as a sysroot or an image root is made.
//!
//! Directories are shared. Everything else has one owner: the same path with equal nodes is fine, with other ones it is a
//! conflict that names both inputs, unless the caller declares who wins.

use std::collections::BTreeMap;
use std::fmt;

use crate::{Node, Tree, TreePath};

/// Two inputs that want other things at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The path.
    pub path: TreePath,
    /// The input that came first.
    pub first: String,
    /// The input that came later.
    pub second: String,
}

impl fmt::Display for Conflict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} and {} both bring it, and differ", self.path, self.first, self.second)
    }
}

/// Merges `inputs` (name and tree) into one tree; `winners` maps a path to the name of the input that wins there.
///
/// # Errors
/// Every conflict, in order of inputs and paths.
pub fn merge(inputs: &[(&str, &Tree)], winners: &BTreeMap<TreePath, String>) -> Result<Tree, Vec<Conflict>> {
    let mut merged: BTreeMap<TreePath, (Node, &str)> = BTreeMap::new();
    let mut conflicts = Vec::new();
    for (name, tree) in inputs {
        for (path, node) in tree.iter() {
            let Some((present, owner)) = merged.get(path) else {
                merged.insert(path.clone(), (node.clone(), name));
                continue;
            };
            if present == node {
                continue;
            }
            match winners.get(path).map(String::as_str) {
                Some(winner) if winner == *name => {
                    merged.insert(path.clone(), (node.clone(), name));
                }
                Some(winner) if winner == *owner => {}
                // The winner comes later and will take the path.
                Some(winner)
                    if inputs.iter().any(|(input, tree)| *input == winner && tree.get(path).is_some()) => {}
                _ => conflicts.push(Conflict {
                    path: path.clone(),
                    first: (*owner).to_owned(),
                    second: (*name).to_owned(),
                }),
            }
        }
    }
    // A file of one input can stand where another has a directory with entries only if a winner said so.
    for (path, (_, owner)) in &merged {
        if let Some(ancestor) =
            path.ancestors().find(|above| !merged.get(above).is_some_and(|(node, _)| node.is_directory()))
        {
            let first = merged.get(&ancestor).map_or("nobody", |(_, owner)| owner);
            conflicts.push(Conflict { path: ancestor, first: first.to_owned(), second: (*owner).to_owned() });
        }
    }
    if conflicts.is_empty() {
        Ok(Tree { nodes: merged.into_iter().map(|(path, (node, _))| (path, node)).collect() })
    } else {
        conflicts.dedup();
        Err(conflicts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::{BlobDigest, Sha256};

    fn tree(entries: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, content) in entries {
            let node = match content.strip_prefix("->") {
                Some(target) => Node::symlink(target),
                None => {
                    Node::file(BlobDigest::new(Sha256::of(content.as_bytes())), content.len() as u64, false)
                }
            };
            tree.insert(TreePath::parse(path).unwrap(), node).unwrap();
        }
        tree
    }

    #[test]
    fn equal_files_and_shared_directories_are_fine() {
        let (a, b) = (tree(&[("usr/a", "1"), ("usr/same", "s")]), tree(&[("usr/b", "2"), ("usr/same", "s")]));
        let merged = merge(&[("a", &a), ("b", &b)], &BTreeMap::new()).unwrap();
        assert_eq!(merged, tree(&[("usr/a", "1"), ("usr/b", "2"), ("usr/same", "s")]));
    }

    #[test]
    fn every_conflict_names_both_inputs() {
        let (a, b) = (tree(&[("x", "1"), ("y", "1")]), tree(&[("x", "2"), ("y", "->x")]));
        let conflicts = merge(&[("gcc", &a), ("clang", &b)], &BTreeMap::new()).unwrap_err();
        let texts: Vec<String> = conflicts.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            ["x: gcc and clang both bring it, and differ", "y: gcc and clang both bring it, and differ"]
        );
    }

    #[test]
    fn a_declared_winner_wins_from_either_side() {
        let (a, b) = (tree(&[("x", "1")]), tree(&[("x", "2")]));
        for (winner, content) in [("a", "1"), ("b", "2")] {
            let winners = BTreeMap::from([(TreePath::parse("x").unwrap(), winner.to_owned())]);
            assert_eq!(merge(&[("a", &a), ("b", &b)], &winners).unwrap(), tree(&[("x", content)]));
        }
    }

    #[test]
    fn a_winner_wins_among_three_in_every_order() {
        let trees = [("a", tree(&[("x", "1")])), ("b", tree(&[("x", "2")])), ("c", tree(&[("x", "3")]))];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let inputs: Vec<(&str, &Tree)> = order.iter().map(|at| (trees[*at].0, &trees[*at].1)).collect();
            for (winner, expected) in &trees {
                let winners = BTreeMap::from([(TreePath::parse("x").unwrap(), (*winner).to_owned())]);
                assert_eq!(merge(&inputs, &winners).unwrap(), *expected, "{winner} in {order:?}");
            }
        }
    }

    #[test]
    fn a_file_never_shadows_the_entries_of_a_directory() {
        let (a, b) = (tree(&[("lib", "->usr/lib")]), tree(&[("lib/x", "1")]));
        assert!(merge(&[("a", &a), ("b", &b)], &BTreeMap::new()).is_err());
        let winners = BTreeMap::from([(TreePath::parse("lib").unwrap(), "a".to_owned())]);
        assert!(merge(&[("a", &a), ("b", &b)], &winners).is_err());
    }
}
