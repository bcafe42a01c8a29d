// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `signature-gate@1`: a kernel and signed modules to the fact that the kernel takes each of them, or to findings and no image.
//!
//! Inputs: `kernel` and `map` (System.map), `signatures`, and `modules …`, every tree of signed modules, those of extensions too. Arguments:
//! `release`, `epoch`, `kernel` and `map` (paths). The certificates are those found in the finished kernel, not those that were to be put there.
//! The output is `signing.json`: for each module the digest that was signed, its signature and its certificate.

use std::collections::BTreeMap;

use ashlar_causes::chain;
use ashlar_digest::{Sha256, to_canonical_json};
use ashlar_kernel_image::find_certificates;
use ashlar_module_signature::{ModuleDigest, ReleaseId};
use ashlar_signature_verifier::{Certificates, Gate, split, verify};
use ashlar_tree::Tree;
use serde_json::{Value, json};

use super::Inputs;
use super::module_files::contents;
use super::signatures::Signatures;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let read = |input: &str| -> Result<Vec<u8>, EngineError> {
        let (_, blob, _) = inputs.content(&inputs.tree(input)?, inputs.string(input)?)?;
        inputs.blob(blob)
    };
    let kernel = read("kernel")?;
    let map = String::from_utf8(read("map")?).map_err(|_| inputs.wrong("System.map is no text"))?;
    let found = find_certificates(&kernel, &map)
        .map_err(|cause| inputs.failed_with(&cause, cause.help().map(str::to_owned)))?;
    let signatures = Signatures::read(inputs)?;
    if found != signatures.certificates {
        return Err(inputs.wrong("the kernel holds other certificates than were put into it"));
    }
    let certificates = Certificates::parse(&found).map_err(|cause| inputs.failed(&cause))?;
    let trees = inputs.trees()?;
    let modules = trees.iter().filter(|(name, _)| name.starts_with("modules ")).map(|(_, tree)| tree);
    let modules = contents(inputs, modules)?;
    let release = ReleaseId::parse(inputs.string("release")?).map_err(|cause| inputs.failed(&cause))?;
    let published: BTreeMap<String, Vec<u8>> =
        signatures.by_digest.iter().map(|(digest, cms)| (format!("{digest}.p7s"), cms.clone())).collect();
    let gate = Gate {
        release: &release,
        epoch: inputs.number("epoch")?,
        certificates: &certificates,
        signatures: &published,
    };
    let signed: Vec<(&str, &[u8])> =
        modules.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    let findings = gate.judge(&signed);
    if !findings.is_empty() {
        let lines: Vec<String> = findings.iter().map(|finding| chain(finding)).collect();
        return Err(inputs.wrong(lines.join("\n  ")));
    }
    let mut facts = BTreeMap::new();
    for (path, bytes) in &modules {
        let module = split(bytes).map_err(|cause| inputs.failed(&cause))?;
        let digest = ModuleDigest::of(module.module);
        let verified = verify(module.cms, &digest, &certificates).map_err(|cause| inputs.failed(&cause))?;
        let fact = json!({
            "module": digest.to_string(),
            "signature": Sha256::of(module.cms).to_string(),
            "certificate": verified.certificate,
        });
        facts.insert(path.as_str(), fact);
    }
    let facts: Value = json!({"schema": 1, "modules": facts});
    let text = to_canonical_json(&facts).map_err(|cause| inputs.failed(&cause))? + "\n";
    inputs.one_file("signing.json", text.as_bytes())
}
