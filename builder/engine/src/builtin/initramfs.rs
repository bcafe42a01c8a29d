// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `initramfs@1`: init, the boot description and the root to a newc archive.
//!
//! Inputs `verity` (`root.erofs`, `boot.json`) and `init`; arguments `init`, the program's path in its output, and `epoch`. The archive is not
//! compressed: nearly all of it is the root, which is.

use ashlar_images::{BootSpec, write_newc};
use ashlar_tree::{Node, Tree};

use super::Inputs;
use super::blobs::StoreBlobs;
use super::tar_stream::spooled;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let (verity, init) = (inputs.tree("verity")?, inputs.tree("init")?);
    let mut files = Tree::new();
    for name in BootSpec::MOUNT_POINTS {
        inputs.put(&mut files, name, Node::directory())?;
    }
    for (tree, from, to, executable) in [
        (&init, inputs.string("init")?, "init", true),
        (&verity, "boot.json", BootSpec::PATH, false),
        (&verity, "root.erofs", BootSpec::ROOT_PATH, false),
    ] {
        let (_, blob, size) = inputs.content(tree, from)?;
        inputs.put(&mut files, to, Node::file(blob, size, executable))?;
    }
    let epoch = inputs.number("epoch")?;
    let node = spooled(inputs, |mut out| {
        write_newc(&files, &StoreBlobs(inputs.store()), epoch, &mut out)
            .map(drop)
            .map_err(|cause| inputs.not_assembled(cause))
    })?;
    let mut tree = Tree::new();
    inputs.put(&mut tree, "initramfs.cpio", node)?;
    Ok(tree)
}
