// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Containers that are built with an image to nodes.
//!
//! ```text
//! closure ─compose-root─▶ root, owners ─tar-stream─▶ root.tar ─container-image─▶ usr/lib/ashlar/containers/<name>.tar of the image's root
//! ```

use std::collections::BTreeSet;

use ashlar_recipe::{Container, ContainerName, ImageDefinition, System};
use serde_json::json;

use super::sbom::Contained;
use super::signing::Signed;
use super::{OUT, Planner, image_key};
use crate::graph::{NodeId, Port, Slot, Template};
use crate::{Builtin, PlanError};

impl Planner<'_> {
    /// The node of one container, whose output is a tree for the image's root; and what its SBOM is made from.
    pub(super) fn add_container(
        &mut self,
        image: &ImageDefinition,
        name: &ContainerName,
        container: &Container,
        signed: &Signed,
        epoch: u64,
    ) -> Result<(NodeId, Contained), PlanError> {
        let key = |part: &str| image_key(&image.name, &format!("container {name} {part}"));
        let mut ports = Vec::new();
        for reference in &container.include {
            ports.push(self.add_output(reference)?);
        }
        let closure: BTreeSet<Port> = ports.iter().flat_map(|port| self.graph.closure(port)).collect();
        let template = Template::of(
            Builtin::ComposeRoot,
            self.closure_inputs(&closure, signed),
            json!({
                "image": format!("container {name}"), "version": container.version, "values": {},
                "directories": [], "links": [], "files": [], "attributes": [],
            }),
        );
        let root = self.graph.add(key("root"), 1, std::collections::BTreeMap::new(), template);
        let tar = self.add_builtin(
            key("tar"),
            Builtin::TarStream,
            [("root", Slot::Port(Self::port(root, "root")))],
            json!({"epoch": epoch}),
        );
        let node = self.add_builtin(
            image_key(&image.name, &format!("container {name}")),
            Builtin::ContainerImage,
            [("root", Slot::Port(Self::port(tar, OUT))), ("owners", Slot::Port(Self::port(root, "owners")))],
            json!({
                "name": name.as_str(),
                "version": container.version,
                "architecture": architecture(image.platform),
                "entrypoint": container.entrypoint,
                "env": container.env,
                "uid": container.user.uid,
                "gid": container.user.gid,
                "epoch": epoch,
            }),
        );
        let contained =
            Contained { name: name.to_string(), version: container.version.clone(), root, closure };
        Ok((node, contained))
    }
}

/// As Go calls it, whose names OCI takes (config.md, `architecture`).
const fn architecture(system: System) -> &'static str {
    match system {
        System::X86_64Linux => "amd64",
    }
}
