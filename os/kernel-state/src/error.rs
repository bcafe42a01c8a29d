// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What reading the kernel's state can fail at. `Display` names the operation (fits after "failed to"), the sources
//! say why.

use std::io;

/// Text or bytes that do not follow their format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Malformed {
    reason: String,
}

impl Malformed {
    /// With the reason, which is all that it says.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into() }
    }
}

/// A part of the state that could not be learnt, or that must not be so.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// A file of the kernel could not be read.
    #[error("read {path}")]
    Read {
        /// Its path.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// A file of the kernel says something unexpected.
    #[error("understand {path}")]
    Understand {
        /// Its path.
        path: String,
        /// What is wrong with it.
        source: Malformed,
    },
    /// The kernel trusts more than its own certificates.
    #[error("confirm which keys the kernel trusts")]
    ForeignKeyring {
        /// What else.
        source: Malformed,
    },
}
