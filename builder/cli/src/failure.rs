// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How a command ends: outcomes, failures, and the one table of exit codes.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done, and nothing was found |
//! | 1 | a finding: a recipe is wrong, a build or boot failed, the store is damaged |
//! | 2 | the command line is wrong |
//! | 3 | the surroundings failed: network, disk, sandbox |
//! | 4 | the result is not the expected one: `ashlar.expected`, a second build, another release or artifact differ |
//! | 5 | a release is consistent, but no publisher that is trusted signed it |
//! | 141 | whoever read the result stopped (`| head`); what shells say of programs that SIGPIPE ends |

use std::process::ExitCode;

pub(crate) use ashlar_causes::chain;
use ashlar_engine::EngineError;
use ashlar_fetch::FetchError;
use ashlar_lock::LockerError;
use ashlar_plan::{LockError, PlanError};
use ashlar_recipe::RecipeError;
use ashlar_record::RecordError;
use ashlar_release_bundle::BundleError;
use ashlar_sandbox::SandboxError;
use ashlar_store::StoreError;

/// What kind of end it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Done,
    Finding,
    Usage,
    Surroundings,
    Unexpected,
    Unproven,
    Unread,
}

impl Kind {
    /// The exit code; the only place where there are numbers.
    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Done => 0,
            Self::Finding => 1,
            Self::Usage => 2,
            Self::Surroundings => 3,
            Self::Unexpected => 4,
            Self::Unproven => 5,
            Self::Unread => 141,
        })
    }
}

/// A command that came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome(pub(crate) Kind);

impl Outcome {
    pub(crate) const DONE: Self = Self(Kind::Done);

    pub(crate) fn code(self) -> ExitCode {
        self.0.code()
    }
}

/// A command that could not.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Recipe(#[from] RecipeError),
    #[error("{0}")]
    Invalid(#[from] ashlar_recipe::Invalid),
    #[error(transparent)]
    Plan(#[from] PlanError),
    #[error(transparent)]
    Lock(#[from] LockError),
    #[error(transparent)]
    Locker(#[from] LockerError),
    #[error(transparent)]
    Bundle(#[from] BundleError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Build(Vec<EngineError>),
    #[error("{message}")]
    Surroundings { message: String, help: Option<String> },
    #[error("{message}")]
    Usage { message: String, help: Option<String> },
    #[error("{message}")]
    Finding { message: String, help: Option<String> },
    /// Standard output is a pipe that nobody reads any more: no fault, and nothing to say.
    #[error("write the result: nobody reads it any more")]
    Unread,
}

impl Failure {
    pub(crate) fn surroundings(message: impl Into<String>) -> Self {
        Self::Surroundings { message: message.into(), help: None }
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Recipe(RecipeError::NoProject { .. }) | Self::Usage { .. } | Self::Invalid(_) => {
                Kind::Usage
            }
            Self::Bundle(BundleError::Name { .. }) => Kind::Usage,
            Self::Bundle(BundleError::Write { .. } | BundleError::Lock { .. }) => Kind::Surroundings,
            Self::Recipe(_)
            | Self::Plan(_)
            | Self::Lock(_)
            | Self::Bundle(_)
            | Self::Record(_)
            | Self::Finding { .. } => Kind::Finding,
            Self::Locker(error) => match error {
                LockerError::Fetch { .. } | LockerError::Modules { .. } | LockerError::Store { .. } => {
                    Kind::Surroundings
                }
                _ => Kind::Finding,
            },
            Self::Store(_) | Self::Fetch(_) | Self::Sandbox(_) | Self::Surroundings { .. } => {
                Kind::Surroundings
            }
            Self::Build(errors) if errors.iter().all(is_surroundings) => Kind::Surroundings,
            Self::Build(_) => Kind::Finding,
            Self::Unread => Kind::Unread,
        }
    }

    /// The next steps to take.
    pub(crate) fn help(&self) -> Option<String> {
        match self {
            Self::Recipe(error) => error.help(),
            Self::Invalid(error) => error.help.clone(),
            Self::Plan(error) => error.help(),
            Self::Lock(_) => Some("run `ashlar lock` to write it anew".to_owned()),
            Self::Locker(error) => error.help(),
            Self::Bundle(error) => error.help(),
            Self::Store(error) => error.help(),
            Self::Record(error) => error.help(),
            Self::Fetch(error) => error.help(),
            Self::Sandbox(error) => error.help(),
            // Each error of a build is shown with its own.
            Self::Build(_) | Self::Unread => None,
            Self::Surroundings { help, .. } | Self::Usage { help, .. } | Self::Finding { help, .. } => {
                help.clone()
            }
        }
    }
}

fn is_surroundings(error: &EngineError) -> bool {
    matches!(
        error,
        EngineError::Store { .. }
            | EngineError::Record { .. }
            | EngineError::Sources { .. }
            | EngineError::Io { .. }
            | EngineError::Sandbox { .. }
    )
}
