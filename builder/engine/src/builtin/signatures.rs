// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Certificates and signatures as the pipeline passes them on (docs/design/release.md):
//!
//! ```text
//! certificates.der          DER certificates, one after the other
//! signatures/<digest>.p7s   by the SHA-512 of the unsigned module
//! ```

use std::collections::BTreeMap;

use ashlar_module_signature::ModuleDigest;
use ashlar_tree::{Node, Tree};

use super::Inputs;
use crate::EngineError;

/// The certificates' file.
pub(super) const CERTIFICATES: &str = "certificates.der";
const FOLDER: &str = "signatures/";
const ENDING: &str = ".p7s";

/// A tree of certificates and signatures, read.
#[derive(Debug)]
pub(super) struct Signatures {
    pub(super) certificates: Vec<u8>,
    pub(super) by_digest: BTreeMap<ModuleDigest, Vec<u8>>,
}

impl Signatures {
    /// Reads the input `signatures`; a file that has no business there is an error.
    pub(super) fn read(inputs: &Inputs<'_>) -> Result<Self, EngineError> {
        let tree = inputs.tree("signatures")?;
        let mut certificates = None;
        let mut by_digest = BTreeMap::new();
        for (path, node) in tree.iter() {
            let Node::File { blob, .. } = node else { continue };
            let path = path.as_str();
            let digest = path.strip_prefix(FOLDER).and_then(|name| name.strip_suffix(ENDING));
            if path == CERTIFICATES {
                certificates = Some(inputs.blob(*blob)?);
            } else if let Some(Ok(digest)) = digest.map(ModuleDigest::parse) {
                by_digest.insert(digest, inputs.blob(*blob)?);
            } else {
                return Err(inputs.wrong(format!("{path} is neither a certificate nor a signature")));
            }
        }
        let certificates = certificates.ok_or_else(|| inputs.wrong(format!("there is no {CERTIFICATES}")))?;
        Ok(Self { certificates, by_digest })
    }

    /// The tree of these signatures.
    pub(super) fn store(&self, inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
        let mut tree = inputs.one_file(CERTIFICATES, &self.certificates)?;
        for (digest, cms) in &self.by_digest {
            let node = inputs.file(cms, false)?;
            inputs.put(&mut tree, &format!("{FOLDER}{digest}{ENDING}"), node)?;
        }
        Ok(tree)
    }
}
