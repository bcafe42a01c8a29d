// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A build graph as a picture: what needs what, what the store has, and the chain that no build can be quicker than.
//!
//! ```text
//! Graph + Outlook + times ─▶ Picture (boxes, arrows) ─┬─dot─▶ text for Graphviz
//!                                                     ├─layout─svg─▶ one SVG file that needs nothing else
//!                                                     └─▶ JSON
//! ```
//! Times are those of the last build of each node, where somebody knows them. Without any, the chain is that of the planner's own
//! estimate of work, and the picture says so.

mod critical;
mod dot;
mod layout;
mod model;
mod svg;

pub(crate) use critical::Times;
pub(crate) use dot::dot;
pub(crate) use model::{Folding, Picture};
pub(crate) use svg::svg;
