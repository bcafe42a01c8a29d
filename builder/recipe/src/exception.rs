// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Exceptions: declared, with a reason, and if need be for a limited time.
//! Syntax: docs/recipe-format.md, "exceptions".

use ashlar_tree::Pattern;

use crate::code::Code;
use crate::date::Date;
use crate::error::Invalid;
use crate::location::pattern;
use crate::read::{Scope, distinct, line, text};

/// A rule of the engine that an output may be excepted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Programs and libraries carry no debug sections.
    Stripped,
    /// Every declared `runtime` output is used by some file: one that is loaded by name at run time is not seen.
    RuntimeUsed,
    /// Every library and interpreter that a file needs is in the declared closure.
    RuntimeDeclared,
}

impl Rule {
    /// All rules.
    pub const ALL: &'static [Self] = &[Self::Stripped, Self::RuntimeUsed, Self::RuntimeDeclared];

    /// The name, as it is written in files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Stripped => "stripped",
            Self::RuntimeUsed => "runtime-used",
            Self::RuntimeDeclared => "runtime-declared",
        }
    }

    fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.iter().copied().find(|rule| rule.as_str() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|rule| rule.as_str()).collect();
            Invalid::new(Code::Choice, format!("{text:?} is no rule that has exceptions"))
                .help(format!("rules: {}", names.join(", ")))
        })
    }
}

/// One `[[output.exception]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// The rule that is not applied.
    pub rule: Rule,
    /// The paths of the output it is not applied to; for [`Rule::RuntimeUsed`] the references, as text.
    pub paths: Vec<Pattern>,
    /// Why.
    pub because: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

impl Exception {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let rule = scope.required("rule", text(Rule::parse));
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
