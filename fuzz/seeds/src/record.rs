// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The record of a ceremony, and the index that was written for it.

use std::collections::BTreeMap;

use ashlar_digest::{Sha256, to_canonical_json};
use ashlar_release_bundle::{CeremonyResults, ModuleDigest};

/// What the ceremony made public.
#[must_use]
pub fn results() -> CeremonyResults {
    CeremonyResults {
        certificates: b"certificate".to_vec(),
        signatures: [b"one", b"two"].map(|module| (ModuleDigest::of(module), module.to_vec())).into(),
        key_statement: Some(b"{}".to_vec()),
    }
}

/// The index of these results, of a ceremony that was held for `b"what is signed"`.
pub(crate) fn index() -> Vec<u8> {
    let mut files = BTreeMap::from([
        ("certificates.der".to_owned(), Sha256::of(b"certificate").to_string()),
        ("key-statement.intoto.json".to_owned(), Sha256::of(b"{}").to_string()),
    ]);
    for (module, signature) in results().signatures {
        files.insert(format!("signatures/{module}.p7s"), Sha256::of(&signature).to_string());
    }
    let commitment = Sha256::of(b"what is signed").to_string();
    let index = serde_json::json!({ "schema": 1, "commitment": commitment, "files": files });
    (to_canonical_json(&index).unwrap() + "\n").into_bytes()
}
