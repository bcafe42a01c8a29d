// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How many bytes derivations read: for build records, which is why nothing is measured where none is written.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Mutex, PoisonError};

use ashlar_digest::{BlobDigest, TreeDigest};
use ashlar_plan::{Action, Derivation, Input};
use ashlar_store::{Store, StoreError};

/// Sizes of trees, each added up once in a build.
#[derive(Debug, Default)]
pub(crate) struct Sizes {
    known: Mutex<BTreeMap<TreeDigest, u64>>,
}

impl Sizes {
    /// Bytes of the files that `derivation` is shown.
    ///
    /// # Errors
    /// If one of its inputs cannot be read.
    pub(crate) fn of_inputs(&self, store: &Store, derivation: &Derivation) -> Result<u64, StoreError> {
        let (inputs, trees) = match &derivation.action {
            Action::Builtin(action) => (&action.inputs, Vec::new()),
            Action::Sandboxed(action) => {
                (&action.sources, std::iter::once(action.sysroot).chain(action.target_root).collect())
            }
        };
        let mut total = 0_u64;
        for tree in trees {
            total = total.saturating_add(self.of_tree(store, tree)?);
        }
        for input in inputs.values() {
            total = total.saturating_add(match input {
                Input::Tree(digest) => self.of_tree(store, *digest)?,
                Input::Source(digest) => {
                    let path = store.blob_path(BlobDigest::new(digest.sha256()), false)?;
                    fs::metadata(&path).map_err(|source| StoreError::Read { path, source })?.len()
                }
            });
        }
        Ok(total)
    }

    /// Remembers the size of a tree that is at hand.
    pub(crate) fn learn(&self, digest: TreeDigest, bytes: u64) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(digest, bytes);
    }

    fn of_tree(&self, store: &Store, digest: TreeDigest) -> Result<u64, StoreError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&digest).copied();
        if let Some(bytes) = known {
            return Ok(bytes);
        }
        let bytes = store.get_tree(digest)?.content_size();
        self.learn(digest, bytes);
        Ok(bytes)
    }
}
