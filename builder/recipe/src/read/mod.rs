// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a TOML tree to checked values, collecting every fault on the way.
//!
//! Serde stops at the first error and cannot say where a semantic one stands, so tables are lowered by hand.
//! The rule for a reader of a table: ask for *all* keys first, only then combine them with `?`. Keys that were
//! never asked for are unknown; so the keys of a table are written down once, in the code that reads it.

mod document;
mod leaf;
mod scope;
mod value;

pub(crate) use document::{Parsed, parse_document};
pub(crate) use leaf::{any, boolean, distinct, integer, line, list, table, text, words};
pub(crate) use scope::Scope;
pub(crate) use value::Value;
