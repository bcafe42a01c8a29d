// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two types for one content: what somebody claims, and what a key stands for. Only verification turns one into the other.

use crate::KeyId;

/// A statement whose signatures were not checked, or that has none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Unverified<T>(T);

impl<T> Unverified<T> {
    pub(crate) const fn new(claim: T) -> Self {
        Self(claim)
    }

    /// What is claimed. Nothing stands for it.
    pub const fn claim(&self) -> &T {
        &self.0
    }
}

/// A statement that was signed by keys which the caller named as trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verified<T> {
    statement: T,
    keys: Vec<KeyId>,
}

impl<T> Verified<T> {
    pub(crate) const fn new(statement: T, keys: Vec<KeyId>) -> Self {
        Self { statement, keys }
    }

    /// What was signed.
    pub const fn statement(&self) -> &T {
        &self.statement
    }

    /// What was signed, by value.
    pub fn into_statement(self) -> T {
        self.statement
    }

    /// The trusted keys that signed it: at least one, each once, in ascending order. A quorum counts these.
    #[must_use]
    pub fn keys(&self) -> &[KeyId] {
        &self.keys
    }
}
