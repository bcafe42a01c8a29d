// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What comes along: runtime closures, and development outputs that are propagated.

use std::collections::BTreeSet;

use crate::output::Output;
use crate::reference::OutputRef;
use crate::set::RecipeSet;

impl RecipeSet {
    /// `roots` and everything that they need to run, transitively.
    #[must_use]
    pub fn runtime_closure<'r>(&self, roots: impl IntoIterator<Item = &'r OutputRef>) -> BTreeSet<OutputRef> {
        self.follow(roots, |output| &output.runtime)
    }

    /// `roots` and everything that they propagate, transitively.
    #[must_use]
    pub fn propagated<'r>(&self, roots: impl IntoIterator<Item = &'r OutputRef>) -> BTreeSet<OutputRef> {
        self.follow(roots, |output| &output.propagates)
    }

    fn follow<'r>(
        &self,
        roots: impl IntoIterator<Item = &'r OutputRef>,
        next: impl Fn(&Output) -> &Vec<OutputRef>,
    ) -> BTreeSet<OutputRef> {
        let mut open: Vec<OutputRef> = roots.into_iter().cloned().collect();
        let mut closure = BTreeSet::new();
        while let Some(reference) = open.pop() {
            if let Some(output) =
                self.recipe(&reference.recipe).and_then(|recipe| recipe.output(&reference.output))
            {
                open.extend(next(output).iter().filter(|next| !closure.contains(*next)).cloned());
            }
            closure.insert(reference);
        }
        closure
    }
}
