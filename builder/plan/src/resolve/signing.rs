// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Modules and kernel to signed ones (DESIGN §9.3). Nothing that is compiled depends on a key:
//!
//! ```text
//! unsigned modules ─keyless-sign─┐
//! a ceremony's tree ─────────────┴─▶ signatures ─insert-certificates─▶ vmlinux ─boot wrapper (sandbox)─▶ bzImage
//!                                        └──────splice-signatures────▶ signed modules
//! bzImage, System.map, signatures, signed modules ─signature-gate─▶ signing.json, or no image
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ashlar_recipe::{ImageDefinition, OutputRef};
use serde_json::json;

use super::{OUT, Planner, image_key};
use crate::graph::{NodeId, Port, SandboxedTemplate, Slot, Template};
use crate::{Builtin, ImageIdentity, OutputRule, PlanError, SandboxedStep, Signing};

/// Where the kernel that the wrapper makes lies in its output.
const BZIMAGE: &str = "boot/bzImage";
/// Where an output that is named by `kernel.vmlinux` has the files of the boot wrapper.
const WRAPPER: &str = "boot-wrapper";

/// `commands` are what kbuild ran between vmlinux and bzImage, in order.
///
/// A certificate changes the length of the compressed kernel by some bytes, and the wrapper's code lies behind it, at the next
/// multiple of 64: zeroes up to a multiple of 64 KiB keep it, and every address of it, where it is whatever the certificate. The
/// kernel reads one frame and nothing behind it (lib/decompress_unzstd.c).
const MAKE_BZIMAGE: &str = "cp -r /sources/wrapper/boot-wrapper .
cd boot-wrapper
zstd() {
    command zstd \"$@\" >../frame
    cat ../frame
    head -c $(((65536 - $(wc -c <../frame) % 65536) % 65536)) /dev/zero
}
set -eu
. ./commands
install -D -m 644 arch/x86/boot/bzImage \"$OUT/boot/bzImage\"
";

/// The kernel and the modules of an image, signed.
#[derive(Debug)]
pub(super) struct Signed {
    /// The kernel: the output, and the file in it.
    pub(super) kernel: (Port, String),
    /// Unsigned to signed modules, by reference; empty where the image has none.
    pub(super) modules: BTreeMap<String, Port>,
    /// Unsigned modules, by reference.
    pub(super) unsigned: BTreeMap<String, Port>,
    /// Certificates and signatures; absent where the image has no modules.
    pub(super) signatures: Option<Slot>,
}

impl Planner<'_> {
    /// Every output of the image and of its extensions that holds modules.
    fn module_outputs(image: &ImageDefinition) -> BTreeSet<&OutputRef> {
        let extensions = image.extensions.values().flat_map(|extension| &extension.modules);
        image.kernel.modules.iter().chain(extensions).collect()
    }

    /// Kernel and modules with the signatures that `identity` names.
    pub(super) fn add_signed(
        &mut self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
        epoch: u64,
    ) -> Result<Signed, PlanError> {
        let built = self.add_output(&image.kernel.image)?;
        let as_built = (built, image.kernel.file.as_str().to_owned());
        let mut unsigned = BTreeMap::new();
        for output in Self::module_outputs(image) {
            unsigned.insert(output.to_string(), self.add_output(output)?);
        }
        let Some(vmlinux) = image.kernel.vmlinux.as_ref().filter(|_| !unsigned.is_empty()) else {
            return Ok(Signed {
                kernel: as_built,
                modules: BTreeMap::new(),
                unsigned: BTreeMap::new(),
                signatures: None,
            });
        };
        let signatures = match &identity.signing {
            Signing::Ceremony { signatures, .. } => Slot::Tree(*signatures),
            Signing::Keyless => {
                let inputs = unsigned.iter().map(|(name, port)| (name.clone(), Slot::Port(port.clone())));
                let template = Template::of(
                    Builtin::KeylessSign,
                    inputs.collect(),
                    json!({"release": identity.release, "epoch": epoch}),
                );
                let key = image_key(&image.name, "keyless signatures");
                Slot::Port(Self::port(self.graph.add(key, 1, BTreeMap::new(), template), OUT))
            }
        };
        let kernel = self.add_certified_kernel(image, vmlinux, &signatures, epoch)?;
        let mut modules = BTreeMap::new();
        for (name, port) in &unsigned {
            let node = self.add_builtin(
                image_key(&image.name, &format!("signed {name}")),
                Builtin::SpliceSignatures,
                [("modules", Slot::Port(port.clone())), ("signatures", signatures.clone())],
                json!({}),
            );
            modules.insert(name.clone(), Self::port(node, OUT));
        }
        Ok(Signed { kernel, modules, unsigned, signatures: Some(signatures) })
    }

    /// The certificates put into vmlinux, and the boot wrapper made anew.
    fn add_certified_kernel(
        &mut self,
        image: &ImageDefinition,
        vmlinux: &OutputRef,
        signatures: &Slot,
        epoch: u64,
    ) -> Result<(Port, String), PlanError> {
        let wrapper = self.add_output(vmlinux)?;
        let inserted = self.add_builtin(
            image_key(&image.name, "vmlinux"),
            Builtin::InsertCertificates,
            [("vmlinux", Slot::Port(wrapper)), ("signatures", signatures.clone())],
            json!({"file": format!("{WRAPPER}/vmlinux")}),
        );
        // What linked the kernel makes its wrapper.
        let recipe = self.picked(&vmlinux.recipe)?;
        let sysroot = self.add_sysroot_of(&recipe)?;
        let template = SandboxedTemplate {
            host: self.input.platform.host.as_str().to_owned(),
            target: image.platform.as_str().to_owned(),
            sysroot: Self::port(sysroot, OUT),
            target_root: None,
            sources: BTreeMap::from([("wrapper".to_owned(), Slot::Port(Self::port(inserted, OUT)))]),
            steps: Arc::new(vec![SandboxedStep::Run { script: MAKE_BZIMAGE.to_owned() }]),
            tests: Vec::new(),
            asserts: Vec::new(),
            environment: recipe.build.env.clone(),
            epoch,
            outputs: vec![OutputRule {
                name: OUT.to_owned(),
                patterns: vec![BZIMAGE.to_owned()],
                attributes: BTreeMap::new(),
            }],
        };
        let key = image_key(&image.name, "kernel");
        let node = self.graph.add(key, 10, BTreeMap::new(), Template::Sandboxed(Box::new(template)));
        Ok((Self::port(node, OUT), BZIMAGE.to_owned()))
    }

    /// The gate: every signature of every module against the certificates found in the kernel that boots.
    pub(super) fn add_gate(
        &mut self,
        image: &ImageDefinition,
        identity: &ImageIdentity,
        signed: &Signed,
        epoch: u64,
    ) -> Result<Option<NodeId>, PlanError> {
        let Some(signatures) = &signed.signatures else { return Ok(None) };
        let mut inputs: BTreeMap<String, Slot> = signed
            .modules
            .iter()
            .map(|(name, port)| (format!("modules {name}"), Slot::Port(port.clone())))
            .collect();
        inputs.insert("signatures".to_owned(), signatures.clone());
        inputs.insert("kernel".to_owned(), Slot::Port(signed.kernel.0.clone()));
        inputs.insert("map".to_owned(), Slot::Port(self.add_output(&image.kernel.image)?));
        let template = Template::of(
            Builtin::SignatureGate,
            inputs,
            json!({
                "release": identity.release,
                "epoch": epoch,
                "kernel": signed.kernel.1,
                "map": system_map(image),
            }),
        );
        let key = image_key(&image.name, "signature gate");
        Ok(Some(self.graph.add(key, 1, BTreeMap::new(), template)))
    }
}

/// System.map lies beside the kernel.
fn system_map(image: &ImageDefinition) -> String {
    let file = image.kernel.file.as_str();
    match file.rsplit_once('/') {
        Some((folder, _)) => format!("{folder}/System.map"),
        None => "System.map".to_owned(),
    }
}
