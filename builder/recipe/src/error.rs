// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can go wrong when the files of a project are read and checked.

use std::io;
use std::path::PathBuf;

use crate::code::Code;
use crate::diagnostic::Diagnostics;

/// A failed operation of this crate.
#[derive(Debug, thiserror::Error)]
pub enum RecipeError {
    /// No `ashlar.toml` in a folder or any folder above it.
    #[error("find a project: no ashlar.toml in {} or above", start.display())]
    NoProject {
        /// Where the search began.
        start: PathBuf,
    },
    /// A file or folder that cannot be read.
    #[error("read {}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A file whose text is not UTF-8.
    #[error("read {}: it is not UTF-8", path.display())]
    NotUtf8 {
        /// The file.
        path: PathBuf,
    },
    /// A file of a project that a symbolic link leads to.
    #[error("read {}: a symbolic link leads there", path.display())]
    Linked {
        /// The path with the link.
        path: PathBuf,
    },
    /// Files that can be read and are wrong. Show the [`Diagnostics`], they say where.
    #[error("check the project's files:\n{diagnostics}")]
    Invalid {
        /// Everything that is wrong.
        diagnostics: Box<Diagnostics>,
    },
}

impl RecipeError {
    /// The next step to take.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::NoProject { .. } => Some(
                "run the command inside a project, or make one: a folder with an ashlar.toml that holds \
                 [project] with a name and a supplier"
                    .to_owned(),
            ),
            Self::NotUtf8 { .. } => Some("save the file as UTF-8".to_owned()),
            Self::Linked { .. } => Some(
                "put the file itself there: a checkout's digest holds what a link says, not what it leads to"
                    .to_owned(),
            ),
            Self::Read { .. } | Self::Invalid { .. } => None,
        }
    }
}

/// Why one text is not the value that it should be; the caller knows where the text stands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Invalid {
    /// The kind of fault.
    pub code: Code,
    /// What is wrong, as a lowercase fragment.
    pub message: String,
    /// The next step to take.
    pub help: Option<String>,
}

impl Invalid {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), help: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}
