// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `splice-signatures@1`: unsigned modules and detached signatures to signed modules; all else stays as it is.
//!
//! Inputs `modules` and `signatures`. A module without a signature, or with one already, is an error.

use ashlar_module_signature::{ModuleDigest, append};
use ashlar_tree::Tree;

use super::Inputs;
use super::module_files::modules;
use super::signatures::Signatures;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let unsigned = inputs.tree("modules")?;
    let signatures = Signatures::read(inputs)?;
    let mut signed = unsigned.clone();
    for (path, blob) in modules(&unsigned) {
        let module = inputs.blob(blob)?;
        let cms = signatures
            .by_digest
            .get(&ModuleDigest::of(&module))
            .ok_or_else(|| inputs.wrong(format!("no signature is for the module {path}")))?;
        let spliced = append(&module, cms).map_err(|cause| inputs.wrong(format!("{path}: {cause}")))?;
        let node = inputs.file(&spliced, false)?;
        if let Some(present) = signed.get_mut(&inputs.path(path)?) {
            *present = node;
        }
    }
    Ok(signed)
}
