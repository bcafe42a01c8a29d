// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The agent as a process, spoken to as `ashlar release` does.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "tests; clippy does not see that their functions are tests too")]

mod ceremony;
mod confinement;
mod known_key;
mod process;
mod refusals;
mod variant;
