// SPDX-License-Identifier: Apache-2.0 OR MIT
//! CycloneDX 1.6 in JSON (<https://cyclonedx.org/docs/1.6/json/>), and what it cannot say of an inventory.

mod model;
mod names;
mod reader;
mod root_needs;
mod unsaid;
mod writer;

pub(crate) use reader::read;
#[cfg(test)]
pub(crate) use unsaid::sayable;
pub use unsaid::{Unsaid, unsaid};
pub(crate) use writer::write;
