// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Image definitions to nodes.
//!
//! ```text
//! closure, templates, release files ─compose-root─▶ root, owners ─describe, list-files─▶ root, owners ─tar-stream─▶ root.tar ─mkfs.erofs (sandbox)─▶ root.erofs ─verity─▶ root.verity,
//! boot.json ─initramfs─▶ initramfs.cpio ─unified-kernel-image─▶ <name>.efi; all of them merged are the image's files
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::{Content, FileOf, ImageDefinition, ProjectPath};
use serde_json::{Value, json};

use super::recipe::attribute_value;
use super::sbom::{Boot, Subject};
use super::signing::Signed;
use super::{OUT, Planner, expiry, image_key, services};
use crate::graph::{NodeId, Port, Slot, Template};
use crate::{Builtin, ImageIdentity, PlanError};

impl Planner<'_> {
    pub(super) fn add_image(
        &mut self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
    ) -> Result<NodeId, PlanError> {
        self.pick_variants(image);
        let mut ports = Vec::new();
        for reference in image.root.include.iter().chain(&image.kernel.modules) {
            ports.push(self.add_output(reference)?);
        }
        let closure: BTreeSet<Port> = ports.iter().flat_map(|port| self.graph.closure(port)).collect();
        let kernel = self.add_output(&image.kernel.image)?;
        let stub = self.file_of(&image.stub)?;
        let init = self.file_of(&image.init)?;
        let whole: BTreeSet<Port> = closure.iter().chain([&kernel, &stub, &init]).cloned().collect();
        let epoch = self.image_epoch(image, &whole);
        expiry::of_image(image, epoch)?;

        let signed = self.add_signed(image, identity, epoch)?;
        let gate = self.add_gate(image, identity, &signed, epoch)?;
        let (mut extensions, mut sboms) = (BTreeMap::new(), Vec::new());
        for (name, extension) in &image.extensions {
            let (node, sbom) = self.add_extension(image, identity, name, extension, &signed, epoch)?;
            sboms.push((format!("sbom of {name}"), sbom));
            extensions.insert(name.to_string(), node);
        }
        let about = self.add_release_files(image, identity, &signed, &extensions);
        let mut own = vec![("own release files".to_owned(), Self::port(about, "inside"))];
        let mut containers = Vec::new();
        for (name, container) in &image.containers {
            let (node, contained) = self.add_container(image, name, container, &signed, epoch)?;
            containers.push(contained);
            own.push((format!("own container {name}"), Self::port(node, OUT)));
        }
        // What boots lies outside of the root, and nothing is made before it has passed its gates too.
        for port in whole.difference(&closure) {
            let gate = self.add_lint_gate_of(port);
            own.extend(gate.map(|gate| (format!("closure of {}", self.graph.reference(port)), gate)));
        }
        let composed = self.add_root(image, identity, &closure, &signed, own)?;
        let boot = Self::boots(image, &signed, &stub, &init);
        let sbom = self.add_sbom(&Subject {
            key: &|part| image_key(&image.name, part),
            name: image.name.as_str(),
            version: &identity.version,
            carrier: "os",
            root: composed,
            closure: &closure,
            boot,
            containers,
            epoch,
        })?;
        let root = sbom.listed;
        let tar = self.add_builtin(
            image_key(&image.name, "tar"),
            Builtin::TarStream,
            [("root", Slot::Port(Self::port(root, "root")))],
            json!({"epoch": epoch}),
        );
        let name = image.name.as_str();
        let erofs = self.add_erofs(&image.erofs, &image_key(&image.name, "erofs"), name, tar, epoch)?;
        let verity = self.add_builtin(
            image_key(&image.name, "verity"),
            Builtin::Verity,
            [("erofs", Slot::Port(Self::port(erofs, OUT)))],
            json!({}),
        );
        let initramfs = self.add_builtin(
            image_key(&image.name, "initramfs"),
            Builtin::Initramfs,
            [("verity", Slot::Port(Self::port(verity, OUT))), ("init", Slot::Port(init))],
            json!({"init": image.init.file.as_str(), "epoch": epoch}),
        );
        let uki = self.add_builtin(
            image_key(&image.name, "unified kernel image"),
            Builtin::UnifiedKernelImage,
            [
                ("stub", Slot::Port(stub)),
                ("kernel", Slot::Port(signed.kernel.0)),
                ("initramfs", Slot::Port(Self::port(initramfs, OUT))),
                ("root", Slot::Port(Self::port(root, "root"))),
            ],
            json!({
                "stub": image.stub.file.as_str(),
                "kernel": signed.kernel.1,
                "cmdline": image.cmdline,
                "name": image.name.as_str(),
            }),
        );
        let mut files = vec![
            ("root".to_owned(), Self::port(verity, OUT)),
            ("owners".to_owned(), Self::port(root, "owners")),
            ("initramfs".to_owned(), Self::port(initramfs, OUT)),
            ("uki".to_owned(), Self::port(uki, OUT)),
            ("about".to_owned(), Self::port(about, "outside")),
            ("sbom".to_owned(), Self::port(sbom.described, "outside")),
        ];
        files.extend(sboms);
        files.extend(gate.map(|gate| ("gate".to_owned(), Self::port(gate, OUT))));
        for (name, node) in extensions {
            files.push((format!("extension {name}"), Self::port(node, "raw")));
        }
        Ok(self.add_merge(format!("image {}", image.name), files, &[], &[], &[]))
    }

    /// What lies outside of the root.
    fn boots<'i>(image: &'i ImageDefinition, signed: &Signed, stub: &Port, init: &Port) -> Vec<Boot<'i>> {
        let boot = |name, file: &'i FileOf, port: &Port| Boot {
            name,
            recipe: &file.from.recipe,
            file: file.file.as_str(),
            port: port.clone(),
        };
        vec![
            Boot {
                name: "kernel",
                recipe: &image.kernel.image.recipe,
                file: image.kernel.file.as_str(),
                port: signed.kernel.0.clone(),
            },
            boot("stub", &image.stub, stub),
            boot("init", &image.init, init),
        ]
    }

    /// What the image says of itself; output `inside` is for the root, `outside` lies beside the image's files.
    fn add_release_files(
        &mut self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
        signed: &Signed,
        extensions: &BTreeMap<String, NodeId>,
    ) -> NodeId {
        let modules = signed.unsigned.iter();
        let mut inputs: BTreeMap<String, Slot> =
            modules.map(|(name, port)| (format!("modules {name}"), Slot::Port(port.clone()))).collect();
        inputs.extend(signed.signatures.iter().map(|slot| ("signatures".to_owned(), slot.clone())));
        for (name, node) in extensions {
            inputs.insert(format!("extension {name}"), Slot::Port(Self::port(*node, "spec")));
        }
        let own: Vec<String> = image.kernel.modules.iter().map(ToString::to_string).collect();
        let arguments = json!({
            "release": identity.release,
            "project": self.input.recipes.project().name.as_str(),
            "image": image.name.as_str(),
            "version": identity.version,
            "platform": image.platform.as_str(),
            "kind": identity.kind,
            "signer": identity.signing.name(),
            "modules": own,
            "load": image.kernel.load,
        });
        let template = Template::of(Builtin::ReleaseFiles, inputs, arguments);
        self.graph.add(image_key(&image.name, "release files"), 1, BTreeMap::new(), template)
    }

    /// An image picks one variant for all recipes that have it, or one for a recipe.
    fn pick_variants(&mut self, image: &ImageDefinition) {
        self.variants.clear();
        let recipes = self.input.recipes;
        let picked = recipes.recipes().filter_map(|recipe| Some((recipe, image.variant_of(recipe)?)));
        self.variants.extend(picked.map(|(recipe, variant)| (recipe.name.clone(), variant.clone())));
    }

    pub(super) fn add_builtin<const N: usize>(
        &mut self,
        key: String,
        builtin: Builtin,
        inputs: [(&str, Slot); N],
        arguments: Value,
    ) -> NodeId {
        let inputs = inputs.into_iter().map(|(name, slot)| (name.to_owned(), slot)).collect();
        self.graph.add(key, 1, BTreeMap::new(), Template::of(builtin, inputs, arguments))
    }

    fn file_of(&mut self, file: &FileOf) -> Result<Port, PlanError> {
        self.add_output(&file.from)
    }

    /// Every output of a closure by its reference, modules signed; and their gates, on the way in.
    pub(super) fn closure_inputs(
        &mut self,
        closure: &BTreeSet<Port>,
        signed: &Signed,
    ) -> BTreeMap<String, Slot> {
        let mut inputs = BTreeMap::new();
        for port in closure {
            let reference = self.graph.reference(port);
            if let Some(gate) = self.add_lint_gate_of(port) {
                inputs.insert(format!("closure of {reference}"), Slot::Port(gate));
            }
            let port = signed.modules.get(&reference).unwrap_or(port);
            inputs.insert(reference, Slot::Port(port.clone()));
        }
        inputs
    }

    /// The root tree and the map of owners.
    fn add_root(
        &mut self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
        closure: &BTreeSet<Port>,
        signed: &Signed,
        own: Vec<(String, Port)>,
    ) -> Result<NodeId, PlanError> {
        let mut inputs = self.closure_inputs(closure, signed);
        inputs.extend(own.into_iter().map(|(name, port)| (name, Slot::Port(port))));
        let mut files = Vec::new();
        for file in &image.root.files {
            let content = match &file.content {
                Content::Text(text) => json!({"text": text}),
                Content::Template(path) => json!({"template": self.project_file(image, path, &mut inputs)?}),
                Content::File(path) => json!({"file": self.project_file(image, path, &mut inputs)?}),
            };
            files.push(json!({
                "path": file.path.as_str(), "content": content,
                "mode": file.mode.to_string(), "uid": file.uid, "gid": file.gid,
            }));
        }
        files.extend(services::file(image)?);
        let directories: Vec<Value> = image
            .root
            .directories
            .iter()
            .map(|entry| json!({"path": entry.path.as_str(), "mode": entry.mode.to_string(), "uid": entry.uid, "gid": entry.gid}))
            .collect();
        let links: Vec<Value> = image
            .root
            .links
            .iter()
            .map(|link| json!({"path": link.path.as_str(), "target": link.target}))
            .collect();
        let attributes: Vec<Value> = image.root.attributes.iter().map(attribute_value).collect();
        let arguments = json!({
            "image": image.name.as_str(),
            "version": identity.version,
            "values": image.values,
            "directories": directories,
            "links": links,
            "files": files,
            "attributes": attributes,
        });
        let key = image_key(&image.name, "root");
        Ok(self.graph.add(key, 2, BTreeMap::new(), Template::of(Builtin::ComposeRoot, inputs, arguments)))
    }

    /// Makes a file of the project an input, and gives its path.
    fn project_file<'p>(
        &self,
        image: &ImageDefinition,
        path: &'p ProjectPath,
        inputs: &mut BTreeMap<String, Slot>,
    ) -> Result<&'p str, PlanError> {
        let tree = self.input.sources.path_tree("", path, &[]).map_err(|reason| PlanError::Source {
            recipe: format!("image {}", image.name),
            source_name: path.as_str().to_owned(),
            reason,
        })?;
        inputs.insert(format!("project {}", path.as_str()), Slot::Tree(tree));
        Ok(path.as_str())
    }

    /// The stated epoch, or the newest of the closure's recipes.
    fn image_epoch(&self, image: &ImageDefinition, closure: &BTreeSet<Port>) -> u64 {
        let newest = closure.iter().filter_map(|port| self.graph.epoch(port.node)).max();
        let stated = image.epoch.and_then(|epoch| u64::try_from(epoch).ok());
        stated.or(newest).unwrap_or(self.input.epoch)
    }
}
