// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What was built before: found by name, or by the tree that came out.

use std::collections::BTreeSet;

use ashlar_digest::{DerivationId, TreeDigest};
use ashlar_store::{Past, Store};

use crate::failure::Failure;

/// All that the store realised, the oldest first.
pub(crate) struct History {
    past: Vec<Past>,
    /// What this project was built from last, whichever goal was asked for. Other projects may use the same store, and the same
    /// names for other things.
    ours: BTreeSet<DerivationId>,
}

impl History {
    pub(crate) fn of(store: &Store, ours: BTreeSet<DerivationId>) -> Result<Self, Failure> {
        Ok(Self { past: store.past()?, ours })
    }

    /// The last that was built under `name` and is not `but`; what this project was built from goes before all else.
    pub(crate) fn last(&self, name: &str, but: Option<DerivationId>) -> Option<&Past> {
        let named =
            || self.past.iter().rev().filter(|past| past.realisation.name == name && Some(past.id) != but);
        named().find(|past| self.ours.contains(&past.id)).or_else(|| named().next())
    }

    /// The last that gave `tree`; one called `name` goes before all others.
    pub(crate) fn maker(&self, tree: TreeDigest, name: &str) -> Option<&Past> {
        let makers = || {
            self.past.iter().rev().filter(|past| past.realisation.outputs.values().any(|made| *made == tree))
        };
        makers().find(|past| past.realisation.name == name).or_else(|| makers().next())
    }
}
