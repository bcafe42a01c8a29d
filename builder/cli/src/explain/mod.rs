// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a recipe or image comes to, value by value, and which line of which file says so.
//!
//! ```text
//! file ─leaves─▶ what is stated ─┐
//! checked type ─▶ defaults ──────┼─▶ Sheet ─▶ lines or JSON
//! project, lock, other recipes ──┘   (mirrors, epochs, what is propagated, closures)
//! ```
//! Everything that a file states is listed because it is read from the file's own places, not from a list of keys that could be
//! forgotten.

mod image;
mod locked;
mod recipe;
mod sheet;

pub(crate) use image::explain_image;
pub(crate) use locked::Locked;
pub(crate) use recipe::explain_recipe;
