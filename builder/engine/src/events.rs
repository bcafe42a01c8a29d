// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the engine tells while it works. It draws nothing itself: the cli does, or a test listens.

use std::time::Duration;

use ashlar_digest::DerivationId;

use crate::EngineError;

/// How a node came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// The store had its realisation.
    Cached,
    /// It was built now.
    Built,
}

/// Listens to a build. Called from several threads.
pub trait Events: Sync {
    /// All nodes were looked up: so many are in the store, so many are to be built.
    fn planned(&self, cached: usize, to_build: usize);
    /// Work on a node began.
    fn started(&self, key: &str, id: DerivationId);
    /// Another process builds the same derivation; this one waits for it.
    fn waiting(&self, key: &str);
    /// A node is realised.
    fn finished(&self, key: &str, how: How, took: Duration);
    /// A node failed; no new one is begun. The errors are returned as well, when what runs has come to its end.
    fn failed(&self, key: &str, error: &EngineError);
    /// The build record could not be written, and ends here. The build goes on: a record states what it did, and is no
    /// part of its result.
    fn record_lost(&self, error: &EngineError);
}

/// Listens to nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Events for Silent {
    fn planned(&self, _: usize, _: usize) {}
    fn started(&self, _: &str, _: DerivationId) {}
    fn waiting(&self, _: &str) {}
    fn finished(&self, _: &str, _: How, _: Duration) {}
    fn failed(&self, _: &str, _: &EngineError) {}
    fn record_lost(&self, _: &EngineError) {}
}
