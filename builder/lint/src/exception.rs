// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a recipe excepts from a rule.

use ashlar_recipe::Rule;
use ashlar_tree::Pattern;

/// A rule that is not applied to some subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The rule.
    pub rule: Rule,
    /// The subjects, as [`ashlar_recipe::Excepted`] says for the rule.
    pub patterns: Vec<Pattern>,
    /// Why.
    pub because: String,
}
