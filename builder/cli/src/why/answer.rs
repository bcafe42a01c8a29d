// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The answer, as values.

use std::time::Duration;

use ashlar_digest::DerivationId;

/// Why a node is built, or why not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// The node's key, such as `recipe musl`.
    pub(crate) node: String,
    pub(crate) standing: Standing,
}

/// How a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The store has it since this moment (since 1970): it is not built.
    Stored { id: DerivationId, since: Duration },
    /// Nothing of this name was ever built, or it was removed.
    New,
    /// Something else was built last.
    Changed {
        before: DerivationId,
        /// When that was recorded, since 1970.
        since: Duration,
        causes: Vec<Cause>,
    },
}

/// One thing that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A text, such as a step; empty where there is none.
    Text { what: String, before: String, after: String },
    /// A value, such as a variable; `None` where there is none.
    Value { what: String, before: Option<String>, after: Option<String> },
    /// Files of the project: which, and how (`+ recipes/x/patches/y.patch`).
    Files { what: String, changes: Vec<String> },
    /// Something else is read, or no longer: `+ musl:dev`.
    Set { what: String, is_new: bool },
    /// An input of another node.
    Input(Box<Input>),
}

/// An input that is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Input {
    /// What it is called: `musl:dev`, `seed toolchain`.
    pub(crate) name: String,
    /// What it is to whoever reads it, such as `target root`.
    pub(crate) role: String,
    /// The paths that differ; `None` where it is not built yet.
    pub(crate) changes: Option<Vec<String>>,
    /// Why it is another; empty where nobody knows any more.
    pub(crate) causes: Vec<Cause>,
    /// Whether its causes were told before.
    pub(crate) told: bool,
}

impl Answer {
    /// Whether it is sure that the node is built: not if all that differs are inputs that are to be built first and may give
    /// the same bytes as before.
    pub(crate) fn is_certain(&self) -> bool {
        match &self.standing {
            Standing::Stored { .. } | Standing::New => true,
            Standing::Changed { causes, .. } => !causes.iter().all(Cause::is_pending),
        }
    }

    /// From the node to the first cause, each said to be the reason of the one before it.
    pub(crate) fn chain(&self) -> Vec<String> {
        let mut chain = Vec::new();
        let Standing::Changed { causes, .. } = &self.standing else { return chain };
        let mut causes = causes;
        while let Some(cause) = causes.first() {
            chain.push(cause.brief());
            let Cause::Input(input) = cause else { break };
            causes = &input.causes;
        }
        chain
    }
}

impl Cause {
    fn is_pending(&self) -> bool {
        matches!(self, Self::Input(input) if input.changes.is_none())
    }

    /// In a few words, as they fit behind "because".
    pub(crate) fn brief(&self) -> String {
        let change = |what: &str, before: bool, after: bool| match (before, after) {
            (false, _) => format!("{what} is new"),
            (_, false) => format!("{what} is gone"),
            _ => format!("{what} changed"),
        };
        match self {
            Self::Text { what, before, after } => change(what, !before.is_empty(), !after.is_empty()),
            Self::Value { what, before, after } => change(what, before.is_some(), after.is_some()),
            Self::Files { what, changes } => match changes.as_slice() {
                [one] => match one.split_once(' ') {
                    Some(("+", path)) => change(path, false, true),
                    Some(("-", path)) => change(path, true, false),
                    _ => change(one.trim_start_matches("~ "), true, true),
                },
                _ => change(what, true, true),
            },
            Self::Set { what, is_new } => change(what, !is_new, *is_new),
            Self::Input(input) if input.changes.is_none() => format!("{} is to be built", input.name),
            Self::Input(input) => change(&input.name, true, true),
        }
    }
}
