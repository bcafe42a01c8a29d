// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Compares two release directories of one checkout, file by file and part by part.
//!
//! Two releases of one source differ where keys, version and what is derived from them enter, and nowhere else. What may
//! differ is one list with a reason each ([`EXCLUSIONS`]). So that an exclusion covers a signature and not the whole
//! root, a [`Decoder`] takes a file apart; parts are taken apart again, as deep as there are decoders:
//! ```text
//! root.erofs!usr/lib/modules/6.12/x.ko!signature     a part of a part of a file
//! ```
//! What no decoder knows is compared as bytes, and what no exclusion covers is a difference.

mod compare;
mod decode;
mod erofs;
mod exclusions;
mod json;
mod key_values;
mod newc;
mod pattern;
mod report;
mod side;
mod uki;

pub use compare::compare;
pub use decode::{Decoder, Part};
pub use erofs::{ErofsDecoder, ErofsTools};
pub use exclusions::{EXCLUSIONS, Exclusion};
pub use json::JsonDecoder;
pub use key_values::KeyValueDecoder;
pub use newc::NewcDecoder;
pub use report::{Entry, Outcome, Reason, Report};
pub use side::Side;
pub use uki::UkiDecoder;

#[cfg(test)]
mod tests;
