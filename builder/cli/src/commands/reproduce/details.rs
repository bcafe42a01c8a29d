// SPDX-License-Identifier: Apache-2.0 OR MIT
//! In what the artifacts of two builds differ.

use std::collections::BTreeMap;

use ashlar_compare::{Bounds, Comparison};
use ashlar_digest::TreeDigest;
use ashlar_store::Store;

use crate::artifact::{store_side, unreadable};
use crate::expected::Digests;
use crate::failure::Failure;

/// Artifacts of which it is told in what they differ: one leak reaches all that is made from it.
const DETAILED: usize = 3;

/// Of the first few artifacts that both builds gave and both stores have; of recipes first, for whatever leaks into one shows in the
/// image. What is no tree, such as a root hash, has no details.
pub(super) fn of(
    first_store: &Store,
    second_store: &Store,
    first: &BTreeMap<String, Digests>,
    second: &BTreeMap<String, Digests>,
) -> Result<BTreeMap<String, Comparison>, Failure> {
    let mut found = BTreeMap::new();
    let all = |goals: &BTreeMap<String, Digests>| -> Digests {
        goals.values().flatten().map(|(name, digest)| (name.clone(), digest.clone())).collect()
    };
    let (one, two) = (all(first), all(second));
    let mut names: Vec<(&String, &String)> = one.iter().collect();
    names.sort_by_key(|(name, _)| !name.starts_with("recipe "));
    for (name, digest) in names {
        let Some(other) = two.get(name).filter(|other| *other != digest) else { continue };
        let (Ok(digest), Ok(other)) = (digest.parse::<TreeDigest>(), other.parse::<TreeDigest>()) else {
            continue;
        };
        if found.len() < DETAILED && first_store.has_tree(digest) && second_store.has_tree(other) {
            let one = store_side(first_store, "the first build", first_store.get_tree(digest)?);
            let two = store_side(second_store, "the second build", second_store.get_tree(other)?);
            let comparison = ashlar_compare::compare(&one, &two, &Bounds::default()).map_err(unreadable)?;
            found.insert(name.clone(), comparison);
        }
    }
    Ok(found)
}

/// For people.
pub(super) fn lines(details: &BTreeMap<String, Comparison>) -> Vec<String> {
    let mut lines = Vec::new();
    for (name, comparison) in details {
        lines.push(format!("{name}:"));
        lines.extend(comparison.lines(&Bounds::default()).iter().map(|line| format!("  {line}")));
    }
    lines
}
