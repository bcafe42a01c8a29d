// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One of the two artifacts: its tree, and how its contents are read.

use std::error::Error;
use std::fmt;

use ashlar_digest::BlobDigest;
use ashlar_tree::{Tree, TreePath};

use crate::CompareError;

type Cause = Box<dyn Error + Send + Sync>;
type Reader<'a> = Box<dyn Fn(&TreePath, BlobDigest) -> Result<Vec<u8>, Cause> + 'a>;

/// An artifact to compare.
pub struct Side<'a> {
    name: String,
    pub(crate) tree: Tree,
    read: Reader<'a>,
}

impl<'a> Side<'a> {
    /// An artifact called `name`. `read` gives the content of a file by its path and its digest; it is asked only for
    /// files that differ.
    pub fn new(
        name: impl Into<String>,
        tree: Tree,
        read: impl Fn(&TreePath, BlobDigest) -> Result<Vec<u8>, Cause> + 'a,
    ) -> Self {
        Self { name: name.into(), tree, read: Box::new(read) }
    }

    pub(crate) fn read(&self, path: &TreePath, blob: BlobDigest) -> Result<Vec<u8>, CompareError> {
        (self.read)(path, blob).map_err(|cause| CompareError::Read {
            side: self.name.clone(),
            path: path.to_string(),
            cause,
        })
    }
}

impl fmt::Debug for Side<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Side").field("name", &self.name).finish_non_exhaustive()
    }
}
