// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Why something is built again: what is asked for now, held against what the store realised last, followed through inputs to
//! the first cause.
//!
//! ```text
//! graph + Outlook ─▶ derivation now ─┐
//! Store::past ─▶ derivation before ──┴─differences─▶ Cause ─▶ an input's own causes ─▶ … ─▶ a patch, a variable, a package
//! ```
//! An artifact counts as changed when its bytes are others, not when what made it is: a node that gave the same bytes is no
//! cause. What is not built yet has unknown bytes; whatever hangs on these alone *may* be built.

mod answer;
mod chase;
mod history;
mod show;

pub(crate) use chase::Question;
pub(crate) use history::History;
