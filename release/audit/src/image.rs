// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What boots: do the files that a release shows are the ones that it boots, and does each hold what the others say?
//!
//! ```text
//! <image>.efi ─ .linux = vmlinuz ─ certificate area = certificate.pem
//!             ├ .cmdline = cmdline
//!             ├ .uname = the kernel's own version
//!             ├ .initrd = initramfs.cpio ─ ashlar/boot.json = boot.json ─ root hash, recomputed
//!             │                          └ ashlar/root.erofs = root.erofs ┘
//!             └ attached signature = secure-boot.p7s, where there is one
//! extensions/<name>.raw ─ root hash, recomputed = release.json
//! ```
//! What needs a rebuild is not judged here: the stub, `init`, and what the root holds (of that, the SBOM documents are judged by
//! `documents`). `System.map` says where the
//! kernel's certificates lie; it comes with the release, so without a trusted publisher only a rebuild proves that
//! it is the kernel's own.

pub(crate) mod archive;
mod extensions;
mod initramfs;
mod kernel;
mod root;
pub(crate) mod sections;
mod secure_boot;
mod unified;
pub(crate) mod verity;

use ashlar_release_bundle::limits::{DOCUMENT_LIMIT, IMAGE_LIMIT};

use crate::Trust;
use crate::certificate::CertificateSet;
use crate::folder::Folder;
use crate::release_json::ReleaseJson;
use crate::report::Notes;

/// What was recomputed from the image files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Image {
    /// The root hash of `root.erofs`, hex: what a machine that runs this release has to report.
    pub(crate) root_hash: Option<String>,
}

/// Judges all image files. `certificates` and `described` are missing where they could not be read, which was noted
/// then.
pub(crate) fn check(
    folder: &Folder,
    described: Option<&ReleaseJson>,
    certificates: Option<&CertificateSet>,
    trust: &Trust,
    notes: &mut Notes,
) -> Image {
    let mut read = |path: &str, limit: u64| folder.read(path, limit, notes);
    let (root, boot) = (read("root.erofs", IMAGE_LIMIT), read("boot.json", DOCUMENT_LIMIT));
    let (initramfs, vmlinuz) = (read("initramfs.cpio", IMAGE_LIMIT), read("vmlinuz", IMAGE_LIMIT));
    let cmdline = read("cmdline", DOCUMENT_LIMIT);
    let image_path = format!("{}.efi", folder.manifest().image);
    let unified = read(&image_path, IMAGE_LIMIT);

    let root_place = match (&root, &boot) {
        (Some(root), Some(boot)) => root::check(root, boot, notes),
        _ => None,
    };
    if let (Some(initramfs), Some(boot), Some(root)) = (&initramfs, &boot, &root) {
        let in_archive = root_place.as_ref().is_none_or(|place| place.in_initramfs);
        initramfs::check(initramfs, boot, root, in_archive, notes);
    }
    if let (Some(vmlinuz), Some(certificates)) = (&vmlinuz, certificates) {
        kernel::check(folder, vmlinuz, certificates, notes);
    }
    if let (Some(unified), Some(vmlinuz), Some(initramfs), Some(cmdline)) =
        (&unified, &vmlinuz, &initramfs, &cmdline)
    {
        let parts = unified::Parts { vmlinuz, initramfs, cmdline };
        unified::check(&image_path, unified, &parts, notes);
    }
    if let Some(unified) = &unified {
        secure_boot::check(folder, &image_path, unified, trust, notes);
    }
    extensions::check(folder, described, notes);
    Image { root_hash: root_place.map(|place| place.root_hash) }
}
