// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `insert-certificates@1`: a linked kernel to the same with certificates in the area that it keeps for them.
//!
//! Inputs `vmlinux` (what the boot wrapper is made of, with vmlinux in it) and `signatures`; argument `file`, vmlinux's path. The result is
//! the first input with that one file changed.

use ashlar_kernel_image::insert_certificates;
use ashlar_tree::Tree;

use super::Inputs;
use super::signatures::Signatures;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let mut tree = inputs.tree("vmlinux")?;
    let file = inputs.string("file")?;
    let (_, blob, _) = inputs.content(&tree, file)?;
    let signatures = Signatures::read(inputs)?;
    let inserted = insert_certificates(&inputs.blob(blob)?, &signatures.certificates)
        .map_err(|cause| inputs.failed_with(&cause, cause.help().map(str::to_owned)))?;
    let node =
        tree.get_mut(&inputs.path(file)?).ok_or_else(|| inputs.wrong(format!("there is no {file}")))?;
    let executable =
        matches!(node, ashlar_tree::Node::File { metadata, .. } if metadata.mode.is_executable());
    *node = inputs.file(&inserted, executable)?;
    Ok(tree)
}
