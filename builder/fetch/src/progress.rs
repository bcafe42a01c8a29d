// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a caller may want to show while bytes arrive.

use crate::{Attempt, FetchError};

/// Receives what happens, from several threads at once. Only `cli` draws; tests count.
pub trait Progress: Sync {
    /// Work on `name` begins; `size` where it is known.
    fn started(&self, name: &str, size: Option<u64>);
    /// `name` has `total` bytes now. The count falls when a partial file is thrown away.
    fn advanced(&self, name: &str, total: u64);
    /// A place did not give `name`; another attempt or another place follows.
    fn set_back(&self, name: &str, attempt: &Attempt);
    /// `name` is there and verified, or nobody had it.
    fn finished(&self, name: &str, outcome: Result<(), &FetchError>);
}

/// Shows nothing.
#[derive(Clone, Copy, Debug)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _name: &str, _size: Option<u64>) {}
    fn advanced(&self, _name: &str, _total: u64) {}
    fn set_back(&self, _name: &str, _attempt: &Attempt) {}
    fn finished(&self, _name: &str, _outcome: Result<(), &FetchError>) {}
}
