// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel configuration: layered fragments, and what the resolved result must hold.
//!
//! Kconfig drops what it cannot satisfy without a word: a request whose dependency is off vanishes. So the
//! fragments are merged here, with the place of every request kept, and the configuration that the kernel's
//! own tools resolve is compared with all of them. Text in, values out; files belong to the caller.
//!
//! `Fragment::parse` → [`Layers::merge`] → [`Layers::to_allconfig`] → (kernel) → [`Resolved::parse`] → [`check`].
#![forbid(unsafe_code)]

mod check;
mod error;
mod fragment;
mod layers;
mod line;
mod resolved;
mod symbol;

#[cfg(test)]
mod repository;

pub use check::{Finding, Findings, check};
pub use error::ConfigError;
pub use fragment::{Fragment, Request};
pub use layers::{Layers, Origin, Setting};
pub use resolved::Resolved;
pub use symbol::{Symbol, Value};
