// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the trial itself can fail at; what the kernel answers to a file is no failure but a result.

use ashlar_kernel_state::StateError;
use std::io;

/// A failed operation. `Display` fits after "failed to", the sources say why.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TrialError {
    #[error("create the directory {path}")]
    CreateDirectory { path: &'static str, source: io::Error },
    #[error("mount {kind} on {target}")]
    Mount { kind: &'static str, target: &'static str, source: io::Error },
    #[error("open {path}")]
    Open { path: &'static str, source: io::Error },
    #[error("read {path}")]
    Read { path: String, source: io::Error },
    #[error("write {path}")]
    Write { path: &'static str, source: io::Error },
    #[error(transparent)]
    State(#[from] StateError),
    #[error("power off")]
    PowerOff { source: io::Error },
}
