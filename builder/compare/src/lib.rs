// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What differs between two artifacts, in words that lead to the cause: entries, modes, owners, hunks of text, sections
//! and symbols of ELF files, members of archives, the first byte.
//!
//! Trees go in and a [`Comparison`] comes out, which is shown as lines or as JSON; whoever asks brings the contents
//! ([`Side`]). What is shown is bounded ([`Bounds`]): two kernels differ in a thousand files for one reason.
//!
//! ```text
//! Tree, Tree ──compare──▶ Comparison ─▶ Entry (path) ─▶ Change ─▶ Content ─▶ Hunks | Elf | Members | Window
//! ```
#![forbid(unsafe_code)]

mod archive;
mod compare;
mod content;
mod elf;
mod error;
mod hexdump;
mod json;
mod lines;
mod names;
mod report;
mod side;
mod text;

pub use compare::{compare, compare_bytes};
pub use error::CompareError;
pub use report::{Bounds, Change, Comparison, Content, Detail, Entry, Section, Window};
pub use side::Side;
pub use text::{Hunks, escaped, hunks, printable};
