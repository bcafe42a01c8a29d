// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Image definitions to nodes.
//!
//! ```text
//! closure, templates ─compose-root─▶ root, owners ─tar-stream─▶ root.tar ─mkfs.erofs (sandbox)─▶ root.erofs ─verity─▶ root.verity,
//! boot.json ─initramfs─▶ initramfs.cpio ─unified-kernel-image─▶ <name>.efi; all of them merged are the image's files
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::Sha256;
use ashlar_images::{Compression, Compressor, ErofsPlan, ImageError};
use ashlar_recipe::{Content, FileOf, ImageDefinition, OutputRef, ProjectPath};
use serde_json::{Value, json};

use super::recipe::attribute_value;
use super::{OUT, Planner, image_key};
use crate::graph::{NodeId, Port, SandboxedTemplate, Slot, Template};
use crate::{Builtin, OutputRule, PlanError, SandboxedStep};

/// The seed set that holds mkfs.erofs.
const IMAGE_TOOLS: &str = "image-tools";

/// None of the arguments holds white space.
const MKFS: &str = "mkfs.erofs $MKFS_ARGUMENTS\n";

impl Planner<'_> {
    pub(super) fn add_image(&mut self, image: &ImageDefinition) -> Result<NodeId, PlanError> {
        self.pick_variants(image);
        let mut ports = Vec::new();
        for reference in &image.root.include {
            ports.push(self.add_output(reference)?);
        }
        let closure: BTreeSet<Port> = ports.iter().flat_map(|port| self.graph.closure(port)).collect();
        let kernel = self.file_of(&image.kernel)?;
        let stub = self.file_of(&image.stub)?;
        let init = self.file_of(&image.init)?;
        let whole: BTreeSet<Port> = closure.iter().chain([&kernel, &stub, &init]).cloned().collect();
        let epoch = self.image_epoch(image, &whole);

        let root = self.add_root(image, &closure)?;
        let tar = self.add_builtin(
            image_key(&image.name, "tar"),
            Builtin::TarStream,
            [("root", Slot::Port(Self::port(root, "root")))],
            json!({"epoch": epoch}),
        );
        let erofs = self.add_erofs(image, tar, epoch)?;
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
                ("kernel", Slot::Port(kernel)),
                ("initramfs", Slot::Port(Self::port(initramfs, OUT))),
                ("root", Slot::Port(Self::port(root, "root"))),
            ],
            json!({
                "stub": image.stub.file.as_str(),
                "kernel": image.kernel.file.as_str(),
                "cmdline": image.cmdline,
                "name": image.name.as_str(),
            }),
        );
        let files = vec![
            ("root".to_owned(), Self::port(verity, OUT)),
            ("owners".to_owned(), Self::port(root, "owners")),
            ("initramfs".to_owned(), Self::port(initramfs, OUT)),
            ("uki".to_owned(), Self::port(uki, OUT)),
        ];
        Ok(self.add_merge(format!("image {}", image.name), files, &[], &[], &[]))
    }

    /// An image picks one variant for all recipes that have it, or one for a recipe.
    fn pick_variants(&mut self, image: &ImageDefinition) {
        self.variants.clear();
        let recipes = self.input.recipes;
        for recipe in recipes.recipes() {
            let own = image.variants.get(&recipe.name);
            let general = image.variant.as_ref().filter(|variant| recipe.variants.contains_key(*variant));
            if let Some(variant) = own.or(general) {
                self.variants.insert(recipe.name.clone(), variant.clone());
            }
        }
    }

    fn add_builtin<const N: usize>(
        &mut self,
        key: String,
        builtin: Builtin,
        inputs: [(&str, Slot); N],
        arguments: Value,
    ) -> NodeId {
        let inputs = inputs.into_iter().map(|(name, slot)| (name.to_owned(), slot)).collect();
        self.graph.add(key, 1, BTreeMap::new(), Template::Builtin { builtin, inputs, arguments })
    }

    fn file_of(&mut self, file: &FileOf) -> Result<Port, PlanError> {
        self.add_output(&file.from)
    }

    /// The root tree and the map of owners. Every output of the closure is checked against its declaration on the way in.
    fn add_root(&mut self, image: &ImageDefinition, closure: &BTreeSet<Port>) -> Result<NodeId, PlanError> {
        let mut inputs = BTreeMap::new();
        for port in closure {
            let reference = self.graph.reference(port);
            let recipes = self.input.recipes;
            let output = OutputRef::parse(&reference).ok().and_then(|reference| {
                recipes.recipe(&reference.recipe).and_then(|recipe| recipe.output(&reference.output))
            });
            if let Some(output) = output {
                let check = self.add_closure_check(output, port.node);
                inputs.insert(format!("closure of {reference}"), Slot::Port(Self::port(check, OUT)));
            }
            inputs.insert(reference, Slot::Port(port.clone()));
        }
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
            "version": image.version,
            "values": image.values,
            "directories": directories,
            "links": links,
            "files": files,
            "attributes": attributes,
        });
        let key = image_key(&image.name, "root");
        Ok(self.graph.add(
            key,
            2,
            BTreeMap::new(),
            Template::Builtin { builtin: Builtin::ComposeRoot, inputs, arguments },
        ))
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

    fn add_erofs(&mut self, image: &ImageDefinition, tar: NodeId, epoch: u64) -> Result<NodeId, PlanError> {
        let tools = self.set_named(IMAGE_TOOLS)?;
        let sysroot = self.add_sysroot(&[tools], &[], &[])?;
        let arguments = mkfs_arguments(image, epoch)?.join(" ");
        let template = SandboxedTemplate {
            host: self.input.platform.host.as_str().to_owned(),
            target: image.platform.as_str().to_owned(),
            sysroot: Self::port(sysroot, OUT),
            target_root: None,
            sources: BTreeMap::from([("tar".to_owned(), Slot::Port(Self::port(tar, OUT)))]),
            steps: vec![SandboxedStep::Run { script: MKFS.to_owned() }],
            tests: vec!["fsck.erofs \"$OUT/root.erofs\"\n".to_owned()],
            asserts: Vec::new(),
            environment: BTreeMap::from([("MKFS_ARGUMENTS".to_owned(), arguments)]),
            epoch,
            outputs: vec![OutputRule {
                name: OUT.to_owned(),
                patterns: vec!["root.erofs".to_owned()],
                attributes: BTreeMap::new(),
            }],
        };
        let key = image_key(&image.name, "erofs");
        Ok(self.graph.add(key, 10, BTreeMap::new(), Template::Sandboxed(Box::new(template))))
    }

    /// The stated epoch, or the newest of the closure's recipes.
    fn image_epoch(&self, image: &ImageDefinition, closure: &BTreeSet<Port>) -> u64 {
        let newest = closure.iter().filter_map(|port| self.graph.epoch(port.node)).max();
        let stated = image.epoch.and_then(|epoch| u64::try_from(epoch).ok());
        stated.or(newest).unwrap_or(self.input.epoch)
    }
}

/// The arguments of mkfs.erofs. The UUID comes from the image's name: it identifies nothing, dm-verity's root hash does.
fn mkfs_arguments(image: &ImageDefinition, epoch: u64) -> Result<Vec<String>, PlanError> {
    let wrong = |cause: ImageError| PlanError::Source {
        recipe: format!("image {}", image.name),
        source_name: "erofs".to_owned(),
        reason: cause.to_string(),
    };
    let erofs = &image.erofs;
    let compression = match &erofs.compressor {
        None => None,
        Some(name) => {
            let compressor = Compressor::parse(name, erofs.level).map_err(wrong)?;
            let cluster = erofs.cluster.unwrap_or(Compression::MEASURED.cluster);
            Some(Compression::new(compressor, cluster, erofs.fragments, erofs.dedupe).map_err(wrong)?)
        }
    };
    let plan = ErofsPlan::new(compression, epoch, Sha256::of(image.name.as_str().as_bytes()));
    Ok(plan.arguments("/out/root.erofs", "/sources/tar/root.tar"))
}
