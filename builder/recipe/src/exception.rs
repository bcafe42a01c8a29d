// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Exceptions: declared, with a reason, and if need be for a limited time.
//! Syntax: docs/recipe-format.md, "exceptions".

use ashlar_tree::Pattern;

use crate::code::Code;
use crate::date::Date;
use crate::error::Invalid;
use crate::location::pattern;
use crate::read::{Scope, distinct, line, text};
use crate::rule::Rule;

/// One `[[output.exception]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The rule that is not applied.
    pub rule: Rule,
    /// The paths of the output it is not applied to; or what else its rule names ([`crate::Excepted`]), as text.
    pub paths: Vec<Pattern>,
    /// Why.
    pub because: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

impl Exception {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let rule = scope.required("rule", text(Rule::parse_excepted));
        let paths = scope.required("paths", distinct(pattern));
        let because = because(scope);
        let until = scope.optional("until", Date::read);
        Some(Self { rule: rule?, paths: paths?, because: because?, until })
    }
}

/// Reads `because`, which everything out of the ordinary must have.
pub(crate) fn because(scope: &Scope<'_, '_>) -> Option<String> {
    if !scope.has("because") {
        scope.report(
            "",
            Invalid::new(Code::Because, "this exception does not say why")
                .help("add `because = \"…\"`, a sentence for whoever reviews it in a year"),
        );
        return None;
    }
    scope.optional("because", text(line))
}
