// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a recipe is built: its inputs, environment, steps, tests and assertions.
//! Syntax: docs/recipe-format.md, "build".

use std::collections::BTreeMap;

use ashlar_tree::TreePath;

use crate::assertion::Assertion;
use crate::code::Code;
use crate::error::Invalid;
use crate::exception::because;
use crate::location::tree_path;
use crate::name::SetName;
use crate::read::{Scope, Value, any, distinct, line, list, table, text, words};
use crate::reference::OutputRef;
use crate::step::Step;

/// Environment variables that the sandbox sets; a recipe that set them would lie to its own steps.
pub(crate) const RESERVED: [&str; 11] = [
    "PATH",
    "HOME",
    "TMPDIR",
    "LANG",
    "LC_ALL",
    "TZ",
    "SOURCE_DATE_EPOCH",
    "JOBS",
    "OUT",
    "TARGET",
    "LD_PRELOAD",
];

/// The `[build]` table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Seed sets, merged at `/`.
    pub seeds: Vec<SetName>,
    /// Outputs merged at `/`: programs and libraries that run during the build.
    pub host: Vec<OutputRef>,
    /// Outputs merged at `/target`, with what they propagate: headers and libraries to build against.
    pub target: Vec<OutputRef>,
    /// Added to the environment of every step and test.
    pub env: BTreeMap<String, String>,
    /// Which input wins where two bring the same path.
    pub winners: Vec<Winner>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// Shell scripts that see the result read-only; one that fails fails the build.
    pub tests: Vec<String>,
    /// Builtin checks of the result.
    pub asserts: Vec<Assertion>,
}

/// One `[[build.winner]]`: two inputs bring the same path, and one of them is meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Winner {
    /// Which of the merged trees.
    pub root: Root,
    /// The path.
    pub path: TreePath,
    /// The input that wins: a seed set, or `recipe:output`.
    pub input: String,
    /// Why.
    pub because: String,
}

/// The two trees that the inputs of a build are merged into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Root {
    /// `/`.
    Host,
    /// `/target`.
    Target,
}

/// The keys of `[build]` that a variant may restate. `None` leaves the recipe's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct BuildOverride {
    pub(crate) seeds: Option<Vec<SetName>>,
    pub(crate) host: Option<Vec<OutputRef>>,
    pub(crate) target: Option<Vec<OutputRef>>,
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) winners: Option<Vec<Winner>>,
    pub(crate) steps: Option<Vec<Step>>,
    pub(crate) tests: Option<Vec<String>>,
    pub(crate) asserts: Option<Vec<Assertion>>,
}

impl BuildOverride {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        Some(Self {
            seeds: scope.optional("seeds", distinct(SetName::parse)),
            host: scope.optional("host", distinct(OutputRef::parse)),
            target: scope.optional("target", distinct(OutputRef::parse)),
            env: scope.optional("env", environment).unwrap_or_default(),
            winners: scope.optional("winner", list(table(Winner::read))),
            steps: scope.optional("step", list(table(Step::read))),
            tests: scope.optional("test", list(table(|scope| scope.required("run", text(words))))),
            asserts: scope.optional("assert", list(table(Assertion::read))),
        })
    }
}

impl Build {
    pub(crate) fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        if !scope.has("step") {
            scope.required("step", |_| Some(()));
        }
        let read = BuildOverride::read(scope)?;
        Some(Self {
            seeds: read.seeds.unwrap_or_default(),
            host: read.host.unwrap_or_default(),
            target: read.target.unwrap_or_default(),
            env: read.env,
            winners: read.winners.unwrap_or_default(),
            steps: read.steps.unwrap_or_default(),
            tests: read.tests.unwrap_or_default(),
            asserts: read.asserts.unwrap_or_default(),
        })
    }

    /// This build with what `change` restates: variables are added or replaced, everything else is replaced whole.
    pub(crate) fn with(&self, change: &BuildOverride) -> Self {
        let mut env = self.env.clone();
        env.extend(change.env.iter().map(|(name, value)| (name.clone(), value.clone())));
        Self {
            seeds: change.seeds.clone().unwrap_or_else(|| self.seeds.clone()),
            host: change.host.clone().unwrap_or_else(|| self.host.clone()),
            target: change.target.clone().unwrap_or_else(|| self.target.clone()),
            env,
            winners: change.winners.clone().unwrap_or_else(|| self.winners.clone()),
            steps: change.steps.clone().unwrap_or_else(|| self.steps.clone()),
            tests: change.tests.clone().unwrap_or_else(|| self.tests.clone()),
            asserts: change.asserts.clone().unwrap_or_else(|| self.asserts.clone()),
        }
    }
}

impl Winner {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let root = scope.optional("root", text(Root::parse)).unwrap_or(Root::Host);
        let path = scope.required("path", text(tree_path));
        let input = scope.required("input", text(line));
        let because = because(scope);
        Some(Self { root, path: path?, input: input?, because: because? })
    }
}

impl Root {
    fn parse(text: &str) -> Result<Self, Invalid> {
        match text {
            "host" => Ok(Self::Host),
            "target" => Ok(Self::Target),
            _ => Err(Invalid::new(Code::Choice, format!("{text:?} is no root of a build"))
                .help("write \"host\" (merged at /) or \"target\" (merged at /target)")),
        }
    }
}

fn environment(value: &Value<'_, '_>) -> Option<BTreeMap<String, String>> {
    Some(value.map(variable_name, |_, value| text(variable_value)(value))?.into_iter().collect())
}

fn variable_name(found: &str) -> Result<String, Invalid> {
    let wrong =
        |reason: &str| Err(Invalid::new(Code::Name, format!("{found:?} is no variable here: {reason}")));
    let first = found.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !first || !found.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return wrong("use letters, digits and `_`");
    }
    if RESERVED.contains(&found) {
        return wrong("the sandbox sets it, the same for every recipe");
    }
    Ok(found.to_owned())
}

fn variable_value(found: &str) -> Result<String, Invalid> {
    if found.contains('\0') {
        return Err(Invalid::new(Code::OutOfRange, "an environment variable cannot hold a NUL"));
    }
    any(found)
}
