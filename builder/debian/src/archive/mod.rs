// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Archives from strangers: binary packages and source archives, read as streams under limits.

mod ar;
mod deb;
mod epoch;
mod format;
pub mod fuzzing;
#[cfg(test)]
mod hostile;
mod input;
mod kind;
mod members;
mod paths;
mod signs;
mod walk;

pub use deb::{DebEntry, DebIdentity, DebKind, read_deb};
pub use epoch::newest_mtime;
pub use format::decompress;
pub use input::Limits;
pub use kind::ArchiveKind;
pub use members::read_members;
