// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Extensions to nodes: an add-on tree with signed modules, under dm-verity, for one release.
//!
//! ```text
//! closure, signed modules ─compose-extension─▶ root, owners ─describe, list-files─▶ root ─tar-stream─▶ ─mkfs.erofs (sandbox)─▶ ─extension-image─▶ <name>.raw, extension.json
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::{Extension, ExtensionName, ImageDefinition};
use serde_json::json;

use super::sbom::Subject;
use super::signing::Signed;
use super::{OUT, Planner, image_key};
use crate::graph::{NodeId, Port, Slot, Template};
use crate::{Builtin, ImageIdentity, PlanError};

impl Planner<'_> {
    /// The node of one extension, whose outputs are `raw`, what is attached to a machine, and `spec`, what the release says of it; and the
    /// port of the documents about it.
    pub(super) fn add_extension(
        &mut self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
        name: &ExtensionName,
        extension: &Extension,
        signed: &Signed,
        epoch: u64,
    ) -> Result<(NodeId, Port), PlanError> {
        let key = |part: &str| image_key(&image.name, &format!("extension {name} {part}"));
        let mut ports = Vec::new();
        for reference in extension.include.iter().chain(&extension.modules) {
            ports.push(self.add_output(reference)?);
        }
        let closure: BTreeSet<Port> = ports.iter().flat_map(|port| self.graph.closure(port)).collect();
        let mut inputs = self.closure_inputs(&closure, signed);
        for reference in &image.kernel.modules {
            if let Some(port) = signed.unsigned.get(&reference.to_string()) {
                inputs.insert(format!("root modules {reference}"), Slot::Port(port.clone()));
            }
        }
        let template = Template::of(
            Builtin::ComposeExtension,
            inputs,
            json!({
                "name": name.as_str(),
                "version": extension.version,
                "os": image.values.get("id").cloned().unwrap_or_else(|| "ashlar".into()),
                "os_version": identity.version,
                "release": identity.release,
                "load": extension.load,
                "root_load": image.kernel.load,
            }),
        );
        let composed = self.graph.add(key("tree"), 1, BTreeMap::new(), template);
        let sbom = self.add_sbom(&Subject {
            key: &key,
            name: name.as_str(),
            version: &extension.version,
            carrier: name.as_str(),
            root: composed,
            closure: &closure,
            boot: Vec::new(),
            containers: Vec::new(),
            epoch,
        })?;
        let tar = self.add_builtin(
            key("tar"),
            Builtin::TarStream,
            [("root", Slot::Port(Self::port(sbom.listed, "root")))],
            json!({"epoch": epoch}),
        );
        let erofs = self.add_erofs(&image.erofs, &key("erofs"), name.as_str(), tar, epoch)?;
        let node = self.add_builtin(
            image_key(&image.name, &format!("extension {name}")),
            Builtin::ExtensionImage,
            [("erofs", Slot::Port(Self::port(erofs, OUT)))],
            json!({"name": name.as_str(), "version": extension.version, "release": identity.release}),
        );
        Ok((node, Self::port(sbom.described, "outside")))
    }
}
