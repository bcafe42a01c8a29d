// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `tar-stream@1`: a tree to `root.tar`, with owners, modes and attributes from the manifest.
//!
//! Input `root`; argument `epoch`, the time of every entry.

use std::io::{BufWriter, Seek as _, Write as _};

use ashlar_images::write_tar;
use ashlar_tree::{Metadata, Mode, Node, Tree};

use super::Inputs;
use super::blobs::StoreBlobs;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let root = inputs.tree("root")?;
    let epoch = inputs.number("epoch")?;
    let node = spooled(inputs, |out| {
        let metadata = Metadata::root(Mode::DIRECTORY);
        write_tar(&root, &metadata, &StoreBlobs(inputs.store()), epoch, out)
            .map_err(|cause| inputs.not_assembled(cause))
    })?;
    let mut tree = Tree::new();
    inputs.put(&mut tree, "root.tar", node)?;
    Ok(tree)
}

/// Stores what `write` writes, without holding it in memory.
pub(super) fn spooled(
    inputs: &Inputs<'_>,
    write: impl FnOnce(&mut dyn std::io::Write) -> Result<(), EngineError>,
) -> Result<Node, EngineError> {
    let scratch = inputs.stored(inputs.store().scratch("spool"))?;
    let path = scratch.path().join("spool");
    let failed = || EngineError::io("write", path.clone());
    let file =
        std::fs::File::options().read(true).write(true).create_new(true).open(&path).map_err(failed())?;
    let mut out = BufWriter::new(file);
    write(&mut out)?;
    let mut file = out.into_inner().map_err(|cause| failed()(cause.into_error()))?;
    file.flush().map_err(failed())?;
    file.rewind().map_err(failed())?;
    let (blob, size) = inputs.stored(inputs.store().add_reader(&mut file, false))?;
    drop(file);
    inputs.stored(scratch.remove())?;
    Ok(Node::file(blob, size, false))
}
