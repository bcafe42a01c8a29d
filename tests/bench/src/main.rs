// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `just bench`: what the sandbox, a project of ten thousand recipes, a store, a build that has nothing to do and a release cost, held
//! against their bars.
//!
//! Where there is a peer, every measurement is interleaved with one of it, and it is measured twice: where it differs from itself
//! the machine is too restless, and the answer is `inconclusive`. How each figure is taken: docs/benchmarks.md.
#![forbid(unsafe_code)]

mod bubblewrap;
mod check;
mod compile;
mod cpu;
mod error;
mod idle;
mod inputs;
mod kernel_tree;
mod machine;
mod options;
mod release;
mod report;
mod scale;
mod series;
mod start;
mod verdict;

use std::io::Write as _;
use std::process::ExitCode;

use crate::error::{BenchError, describe};
use crate::inputs::{Inputs, Tools};
use crate::options::{Asked, Options, USAGE};
use crate::report::Report;
use crate::verdict::Verdict;

/// A bar was missed.
const MISSED: u8 = 1;
/// The command line is wrong.
const WRONG_USAGE: u8 = 2;
/// Something could not be measured.
const NOT_MEASURED: u8 = 3;

fn main() -> ExitCode {
    let result = Options::parse(std::env::args_os().skip(1)).and_then(|asked| match asked {
        Asked::Help => print(USAGE).map(|()| Verdict::Pass),
        Asked::Measure(options) => bench(&options),
    });
    match result {
        Ok(Verdict::Pass | Verdict::Inconclusive) => ExitCode::SUCCESS,
        Ok(Verdict::Missed) => ExitCode::from(MISSED),
        Err(error) => {
            say(&describe(&error));
            ExitCode::from(if matches!(error, BenchError::Usage { .. }) { WRONG_USAGE } else { NOT_MEASURED })
        }
    }
}

fn bench(options: &Options) -> Result<Verdict, BenchError> {
    let inputs = Inputs::prepare(options)?;
    let runs_programs = options.wants(options::Bar::Start) || options.wants(options::Bar::Compile);
    let tools = if runs_programs { Some(Tools::prepare(&inputs)?) } else { None };
    let mut report = Report::begin()?;
    // The longest comes last: whoever interrupts it has seen the others.
    if let Some(tools) = tools.as_ref().filter(|_| options.wants(options::Bar::Start)) {
        report.add(start::measure(tools, options.starts)?);
    }
    if options.wants(options::Bar::Scale) {
        report.add(scale::measure(&inputs, options.plans)?);
    }
    if options.wants(options::Bar::Store) {
        report.add(check::measure(&inputs, options.checks)?);
    }
    if options.wants(options::Bar::Idle) {
        report.add(idle::measure(&inputs, options.builds)?);
    }
    if options.wants(options::Bar::Release) {
        release::measure(&inputs, options.releases)?.into_iter().for_each(|bar| report.add(bar));
    }
    if let Some(tools) = tools.as_ref().filter(|_| options.wants(options::Bar::Compile)) {
        report.add(compile::measure(tools, options.rounds, options.jobs)?);
    }
    report.end()?;
    print(&report.table())?;
    if let Some(path) = &options.json {
        std::fs::write(path, report.json()).map_err(|source| BenchError::File {
            operation: "write",
            path: path.clone(),
            source,
        })?;
    }
    Ok(report.verdict())
}

fn print(text: &str) -> Result<(), BenchError> {
    std::io::stdout().write_all(text.as_bytes()).map_err(|source| BenchError::Print { source })
}

/// Tells the person who waits; whether anybody listens does not matter.
fn say(line: &str) {
    let _closed = writeln!(std::io::stderr(), "{line}");
}
