// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The steps that our own code does in-process.
//!
//! Each is a function of its named inputs and arguments, with no other way to the world: blobs come from the store by digest, results
//! go back as trees. Its version stands in `ashlar_plan::Builtin::id` and moves when its bytes do.

mod blobs;
mod cargo_vendor;
mod checksums;
mod compose_extension;
mod compose_root;
mod container_image;
mod crate_archive;
mod describe;
mod extension_image;
mod go_proxy;
#[cfg(test)]
mod golden;
mod initramfs;
mod inputs;
mod insert_certificates;
mod keyless_sign;
mod licence_texts;
mod lint;
mod lint_gate;
mod list_files;
mod merge;
mod module_files;
mod package_copyright;
mod release_files;
mod signature_gate;
mod signatures;
mod splice;
mod tar_stream;
mod uki;
mod unpack_deb;
mod verity;

use std::collections::BTreeMap;

use ashlar_plan::{Builtin, BuiltinAction};
use ashlar_store::Store;
use ashlar_tree::Tree;

pub(crate) use inputs::Inputs;

use crate::EngineError;

/// The name of the one output that most builtins have.
const OUT: &str = "out";

/// Carries out `action` and gives its outputs.
pub(crate) fn run(
    store: &Store,
    label: &str,
    action: &BuiltinAction,
) -> Result<BTreeMap<String, Tree>, EngineError> {
    let inputs = Inputs::new(store, label, action);
    let out = |tree: Tree| BTreeMap::from([(OUT.to_owned(), tree)]);
    Ok(match action.builtin {
        Builtin::UnpackDeb => out(unpack_deb::run(&inputs)?),
        Builtin::Merge => out(merge::run(&inputs)?),
        Builtin::CargoVendor => out(cargo_vendor::run(&inputs)?),
        Builtin::GoProxy => out(go_proxy::run(&inputs)?),
        Builtin::Lint => out(lint::run(&inputs)?),
        Builtin::LintGate => out(lint_gate::run(&inputs)?),
        Builtin::ComposeRoot => compose_root::run(&inputs)?,
        Builtin::Describe => describe::run(&inputs)?,
        Builtin::Checksums => out(checksums::run(&inputs)?),
        Builtin::LicenceTexts => out(licence_texts::run(&inputs)?),
        Builtin::ListFiles => list_files::run(&inputs)?,
        Builtin::TarStream => out(tar_stream::run(&inputs)?),
        Builtin::Verity => out(verity::run(&inputs)?),
        Builtin::Initramfs => out(initramfs::run(&inputs)?),
        Builtin::UnifiedKernelImage => out(uki::run(&inputs)?),
        Builtin::KeylessSign => out(keyless_sign::run(&inputs)?),
        Builtin::InsertCertificates => out(insert_certificates::run(&inputs)?),
        Builtin::SpliceSignatures => out(splice::run(&inputs)?),
        Builtin::SignatureGate => out(signature_gate::run(&inputs)?),
        Builtin::ReleaseFiles => release_files::run(&inputs)?,
        Builtin::ComposeExtension => compose_extension::run(&inputs)?,
        Builtin::ContainerImage => out(container_image::run(&inputs)?),
        Builtin::ExtensionImage => extension_image::run(&inputs)?,
    })
}
