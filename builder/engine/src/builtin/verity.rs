// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `verity@1`: a file system image to the same image followed by its dm-verity tree, and the description that `os/init` boots by.
//!
//! Input `erofs` with `root.erofs`; outputs `root.erofs` (data, then hash area) and `boot.json`.

use ashlar_images::{BootSpec, RootDevice, VerityParameters, VerityTree};
use ashlar_tree::Tree;

use super::Inputs;
use super::tar_stream::spooled;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let input = inputs.tree("erofs")?;
    let (path, blob, size) = inputs.content(&input, "root.erofs")?;
    let open = || std::fs::File::open(&path).map_err(EngineError::io("read", &path));
    let wrong = |cause| inputs.not_assembled(cause);
    let parameters = VerityParameters::from_content(blob.sha256());
    let verity = VerityTree::build(&mut open()?, size, parameters).map_err(wrong)?;
    let node = spooled(inputs, |out| {
        std::io::copy(&mut open()?, out).map_err(EngineError::io("copy", &path))?;
        out.write_all(&verity.hash_area).map_err(EngineError::io("write", &path))
    })?;
    let device = RootDevice::File(format!("/{}", BootSpec::ROOT_PATH));
    let boot = BootSpec::new(device, &verity, true).to_json().map_err(|cause| inputs.failed(&cause))?;
    let mut tree = inputs.one_file("boot.json", boot.as_bytes())?;
    inputs.put(&mut tree, "root.erofs", node)?;
    Ok(tree)
}
