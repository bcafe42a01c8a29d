// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file a command: parse, call a library, show.


mod build;
mod check;
mod fetch;
mod lock;
mod log;

mod schema;
mod shell;
mod store;

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
        Command::Boot { .. } | Command::Reproduce { .. } => Ok(Outcome::DONE),
        Command::Shell { recipe } => shell::run(global, terminal, recipe),
        Command::Log { recipe } => log::run(global, terminal, recipe),
        Command::Store { command } => store::run(global, terminal, command),
        Command::Schema { kind } => schema::run(terminal, *kind),
    }
}
