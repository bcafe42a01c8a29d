// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What can be wrong with a tree, a path in it, or its text.

use crate::TreePath;

/// A failed operation on a tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TreeError {
    /// A path that a tree cannot hold.
    #[error("take {path:?} as a path in a tree: {reason}")]
    Path {
        /// The text given.
        path: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A mode beyond the twelve permission bits.
    #[error("take {mode:o} as a mode: it has bits beyond 7777")]
    Mode {
        /// The number given.
        mode: u32,
    },
    /// Something stands below a path that is no directory.
    #[error("put {path} into the tree: {ancestor} is no directory")]
    ParentIsNoDirectory {
        /// The path to insert.
        path: TreePath,
        /// Its ancestor that is a file or a link.
        ancestor: TreePath,
    },
    /// A directory with entries below it would be replaced by something else.
    #[error("replace the directory {path}: there are entries below it")]
    DirectoryInUse {
        /// The directory.
        path: TreePath,
    },
    /// A size that the canonical text cannot hold.
    #[error("put {path} into the tree: {size} bytes are beyond 2^53")]
    Size {
        /// The path.
        path: TreePath,
        /// The size claimed.
        size: u64,
    },
    /// A path that has to be there is not.
    #[error("find {path} in the tree")]
    Missing {
        /// The path.
        path: TreePath,
    },
    /// The text is no canonical tree.
    #[error("read the tree, line {line}: {reason}")]
    Decode {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
}
