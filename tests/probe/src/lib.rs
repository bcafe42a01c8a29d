// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a program can see of the world it runs in, written down as a value.
//!
//! The binary `ashlar-probe` is put into a sandbox (or an image) and prints a [`Report`] or tries something that must
//! not work. It needs no shell and no other program, so the sandbox around it can be empty.
#![forbid(unsafe_code)]

mod attempt;
mod report;

pub use attempt::{Attempt, attempts};
pub use report::{Mount, Report};
