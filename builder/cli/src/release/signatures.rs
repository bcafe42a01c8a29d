// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The public results of a ceremony as a tree of the store, which later steps of the pipeline take as their input.

use std::collections::BTreeMap;

use ashlar_digest::TreeDigest;
use ashlar_module_signature::ModuleDigest;
use ashlar_store::Store;
use ashlar_tree::{Node, Tree, TreePath};

use crate::failure::Failure;

/// Stores certificates and signatures; gives the tree's digest.
pub(crate) fn store_signatures(
    store: &Store,
    certificates: &[u8],
    signatures: &BTreeMap<ModuleDigest, Vec<u8>>,
) -> Result<TreeDigest, Failure> {
    let mut tree = Tree::new();
    let mut put = |path: &str, bytes: &[u8]| -> Result<(), Failure> {
        let (blob, size) = store.add_bytes(bytes, false)?;
        let wrong = |cause: ashlar_tree::TreeError| Failure::surroundings(format!("store {path}: {cause}"));
        let at = TreePath::parse(path).map_err(wrong)?;
        tree.insert(at, Node::file(blob, size, false)).map_err(wrong)
    };
    put("certificates.der", certificates)?;
    for (digest, cms) in signatures {
        put(&format!("signatures/{digest}.p7s"), cms)?;
    }
    Ok(store.put_tree(&tree)?)
}
