// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a build does, step by step: archives unpacked, scripts, and *typed* steps, whose parameters are checked here and
//! reach a fixed script as files, never as text of it.
//! Syntax: docs/recipe-format.md, "build"; the kinds and their parameters: docs/steps.md, `ashlar steps`.

mod kinds;
mod parameter;
mod reference;
mod typed;

use crate::code::Code;
use crate::name::SourceName;
use crate::read::{Scope, text, words};
use crate::source::one_of;

pub use kinds::StepKind;
pub use parameter::{Parameter, ParameterKind, Presence};
pub use reference::steps_reference;
pub use typed::TypedStep;

/// One `[[build.step]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Unpacks a tar archive into `/build/<name>`, without its first path component.
    Unpack(SourceName),
    /// Runs a script by `/bin/sh -eu`, in `/build`.
    Run(String),
    /// One of the kinds that Ashlar knows.
    Typed(TypedStep),
}

impl Step {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let mut keys = vec!["unpack", "run"];
        keys.extend(StepKind::ALL.iter().map(|kind| kind.name()));
        match one_of(scope, &keys, Code::StepKind, "a step")? {
            "unpack" => scope.optional("unpack", text(SourceName::parse)).map(Self::Unpack),
            "run" => scope.optional("run", text(words)).map(Self::Run),
            name => TypedStep::read(scope, StepKind::named(name)?).map(Self::Typed),
        }
    }

    /// The sources that it names, each with the key path of its name inside the step.
    pub(crate) fn sources(&self) -> Vec<(String, &str)> {
        match self {
            Self::Unpack(name) => vec![("unpack".to_owned(), name.as_str())],
            Self::Run(_) => Vec::new(),
            Self::Typed(step) => step.sources(),
        }
    }
}
