// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Image formats: from a tree of files to what firmware and kernel boot.
//!
//! Tree → [`write_tar`] → erofs (by the plan in [`ErofsPlan`]) → [`VerityTree`] → [`BootSpec`] →
//! [`write_newc`] (the initramfs) → [`assemble_uki`]. Everything here is a function of values, readers and
//! writers: no process, no environment, no clock. Where a file's content is needed it comes through
//! [`BlobSource`]. Every path of an image has exactly one owner ([`OwnerMap`]).
#![forbid(unsafe_code)]

mod blob_source;
mod boot_spec;
mod erofs;
mod error;
mod extension;
mod module_order;
mod newc;
mod oci;
mod owners;
mod pe;
mod tar_stream;
mod template;
mod template_scope;
mod uki;
mod verity;

#[cfg(test)]
mod foreign;

pub use blob_source::BlobSource;
pub use boot_spec::{BootSpec, RootDevice, RootSpec};
pub use erofs::{Compression, Compressor, ErofsPlan};
pub use error::{ImageError, PeFault};
pub use extension::{
    EXTENSION_DESCRIPTOR, ExtensionDescriptor, ExtensionSpec, extension_descriptor, extensions_json,
};
pub use module_order::{MODULES_PATH, load_order, load_order_upon, modules_json};
pub use newc::write_newc;
pub use oci::{ContainerSpec, Layer, OciLayout, container_path};
pub use owners::{Owner, OwnerConflict, OwnerError, OwnerMap};
pub use tar_stream::write_tar;
pub use template::{Template, TemplateError, image_values};
pub use uki::{Uki, assemble_uki};
pub use verity::{RootHash, Salt, Uuid, VERITY_BLOCK, VerityParameters, VerityTree};
