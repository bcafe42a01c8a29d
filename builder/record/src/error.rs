// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why bytes are no build record.

/// A record that cannot be read or shown.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// It is larger than any build's.
    #[error("read the build record: it has more than {limit} bytes")]
    Size {
        /// The most that is read.
        limit: usize,
    },
    /// A line says something that no build can have written there.
    #[error("read line {line} of the build record: {reason}")]
    Line {
        /// The line's number, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// It was written by another version of this tool.
    #[error("read the build record: its schema is {found}, and this tool reads {known}")]
    Schema {
        /// The schema that it states.
        found: u64,
        /// The schema that can be read.
        known: u32,
    },
    /// It has no first line.
    #[error("read the build record: it is empty, or its first line was cut off")]
    Empty,
    /// The page could not be made.
    #[error("render the timeline: {reason}")]
    Render {
        /// The template engine's reason.
        reason: String,
    },
}

impl RecordError {
    /// The next step to take.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Size { .. } | Self::Line { .. } | Self::Empty => {
                Some("name a file that `ashlar build` wrote into the store's folder `records`".to_owned())
            }
            Self::Schema { .. } => Some("show it with the version of ashlar that wrote it".to_owned()),
            Self::Render { .. } => None,
        }
    }
}
