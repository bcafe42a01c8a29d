// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The rules that what a recipe installs is judged by: the one list of them, from which their page and their exceptions come.
//!
//! A rule's id is stable: recipes, CI and people search for it. How each is judged is code of `ashlar-lint`.

mod catalogue;
mod reference;

pub use catalogue::Rule;
pub use reference::{explanation, rules_reference};

use crate::code::Code;
use crate::error::Invalid;
use crate::suggest::did_you_mean;

/// What becomes of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// What was installed does not ship: the build fails.
    Error,
    /// It is shown, and fails `ashlar lint --strict`.
    Warning,
}

impl Severity {
    /// For people and programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// How a rule is excepted from, and what the exception names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Excepted {
    /// By an `[[output.exception]]` whose `paths` are files of the output.
    Files,
    /// By an `[[output.exception]]` whose `paths` are outputs, `recipe:output`.
    Outputs,
    /// By an `[[output.exception]]` whose `paths` are folders that should have been there.
    Folders,
    /// By the `[[output.attribute]]` that declares it, and says why.
    Attribute,
    /// Not at all.
    Never,
}

impl Excepted {
    /// For people, as a cell of the table.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Files => "files",
            Self::Outputs => "`recipe:output`",
            Self::Folders => "`usr/share/licenses/<recipe>`",
            Self::Attribute => "none: its `[[output.attribute]]` says why",
            Self::Never => "none",
        }
    }
}

impl Rule {
    /// The rule called `id`.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.id() == id)
    }

    /// The rule that somebody asked for by `id`.
    ///
    /// # Errors
    /// [`Code::Choice`], with the nearest one.
    pub fn asked(id: &str) -> Result<Self, Invalid> {
        Self::find(id).ok_or_else(|| {
            let ids = Self::ALL.iter().map(|rule| rule.id());
            Invalid::new(Code::Choice, format!("{id:?} is no rule")).help(did_you_mean(id, "rules", ids))
        })
    }

    /// Whether an `[[output.exception]]` may name it.
    #[must_use]
    pub const fn has_exceptions(self) -> bool {
        matches!(self.excepted(), Excepted::Files | Excepted::Outputs | Excepted::Folders)
    }

    /// The ids that an `[[output.exception]]` may name.
    pub(crate) fn ids_with_exceptions() -> Vec<&'static str> {
        Self::ALL.iter().filter(|rule| rule.has_exceptions()).map(|rule| rule.id()).collect()
    }

    /// Reads `rule` of an `[[output.exception]]`.
    pub(crate) fn parse_excepted(text: &str) -> Result<Self, Invalid> {
        let wrong = || Invalid::new(Code::Choice, format!("{text:?} is no rule that has exceptions"));
        let Some(rule) = Self::find(text) else {
            let help = did_you_mean(text, "rules", Self::ids_with_exceptions());
            return Err(wrong().help(help));
        };
        match rule.excepted() {
            Excepted::Files | Excepted::Outputs | Excepted::Folders => Ok(rule),
            Excepted::Attribute => Err(wrong().help(
                "what is declared by [[output.attribute]] is excepted by it: that is where `because` stands",
            )),
            Excepted::Never => Err(wrong().help(rule.next())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_distinct_kebab_case_and_found_again() {
        let mut ids = BTreeSet::new();
        for rule in Rule::ALL {
            let id = rule.id();
            assert!(
                id.split('-').all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())),
                "{id}"
            );
            assert!(ids.insert(id), "{id} is there twice");
            assert_eq!(Rule::find(id), Some(*rule));
        }
        let unknown = Rule::asked("relr").unwrap_err();
        assert_eq!(unknown.help.unwrap(), "did you mean `relro`?");
    }

    #[test]
    fn every_rule_says_in_sentences_what_holds_why_and_what_to_do() {
        for rule in Rule::ALL {
            for text in [rule.summary(), rule.why(), rule.next()] {
                assert!(
                    text.ends_with('.') && !text.contains('\n') && !text.contains("  "),
                    "{}: {text:?}",
                    rule.id()
                );
            }
            assert!(rule.summary().len() < 100, "{}", rule.id());
        }
    }

    #[test]
    fn what_says_why_elsewhere_or_must_hold_has_no_exceptions() {
        assert_eq!(Rule::parse_excepted("stripped"), Ok(Rule::Stripped));
        for rule in [Rule::NoSetuid, Rule::NoWorldWritable, Rule::InputsUsed, Rule::ExceptionUsed] {
            assert!(Rule::parse_excepted(rule.id()).is_err(), "{}", rule.id());
        }
    }
}
