// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong while derivations are realised.

use std::io;
use std::path::PathBuf;

use ashlar_digest::SourceDigest;
use ashlar_plan::PlanError;
use ashlar_store::StoreError;

/// A failed operation of the engine.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The store failed.
    #[error("use the store for {label}")]
    Store {
        /// The node worked on.
        label: String,
        /// Why.
        #[source]
        cause: Box<StoreError>,
    },
    /// The build record could not be written.
    #[error("write the build record")]
    Record {
        /// Why.
        #[source]
        cause: Box<StoreError>,
    },
    /// Planning failed.
    #[error("plan {label}")]
    Plan {
        /// The node worked on.
        label: String,
        /// Why.
        #[source]
        cause: Box<PlanError>,
    },
    /// Sources could not be had.
    #[error("bring the sources")]
    Sources {
        /// Why.
        #[source]
        cause: SourceError,
    },
    /// One of our own steps failed on its inputs.
    #[error("make {label}: {reason}")]
    Builtin {
        /// The node.
        label: String,
        /// What is wrong with its inputs.
        reason: String,
        /// The next step to take.
        help: Option<String>,
    },
    /// Reading or writing outside the store failed.
    #[error("{operation} {}", path.display())]
    Io {
        /// What was being done.
        operation: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// The sandbox could not be set up or run.
    #[error("run the sandbox for {label}")]
    Sandbox {
        /// The node.
        label: String,
        /// Why.
        #[source]
        cause: Box<ashlar_sandbox::SandboxError>,
    },
    /// A build ran and failed.
    #[error("build {label}: {reason}")]
    Build {
        /// The node.
        label: String,
        /// How it ended.
        reason: String,
        /// Its log.
        log: PathBuf,
        /// The last lines of the log.
        tail: Vec<String>,
    },
    /// A build gave what it must not give, or not what it must.
    #[error("accept the result of {label}:{}", lines(findings))]
    Result {
        /// The node.
        label: String,
        /// Everything that is wrong.
        findings: Vec<String>,
        /// Its log.
        log: PathBuf,
    },
    /// What a recipe installed breaks rules.
    #[error("accept what {output} installs:{}", lines(findings))]
    Lint {
        /// The output, as `recipe:output`.
        output: String,
        /// What breaks which rule.
        findings: Vec<String>,
        /// What to do about each rule, and how to except from one.
        help: String,
    },
}

/// Why sources could not be brought.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct SourceError {
    /// All that went wrong, one a line.
    pub message: String,
    /// The next step to take.
    pub help: Option<String>,
    /// Which could not be had.
    pub missing: Vec<SourceDigest>,
}

fn lines(findings: &[String]) -> String {
    findings.iter().fold(String::new(), |text, finding| text + "\n  " + finding)
}

impl EngineError {
    /// The next step to take.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Store { cause, .. } | Self::Record { cause } => cause.help(),
            Self::Plan { cause, .. } => cause.help(),
            Self::Sources { cause } => cause.help.clone(),
            Self::Sandbox { cause, .. } => cause.help(),
            Self::Build { label, log, .. } => {
                let shell = label
                    .strip_prefix("recipe ")
                    .map(|recipe| format!("; `ashlar shell {recipe}` enters the same sandbox"));
                Some(format!("the whole log is {}{}", log.display(), shell.unwrap_or_default()))
            }
            Self::Result { log, .. } => Some(format!("the log of the build is {}", log.display())),
            Self::Builtin { help, .. } => help.clone(),
            Self::Lint { help, .. } => Some(help.clone()),
            Self::Io { .. } => None,
        }
    }

    pub(crate) fn io(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |cause| Self::Io { operation, path, cause }
    }

    pub(crate) fn store(label: &str) -> impl FnOnce(StoreError) -> Self + use<> {
        let label = label.to_owned();
        move |cause| Self::Store { label, cause: Box::new(cause) }
    }

    pub(crate) fn builtin(label: &str, reason: impl Into<String>) -> Self {
        Self::Builtin { label: label.to_owned(), reason: reason.into(), help: None }
    }
}
