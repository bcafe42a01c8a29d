// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Canonical manifests of file trees: encode, merge, select, compare.
//!
//! A [`Tree`] is a value: which paths exist, with which type, mode, owner, extended attributes and content digest.
//! It is the output of every build, the sysroot of the next one, the input of every image and the file list of the
//! SBOM. It holds no times, no devices and no hardlinks, and it does no I/O.
#![forbid(unsafe_code)]

mod difference;
mod encode;
mod error;
mod merge;
mod node;
mod path;
mod select;
mod tree;

pub use difference::{Change, difference};
pub use error::TreeError;
pub use merge::{Conflict, merge};
pub use node::{Metadata, Mode, Node};
pub use path::TreePath;
pub use select::{Pattern, PatternError};
pub use tree::Tree;
