// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel modules and the security state, as the kernel itself states them.
//!
//! For the programs that run inside a machine as PID 1: `init` of the image, and `module-trial` of the machine that
//! tries what the image must refuse. Both load modules and read the state by this code, so that what the trial shows
//! holds for the image.
#![forbid(unsafe_code)]

mod error;
mod failure;
mod kernel_text;
mod module;
mod security;
mod trusted_keys;

pub use error::{Malformed, StateError};
pub use failure::Failure;
pub use module::{load_module, loaded_modules, remove_module};
pub use security::SecurityState;
