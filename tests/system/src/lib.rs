// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The whole line, tested through the ashlar binary: what the tests in `tests/` are made of.
//!
//! Only the wiring is the question here; what a crate does by itself is tested in that crate. Tests see what a user sees: exit codes,
//! the two output streams, the store's files as its layout documents them.
#![forbid(unsafe_code)]

mod call;
mod copy;
mod folder;
mod mirror;
mod place;
mod project;
mod seed;

pub use call::{Call, Ended, Running, wait_until};
pub use copy::copy_checkout;
pub use folder::Folder;
pub use mirror::{Answer, Mirror};
pub use place::{ashlar_binary, checkout, nonce, scratch_root, shared_store};
pub use project::Project;
pub use seed::{LockedFile, base_seed, bring_base_seed};
