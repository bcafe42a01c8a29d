// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `release-files@1`: what an image says of itself, and the lists that PID 1 reads (docs/design/release.md, "Inside the image").
//!
//! Inputs: `modules …`, trees of unsigned modules, those of extensions too; `signatures`, where there are modules; `extension …`, what was
//! made of each. Arguments: names and versions, `modules` (the inputs whose modules come into the root), `load`.
//! Outputs: `inside`, for the root; `outside`, the same two documents beside the image's files.

use std::collections::BTreeMap;

use ashlar_digest::{Sha256, to_canonical_json};
use ashlar_images::{ExtensionSpec, extensions_json, load_order, modules_json};
use ashlar_module_signature::ModuleDigest;
use ashlar_signature_verifier::Certificates;
use ashlar_tree::Tree;
use serde_json::{Value, json};

use super::Inputs;
use super::module_files::contents;
use super::signatures::Signatures;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<BTreeMap<String, Tree>, EngineError> {
    let trees = inputs.trees()?;
    let outputs = |prefix: &'static str| {
        trees.iter().filter_map(move |(name, tree)| Some((name.strip_prefix(prefix)?, tree)))
    };
    let all = contents(inputs, outputs("modules ").map(|(_, tree)| tree))?;
    let digests: BTreeMap<&str, String> =
        all.iter().map(|(path, module)| (path.as_str(), ModuleDigest::of(module).to_string())).collect();
    let of_root = inputs.strings("modules")?;
    if let Some(name) = of_root.iter().find(|name| !trees.contains_key(&format!("modules {name}"))) {
        return Err(inputs.wrong(format!("there is no input \"modules {name}\"")));
    }
    let own = outputs("modules ").filter(|(name, _)| of_root.iter().any(|own| own == name));
    let own = contents(inputs, own.map(|(_, tree)| tree))?;
    let load = load_order(&inputs.strings("load")?, &own).map_err(|cause| inputs.not_assembled(cause))?;
    let load: Vec<String> = load.iter().map(|path| format!("/{path}")).collect();

    let mut extensions: Vec<ExtensionSpec> = Vec::new();
    for (_, tree) in outputs("extension ") {
        let (_, blob, _) = inputs.content(tree, "extension.json")?;
        extensions.push(serde_json::from_slice(&inputs.blob(blob)?).map_err(|cause| inputs.failed(&cause))?);
    }
    let release = inputs.string("release")?;
    let roots: BTreeMap<&str, &str> =
        extensions.iter().map(|spec| (spec.name.as_str(), spec.root_hash.as_str())).collect();
    let about = json!({
        "schema": 1,
        "release": release,
        "project": inputs.string("project")?,
        "image": inputs.string("image")?,
        "version": inputs.string("version")?,
        "platform": inputs.string("platform")?,
        "kind": inputs.string("kind")?,
        "signer": inputs.string("signer")?,
        "certificates": certificates(inputs, &trees)?,
        "modules": digests,
        "extensions": roots,
    });
    let about = to_canonical_json(&about).map_err(|cause| inputs.failed(&cause))? + "\n";
    let extensions = extensions_json(release, &extensions).map_err(|cause| inputs.failed(&cause))?;
    let modules = modules_json(&load).map_err(|cause| inputs.failed(&cause))?;

    let mut inside = Tree::new();
    for (path, text) in [
        ("usr/share/ashlar/release.json", &about),
        ("usr/lib/ashlar/extensions.json", &extensions),
        ("usr/lib/ashlar/modules.json", &modules),
    ] {
        let node = inputs.file(text.as_bytes(), false)?;
        inputs.put(&mut inside, path, node)?;
    }
    let mut outside = inputs.one_file("release.json", about.as_bytes())?;
    let node = inputs.file(extensions.as_bytes(), false)?;
    inputs.put(&mut outside, "extensions.json", node)?;
    let node = inputs.file(modules.as_bytes(), false)?;
    inputs.put(&mut outside, "modules.json", node)?;
    Ok(BTreeMap::from([("inside".to_owned(), inside), ("outside".to_owned(), outside)]))
}

/// The digest of each certificate.
fn certificates(inputs: &Inputs<'_>, trees: &BTreeMap<String, Tree>) -> Result<Value, EngineError> {
    if !trees.contains_key("signatures") {
        return Ok(json!([]));
    }
    let signatures = Signatures::read(inputs)?;
    let parsed = Certificates::parse(&signatures.certificates).map_err(|cause| inputs.failed(&cause))?;
    Ok(parsed.iter().map(|certificate| Sha256::of(certificate.der()).to_string()).collect::<Vec<_>>().into())
}
