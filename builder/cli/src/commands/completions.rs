// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar completions`: what a shell needs to complete our commands and options.

use clap::CommandFactory as _;
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::failure::{Failure, Outcome};
use crate::terminal::Terminal;

pub(crate) fn run(terminal: &Terminal, shell: Shell) -> Result<Outcome, Failure> {
    terminal.result(script(shell).trim_end())?;
    Ok(Outcome::DONE)
}

fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "ashlar", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum as _;

    #[test]
    fn every_shell_is_told_every_command_that_people_see() {
        let commands = Arguments::command();
        for shell in Shell::value_variants() {
            let script = script(*shell);
            for command in commands.get_subcommands().filter(|command| !command.is_hide_set()) {
                assert!(script.contains(command.get_name()), "{shell} does not know {}", command.get_name());
            }
        }
    }
}
