// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the command line does with small projects: seconds each, with one store for most of them.
#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test; clippy knows only functions with the attribute"
)]

mod answers;
mod full_disk;
mod go_modules;
mod interrupted;
mod killed_anywhere;
mod lint;
mod mirrors;
mod project;
mod questions;
mod rebuild;
mod record;
mod reproduce;
mod sbom;
mod side_by_side;
