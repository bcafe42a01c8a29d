// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The `ashlar` command: reads arguments, calls a library, shows what came of it.
//!
//! Only this crate touches the terminal, the environment and the clock. One file a command, in `commands/`.
#![forbid(unsafe_code)]

mod arguments;
mod artifact;
mod boot;
mod bump;
mod commands;
mod diff;
mod expected;
mod explain;
mod failure;
mod lint_reports;
mod memory_folder;
mod nondeterminism;
mod outlook;
mod output_file;
mod picture;
mod project_sources;
mod release;
mod sbom;
mod session;
mod shifted_clock;
mod source_provider;
mod surroundings;
mod terminal;
mod why;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    // A sandbox is this same program under another name; it must take over before any thread exists.
    ashlar_sandbox::dispatch();
    let arguments = arguments::Arguments::parse();
    let terminal = terminal::Terminal::new(arguments.global.verbose, arguments.global.json);
    match commands::run(&arguments, &terminal) {
        Ok(outcome) => outcome.code(),
        Err(failure) => {
            terminal.failure(&failure);
            failure.kind().code()
        }
    }
}
