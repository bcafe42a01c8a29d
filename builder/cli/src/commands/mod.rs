// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file a command: parse, call a library, show.

mod audit;
mod boot;
mod build;
mod bump;
mod check;
mod completions;
mod diff;
mod explain;
mod fetch;
mod graph;
mod leg;
mod lint;
mod lints;
mod lock;
mod log;
mod man;
mod reassemble;
mod rebuild;
mod release;
mod reproduce;
mod sbom;
mod schema;
mod shell;
mod steps;
mod store;
mod timeline;
mod trial;
mod verify;
mod why;

use crate::arguments::{Arguments, Command};
use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

/// Runs the command that was asked for.
pub(crate) fn run(arguments: &Arguments, terminal: &Terminal) -> Result<Outcome, Failure> {
    let global = &arguments.global;
    match &arguments.command {
        Command::Check => check::run(global, terminal),
        Command::Lock { what, check } => lock::run(global, terminal, what, *check),
        Command::Fetch { what } => fetch::run(global, terminal, what),
        Command::Build { what, accept } => build::run(global, terminal, what, *accept),
        Command::Boot(asked) => boot::run(global, terminal, asked),
        Command::Reproduce { what, only, against_store, against_expected, folder } => {
            let asked = reproduce::Asked {
                what,
                only,
                against_store: *against_store,
                against_expected: *against_expected,
                folder: folder.as_deref(),
            };
            reproduce::run(global, terminal, &asked)
        }
        Command::Sbom { command } => sbom::run(global, terminal, command),
        Command::Lint(asked) => lint::run(global, terminal, asked),
        Command::Lints => lints::run(terminal),
        Command::Leg(leg) => leg::run(global, terminal, leg),
        Command::Release(asked) => release::run(global, terminal, asked),
        Command::Verify { directory, trust } => verify::run(terminal, directory, trust),
        Command::Audit(asked) => audit::run(global, terminal, asked),
        Command::Reassemble { directory, into } => reassemble::run(global, terminal, directory, into),
        Command::Diff { first, second } => diff::run(global, terminal, first, second),
        Command::Trial { kernel, modules } => trial::run(global, terminal, kernel, modules),
        Command::Shell { recipe } => shell::run(global, terminal, recipe),
        Command::Log { recipe } => log::run(global, terminal, recipe),
        Command::Timeline { record, last: _, output } => {
            timeline::run(global, terminal, record.as_deref(), output.as_deref())
        }
        Command::Why { what } => why::run(global, terminal, what),
        Command::Explain(asked) => explain::run(global, terminal, asked),
        Command::Graph(asked) => graph::run(global, terminal, asked),
        Command::Rebuild { recipe } => rebuild::run(global, terminal, recipe),
        Command::Bump(asked) => bump::run(global, terminal, asked),
        Command::Store { command } => store::run(global, terminal, command),
        Command::Steps => steps::run(terminal),
        Command::Completions { shell } => completions::run(terminal, *shell),
        Command::Man { folder } => man::run(terminal, folder),
        Command::Schema { kind } => schema::run(terminal, *kind),
    }
}
