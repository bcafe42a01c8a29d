// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why something could not be measured.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use ashlar_causes::chain;
use ashlar_engine::EngineError;
use ashlar_plan::{LockError, PlanError};
use ashlar_recipe::RecipeError;
use ashlar_sandbox::SandboxError;
use ashlar_store::StoreError;

/// What went wrong; each fits after "failed to".
#[derive(Debug, thiserror::Error)]
pub(crate) enum BenchError {
    /// The command line is wrong.
    #[error("understand the command line: {message}")]
    Usage {
        /// What is wrong with it.
        message: String,
    },
    /// A file could not be read, written, made or removed.
    #[error("{operation} {}", path.display())]
    File {
        /// What was being done.
        operation: &'static str,
        /// With what.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file does not say what it should.
    #[error("understand {}: {reason}", path.display())]
    Content {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The results could not be shown.
    #[error("print the results")]
    Print {
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A program could not be started.
    #[error("start {}", program.display())]
    Program {
        /// Which.
        program: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A program that is measured, or prepares a measurement, failed.
    #[error("{operation}: it ended with {status}\n{tail}")]
    Failed {
        /// What was being done.
        operation: String,
        /// How it ended.
        status: String,
        /// The end of what it printed.
        tail: String,
    },
    /// Figures that cannot be true.
    #[error("believe what was measured: {reason}")]
    Unlikely {
        /// What contradicts them.
        reason: String,
    },
    /// The project cannot be read.
    #[error("read the project")]
    Project {
        /// Why not.
        #[source]
        source: Box<RecipeError>,
    },
    /// The recipe of the kernel is not as the benchmark knows it.
    #[error("find {what} in the recipe linux")]
    Recipe {
        /// What it lacks.
        what: &'static str,
    },
    /// The lock cannot be read.
    #[error("read ashlar.lock")]
    Lock {
        /// Why not.
        #[source]
        source: Box<LockError>,
    },
    /// A seed set cannot be planned.
    #[error("plan the tools")]
    Plan {
        /// Why not.
        #[source]
        source: Box<PlanError>,
    },
    /// A seed set cannot be unpacked.
    #[error("unpack the tools")]
    Tools {
        /// Why not.
        #[source]
        source: Box<EngineError>,
    },
    /// The store failed.
    #[error("use the store")]
    Store {
        /// Why.
        #[source]
        source: Box<StoreError>,
    },
    /// Our sandbox failed.
    #[error("run the sandbox")]
    Sandbox {
        /// Why.
        #[source]
        source: Box<SandboxError>,
    },
}

impl BenchError {
    pub(crate) fn file(operation: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { operation, path, source }
    }

    pub(crate) fn store(source: StoreError) -> Self {
        Self::Store { source: Box::new(source) }
    }

    pub(crate) fn sandbox(source: SandboxError) -> Self {
        Self::Sandbox { source: Box::new(source) }
    }

    pub(crate) fn failed(operation: impl Into<String>, status: ExitStatus, output: &[u8]) -> Self {
        Self::Failed { operation: operation.into(), status: status.to_string(), tail: tail(output) }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Usage { .. } => Some("`ashlar-bench --help` shows it".to_owned()),
            Self::Program { program, .. } if program.ends_with("ashlar") => {
                Some("run `cargo build --release`, or name the binary with `--ashlar FILE`".to_owned())
            }
            Self::Project { source } => source.help(),
            Self::Plan { source } => source.help(),
            Self::Tools { source } => source.help(),
            Self::Store { source } => source.help(),
            Self::Sandbox { source } => source.help(),
            _ => None,
        }
    }
}

/// The last lines of what a program printed.
pub(crate) fn tail(output: &[u8]) -> String {
    const LINES: usize = 20;
    let text = String::from_utf8_lossy(output);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}

/// The error with all its causes, and the next step to take.
pub(crate) fn describe(error: &BenchError) -> String {
    let text = format!("error: failed to {}", chain(error));
    match error.help() {
        Some(help) => format!("{text}\nhelp: {help}"),
        None => text,
    }
}
