// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can be wrong with the text of a kernel configuration.

use crate::Symbol;

/// A line that cannot be accepted. Messages begin with `file:line:column`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The line is neither a setting, nor a `not set` comment, nor a comment, nor empty.
    #[error("{file}:{line}:{column}: parse kernel configuration: {reason}")]
    Malformed {
        /// The file as the caller named it.
        file: String,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong there.
        reason: &'static str,
    },
    /// The same file sets one symbol twice; the order inside a file must carry no meaning.
    #[error("{file}:{line}:1: set CONFIG_{symbol} a second time: line {first_line} sets it already")]
    Duplicate {
        /// The file as the caller named it.
        file: String,
        /// Line of the second setting, from 1.
        line: usize,
        /// Line of the first setting.
        first_line: usize,
        /// The symbol.
        symbol: Symbol,
    },
}

impl ConfigError {
    /// The next step for whoever reads the message.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Malformed { .. } => Some(
                "write `CONFIG_NAME=y`, `=m`, `=\"text\"`, `=number`, `# CONFIG_NAME is not set`, or a comment \
                 that does not begin with `# CONFIG_`"
                    .to_owned(),
            ),
            Self::Duplicate { first_line, .. } => Some(format!(
                "remove this line or line {first_line}; to override, use a later fragment"
            )),
        }
    }
}
