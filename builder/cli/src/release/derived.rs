// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The signatures of a keyless release: derived in the build, read from what it gave.

use std::collections::BTreeMap;

use ashlar_module_signature::ModuleDigest;
use ashlar_plan::ImageIdentity;
use ashlar_recipe::ImageDefinition;
use ashlar_release_bundle::CeremonyResults;
use ashlar_tree::Node;

use crate::failure::{Failure, chain};
use crate::session::Session;

/// Certificates and signatures of the image that `identity` describes.
pub(crate) fn derived(
    session: &Session<'_>,
    image: &ImageDefinition,
    identity: &ImageIdentity,
) -> Result<CeremonyResults, Failure> {
    let wrong = |reason: String| Failure::Finding {
        message: format!("collect the signatures of image {}: {reason}", image.name),
        help: None,
    };
    let (planned, built) = session.build_identified(image, identity)?;
    let node = planned.graph.find(&format!("image {} keyless signatures", image.name));
    let tree = node.and_then(|node| built.tree(node, "out"));
    let tree = session.store.get_tree(tree.ok_or_else(|| wrong("they are not built".to_owned()))?)?;
    let mut results =
        CeremonyResults { certificates: Vec::new(), signatures: BTreeMap::new(), key_statement: None };
    for (path, node) in tree.iter() {
        let Node::File { blob, .. } = node else { continue };
        let bytes = session.store.read_blob(*blob)?;
        let name = path.file_name();
        match name.strip_suffix(".p7s") {
            None => results.certificates = bytes,
            Some(digest) => {
                let digest = ModuleDigest::parse(digest).map_err(|cause| wrong(chain(&cause)))?;
                results.signatures.insert(digest, bytes);
            }
        }
    }
    Ok(results)
}
