// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Judges what a recipe installs by the rules of [`ashlar_recipe::Rule`]: a tree and its contents to findings.
//!
//! [`judge`] is a function of its question: no clock, no machine, no order of anything reaches what it says, so that a
//! judgement can be recorded like any artifact. It never fails on what it finds: a [`Report`] says all of it, what is
//! excepted too, and whoever ships the tree refuses it for [`Report::errors`]. Each rule, and what to do about it:
//! docs/lints.md; why so: docs/design/lints.md.
#![forbid(unsafe_code)]

mod attributes;
mod book;
mod elf;
mod exception;
mod hardening;
mod judge;
mod license;
mod marks;
mod proposal;
mod report;
mod runtime;
mod times;

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod planted;

pub use exception::Exception;
pub use judge::{Judgement, Question, judge};
pub use marks::BUILD_HOST;
pub use proposal::exceptions;
pub use report::{Finding, Report, ReportError, Waived};
pub use runtime::Uses;
