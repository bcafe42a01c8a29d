// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the status line says of a service.

use super::life::{Life, Phase};
use crate::error::{InitError, Malformed};
use serde::Serialize;

/// Where a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ServiceState {
    Ready,
    Done,
    /// A daemon that failed is tried again; what runs once is not.
    Failed,
    /// Not started, because of something that it comes after.
    Waiting,
}

impl ServiceState {
    pub(super) fn of(life: &Life) -> Self {
        match life.phase() {
            Phase::Waiting => Self::Waiting,
            Phase::Ready { .. } => Self::Ready,
            Phase::Done => Self::Done,
            _ => Self::Failed,
        }
    }
}

/// One service, as the status line names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct ServiceReport {
    pub(crate) name: String,
    pub(crate) state: ServiceState,
    /// How often it was started again.
    pub(crate) restarts: u32,
    /// Why it failed last, though it may be well again; or why it waits.
    pub(crate) error: Option<String>,
    /// The end of what its last life wrote to standard output, where the image asks for that and it was started.
    pub(crate) output: Option<String>,
}

impl ServiceReport {
    /// The failure that it is: a machine is not well if a service had to be started twice. One that waits is none,
    /// for what it waits for is.
    pub(crate) fn failure(&self) -> Option<InitError> {
        let reason = self.error.as_ref().filter(|_| self.state != ServiceState::Waiting)?;
        Some(InitError::RunService { name: self.name.clone(), source: Malformed::new(reason.clone()) })
    }
}
