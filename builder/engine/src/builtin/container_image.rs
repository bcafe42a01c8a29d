// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `container-image@1`: the file system of a container to an archive that holds it as an OCI image layout.
//!
//! Inputs: `root`, with `root.tar`; `owners`, with `owners.json`. Arguments: `name`, `version`, `architecture`, `entrypoint`, `env`, `uid`,
//! `gid`, `epoch`. Output: `usr/lib/ashlar/containers/<name>.tar`, and beside what else is in the image the list of its components.

use std::collections::BTreeMap;

use ashlar_images::{ContainerSpec, Layer, container_path, write_tar};
use ashlar_tree::{Metadata, Mode, Node, Tree};
use serde_json::Value;

use super::Inputs;
use super::blobs::StoreBlobs;
use super::tar_stream::spooled;
use crate::EngineError;

pub(super) fn run(inputs: &Inputs<'_>) -> Result<Tree, EngineError> {
    let spec = spec(inputs)?;
    let (_, blob, size) = inputs.content(&inputs.tree("root")?, "root.tar")?;
    let layer = Layer { digest: blob.sha256(), size };
    let layout = spec.layout(layer).map_err(|cause| inputs.failed(&cause))?;
    let mut files = Tree::new();
    for (path, bytes) in &layout.documents {
        let node = inputs.file(bytes, false)?;
        inputs.put(&mut files, path, node)?;
    }
    inputs.put(&mut files, &layout.layer, Node::file(blob, size, false))?;
    let epoch = inputs.number("epoch")?;
    let archive = spooled(inputs, |out| {
        write_tar(&files, &Metadata::root(Mode::DIRECTORY), &StoreBlobs(inputs.store()), epoch, out)
            .map_err(|cause| inputs.not_assembled(cause))
    })?;
    let mut tree = Tree::new();
    inputs.put(&mut tree, &container_path(&spec.name), archive)?;
    let (_, blob, size) = inputs.content(&inputs.tree("owners")?, "owners.json")?;
    let components = format!("usr/share/ashlar/containers/{}/components.json", spec.name);
    inputs.put(&mut tree, &components, Node::file(blob, size, false))?;
    Ok(tree)
}

fn spec(inputs: &Inputs<'_>) -> Result<ContainerSpec, EngineError> {
    let number = |name: &str| {
        u32::try_from(inputs.number(name)?).map_err(|_| inputs.wrong(format!("{name:?} is no user")))
    };
    let mut env = BTreeMap::new();
    for (name, value) in inputs.object("env")? {
        let Value::String(value) = value else {
            return Err(inputs.wrong(format!("the variable {name:?} holds no text")));
        };
        env.insert(name, value);
    }
    Ok(ContainerSpec {
        name: inputs.string("name")?.to_owned(),
        version: inputs.string("version")?.to_owned(),
        architecture: inputs.string("architecture")?.to_owned(),
        entrypoint: inputs.strings("entrypoint")?,
        env,
        user: (number("uid")?, number("gid")?),
    })
}
