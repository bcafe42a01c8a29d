// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A tar stream to an erofs, by the seed's mkfs.erofs in the sandbox.

use std::collections::BTreeMap;
use std::sync::Arc;

use ashlar_digest::{Sha256, TreeDigest};
use ashlar_images::{Compression, Compressor, ErofsPlan, ImageError};
use ashlar_recipe::ErofsSettings;
use serde_json::json;

use super::{OUT, Planner};
use crate::graph::{NodeId, SandboxedTemplate, Slot, Template};
use crate::{Builtin, OutputRule, PlanError, SandboxedStep};

/// The seed set that holds mkfs.erofs.
const IMAGE_TOOLS: &str = "image-tools";

/// None of the arguments holds white space. With `-Efragments`, mkfs.erofs 1.8.6 gives the inode that it packs fragments into a mode by the
/// umask.
const MKFS: &str = "umask 022\nmkfs.erofs $MKFS_ARGUMENTS\n";

impl Planner<'_> {
    /// The node whose `root.erofs` is made of `tar`. `name` gives the file system its UUID, `key` its node a name.
    pub(super) fn add_erofs(
        &mut self,
        settings: &ErofsSettings,
        key: &str,
        name: &str,
        tar: NodeId,
        epoch: u64,
    ) -> Result<NodeId, PlanError> {
        let tools = self.set_named(IMAGE_TOOLS)?;
        let sysroot = self.add_sysroot(&[tools], &[], &[])?;
        let arguments = mkfs_arguments(settings, name, epoch)?.join(" ");
        let template = SandboxedTemplate {
            host: self.input.platform.host.as_str().to_owned(),
            target: self.input.platform.target.as_str().to_owned(),
            sysroot: Self::port(sysroot, OUT),
            target_root: None,
            sources: BTreeMap::from([("tar".to_owned(), Slot::Port(Self::port(tar, OUT)))]),
            steps: Arc::new(vec![SandboxedStep::Run { script: MKFS.to_owned() }]),
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
        Ok(self.graph.add(key.to_owned(), 10, BTreeMap::new(), Template::Sandboxed(Box::new(template))))
    }

    /// A tree of the store as a disk, uncompressed; gives the node whose output `out` holds `root.erofs`.
    ///
    /// # Errors
    /// [`PlanError`] if the seed set that makes file systems is unknown or not locked.
    pub fn disk(&mut self, tree: TreeDigest) -> Result<NodeId, PlanError> {
        let epoch = self.input.epoch;
        let tar = self.add_builtin(
            format!("disk {tree} tar"),
            Builtin::TarStream,
            [("root", Slot::Tree(tree))],
            json!({"epoch": epoch}),
        );
        let settings =
            ErofsSettings { compressor: None, level: None, cluster: None, fragments: false, dedupe: false };
        self.add_erofs(&settings, &format!("disk {tree}"), "disk", tar, epoch)
    }
}

/// The arguments of mkfs.erofs. The UUID comes from a name: it identifies nothing, dm-verity's root hash does.
fn mkfs_arguments(erofs: &ErofsSettings, name: &str, epoch: u64) -> Result<Vec<String>, PlanError> {
    let wrong = |cause: ImageError| PlanError::Source {
        recipe: format!("image {name}"),
        source_name: "erofs".to_owned(),
        reason: cause.to_string(),
    };
    let compression = match &erofs.compressor {
        None => None,
        Some(name) => {
            let compressor = Compressor::parse(name, erofs.level).map_err(wrong)?;
            let cluster = erofs.cluster.unwrap_or(Compression::MEASURED.cluster);
            Some(Compression::new(compressor, cluster, erofs.fragments, erofs.dedupe).map_err(wrong)?)
        }
    };
    let plan = ErofsPlan::new(compression, epoch, Sha256::of(name.as_bytes()));
    Ok(plan.arguments("/out/root.erofs", "/sources/tar/root.tar"))
}
