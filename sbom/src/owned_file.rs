// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A regular file of the root, and the one component that it belongs to.

use ashlar_digest::Sha256;
use ashlar_tree::TreePath;

use crate::checksum::Checksums;
use crate::component::{ComponentId, slug};

/// A file with its owner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedFile {
    /// Checksums of its content.
    pub checksums: Checksums,
    /// The component that brings it.
    pub owner: ComponentId,
    /// Whether it can be run.
    pub executable: bool,
}

/// The identifier of a file in a document: it follows from its path.
pub(crate) fn file_id(path: &TreePath) -> String {
    let digest = Sha256::of(path.as_str().as_bytes()).to_string();
    // Not `file-`: components of that kind have it.
    format!("path-{}-{}", slug(path.file_name()), &digest[..12])
}
