// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `splice-signatures@2`: unsigned modules and detached signatures to signed modules; all else stays as it is.
//!
//! Inputs `modules` and `signatures`. A module without a signature, or with one already, is an error.

use ashlar_causes::chain;
use ashlar_module_signature::UnsignedModule;
use ashlar_tree::{Node, Tree};

use super::Inputs;
use super::module_files::modules;
use super::signatures::Signatures;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let unsigned = inputs.tree("modules")?;
    let signatures = Signatures::read(inputs)?;
    let mut signed = unsigned.clone();
    for (path, blob) in modules(&unsigned) {
        let wrong = |cause| inputs.wrong(format!("{path}: {}", chain(&cause)));
        let bytes = inputs.blob(blob)?;
        let module = UnsignedModule::check(&bytes).map_err(wrong)?;
        let cms = signatures
            .by_digest
            .get(&module.digest())
            .ok_or_else(|| inputs.wrong(format!("no signature is for the module {path}")))?;
        let spliced = module.splice(cms).map_err(wrong)?;
        if let Some(Node::File { blob, size, metadata }) = signed.get_mut(&inputs.path(path)?) {
            let executable = metadata.mode.is_executable();
            (*blob, *size) = inputs.stored(inputs.store().add_bytes(&spliced, executable))?;
        }
    }
    Ok(signed)
}
