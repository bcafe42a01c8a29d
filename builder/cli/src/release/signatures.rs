// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The public results of a ceremony: as a tree of the store, which later steps of the pipeline take as their input, and as the files of
//! a release.

use std::collections::BTreeMap;

use ashlar_digest::TreeDigest;
use ashlar_module_signature::ModuleDigest;
use ashlar_release_bundle::CeremonyResults;
use ashlar_release_bundle::layout::{CERTIFICATE, KEY_STATEMENT, SIGNATURES};
use ashlar_signature_verifier::Certificates;
use ashlar_store::Store;
use ashlar_tree::{Node, Tree, TreePath};
use der::pem::{LineEnding, encode_string};

use super::Part;
use crate::failure::{Failure, chain};

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

/// The files that came from a key, or that keyless signing derived.
pub(crate) fn signature_parts(results: &CeremonyResults) -> Result<BTreeMap<String, Part>, Failure> {
    let mut parts = BTreeMap::new();
    for (digest, signature) in &results.signatures {
        parts.insert(format!("{SIGNATURES}/{digest}.p7s"), Part::Bytes(signature.clone()));
    }
    if let Some(statement) = &results.key_statement {
        parts.insert(KEY_STATEMENT.to_owned(), Part::Bytes(statement.clone()));
    }
    let wrong = |reason: String| Failure::surroundings(format!("write {CERTIFICATE}: {reason}"));
    let certificates = Certificates::parse(&results.certificates).map_err(|cause| wrong(chain(&cause)))?;
    let mut pem = String::new();
    for certificate in certificates.iter() {
        pem += &encode_string("CERTIFICATE", LineEnding::LF, certificate.der())
            .map_err(|cause| wrong(cause.to_string()))?;
    }
    parts.insert(CERTIFICATE.to_owned(), Part::Bytes(pem.into_bytes()));
    Ok(parts)
}
