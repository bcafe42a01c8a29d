// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Programs of other people, by which tests confirm what ours read and write.
//!
//! Only tests depend on this crate. A program that is missing skips the test that asks for it, which says so. Those that
//! the check needs (ci/check.sh) have to be there where the environment variable CI is set; see [`available`].
#![forbid(unsafe_code)]

mod available;
mod run;

pub use available::{available, of_version};
pub use run::{Ended, run, succeeds};
