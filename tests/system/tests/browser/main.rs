// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Pages of ours in a real browser, which is brought through `ashlar.lock` and runs in the sandbox: what a person would see of them.
//!
//! Run by `just test-browser`, and not with the other tests: the browser is 110 MB of packages.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "a test; clippy knows only functions with the attribute")]

mod look;
mod sbom;
mod timeline;
