// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trees by digest. A tree enters the store after all its contents, so a stored tree can always be checked out.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use ashlar_digest::{BlobDigest, Sha256, TreeDigest};
use ashlar_tree::Tree;
use rayon::prelude::*;

use crate::new_file::NewFile;
use crate::{Store, StoreError};

impl Store {
    /// Stores a tree whose contents are all in the store.
    ///
    /// # Errors
    /// [`StoreError::MissingBlob`], [`StoreError::Write`].
    pub fn put_tree(&self, tree: &Tree) -> Result<TreeDigest, StoreError> {
        let text = tree.encode();
        let digest = TreeDigest::new(Sha256::of(text.as_bytes()));
        if self.has_tree(digest) {
            return Ok(digest);
        }
        if let Some(digest) = self.missing_blobs(tree).into_iter().next() {
            return Err(StoreError::MissingBlob { digest });
        }
        let mut file = NewFile::create(self)?;
        file.write(text.as_bytes())?;
        file.publish(&self.layout().tree(digest), 0o444)?;
        Ok(digest)
    }

    /// Reads a tree, and verifies it.
    ///
    /// # Errors
    /// [`StoreError::MissingTree`], [`StoreError::CorruptTree`], [`StoreError::Read`].
    pub fn get_tree(&self, digest: TreeDigest) -> Result<Tree, StoreError> {
        let path = self.layout().tree(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::MissingTree { digest });
            }
            Err(error) => return Err(StoreError::read(path)(error)),
        };
        let found = Sha256::of(&bytes);
        if found != digest.sha256() {
            return Err(StoreError::CorruptTree { path, reason: format!("its sha256 is {found}") });
        }
        let text = String::from_utf8(bytes).map_err(|_| StoreError::CorruptTree {
            path: path.clone(),
            reason: "it is no text".to_owned(),
        })?;
        Tree::decode(&text)
            .map_err(|error| StoreError::CorruptTree { path, reason: format!("failed to {error}") })
    }

    /// Whether the tree is in the store, and with it all its contents.
    #[must_use]
    pub fn has_tree(&self, digest: TreeDigest) -> bool {
        self.layout().tree(digest).exists()
    }

    /// The contents of `tree` that are not in the store, in order.
    #[must_use]
    pub fn missing_blobs(&self, tree: &Tree) -> BTreeSet<BlobDigest> {
        let wanted: BTreeSet<BlobDigest> = tree.blobs().map(|(digest, _)| digest).collect();
        wanted.into_par_iter().filter(|digest| !self.has_blob(*digest)).collect()
    }
}
