// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar sbom`: documents that say what is in something, ours and those of others (docs/sbom.md).

mod diff;
mod lint;
mod show;
mod who_owns;
mod write;

use ashlar_compare::escaped;
use ashlar_sbom::{Note, SbomError};

use crate::arguments::{Global, SbomCommand};
use crate::failure::{Failure, Outcome, chain};
use crate::terminal::Terminal;

pub(crate) fn run(global: &Global, terminal: &Terminal, command: &SbomCommand) -> Result<Outcome, Failure> {
    match command {
        SbomCommand::Show { what, html } => show::run(global, terminal, what, html.as_deref()),
        SbomCommand::WhoOwns { path, what } => who_owns::run(global, terminal, path, what),
        SbomCommand::Lint { what, strict } => lint::run(global, terminal, what, *strict),
        SbomCommand::Diff { old, new } => diff::run(global, terminal, old, new),
        SbomCommand::Export { what, format, written } => {
            write::export(global, terminal, what, format.format(), written)
        }
        SbomCommand::Merge { what, format, written } => {
            write::merged(global, terminal, what, format.format(), written)
        }
    }
}

/// What of the document at `place` was not taken over, beside the result. A line of it is not ours.
fn tell_notes(terminal: &Terminal, place: &str, notes: &[Note]) {
    for note in notes {
        terminal.note(&escaped(&format!("note: {place}: {note}")));
    }
}

/// What fails although every document could be read.
fn failure(cause: &SbomError) -> Failure {
    Failure::Finding { message: chain(cause), help: cause.help() }
}
