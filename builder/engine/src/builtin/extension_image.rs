// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `extension-image@1`: the file system image of an extension to what is attached to a machine.
//!
//! Input `erofs` with `root.erofs`; arguments `name`, `version`, `release`. Outputs: `raw` with `extensions/<name>.raw` (data, hash area,
//! descriptor), and `spec` with `extension.json`, what the release's root says of it.

use std::collections::BTreeMap;

use ashlar_images::{ExtensionSpec, VerityParameters, VerityTree, extension_descriptor};
use ashlar_tree::Tree;

use super::Inputs;
use super::tar_stream::spooled;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let input = inputs.tree("erofs")?;
    let (path, blob, size) = inputs.content(&input, "root.erofs")?;
    let open = || std::fs::File::open(&path).map_err(EngineError::io("read", &path));
    let wrong = |cause| inputs.not_assembled(cause);
    let verity = VerityTree::build(&mut open()?, size, VerityParameters::from_content(blob.sha256()))
        .map_err(wrong)?;
    let (name, version) = (inputs.string("name")?, inputs.string("version")?);
    let spec = ExtensionSpec::new(name, &verity);
    let descriptor =
        extension_descriptor(name, version, inputs.string("release")?, &spec.root_hash).map_err(wrong)?;
    let node = spooled(inputs, |out| {
        std::io::copy(&mut open()?, out).map_err(EngineError::io("copy", &path))?;
        out.write_all(&verity.hash_area).map_err(EngineError::io("write", &path))?;
        out.write_all(&descriptor).map_err(EngineError::io("write", &path))
    })?;
    let mut raw = Tree::new();
    inputs.put(&mut raw, &format!("extensions/{name}.raw"), node)?;
    let text = serde_json::to_vec(&spec).map_err(|cause| inputs.failed(&cause))?;
    let spec = inputs.one_file("extension.json", &text)?;
    Ok(BTreeMap::from([("raw".to_owned(), raw), ("spec".to_owned(), spec)]))
}
