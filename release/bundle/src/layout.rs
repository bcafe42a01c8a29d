// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which files a release directory has, what each is for, and which have to be there. This is the only list.
//!
//! ```text
//! <release id>/
//!   <image>.efi vmlinuz initramfs.cpio cmdline root.erofs boot.json owners.json extensions/<name>.raw     image
//!   certificate.pem signatures/<sha512>.p7s key-statement.intoto.json [secure-boot.p7s secure-boot.pem]   signature
//!   provenance.intoto.jsonl inputs.json kernel.config System.map release.json extensions.json             record
//!   modules.json signing.json os.spdx.json os.spdx3.json os.cdx.json build.spdx.json build.spdx3.json     record
//!   sbom.intoto.jsonl                                                                                     record
//!   extensions/<name>.spdx.json <name>.spdx3.json <name>.cdx.json <name>-build.spdx{,3}.json              record
//!   [sources/<sha256>]                                                                                    source
//!   manifest.json [manifest.sig] SHA256SUMS                                                        not in the manifest
//! ```
//! docs/design/release.md, "Release directory".

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{BundleError, BundlePath, ImageName, Signer};

/// The manifest.
pub const MANIFEST: &str = "manifest.json";
/// The publisher's signature over the manifest.
pub const MANIFEST_SIGNATURE: &str = "manifest.sig";
/// The list for coreutils.
pub const SUMS: &str = "SHA256SUMS";
/// The ephemeral certificates, PEM.
pub const CERTIFICATE: &str = "certificate.pem";
/// What the ephemeral key says of itself.
pub const KEY_STATEMENT: &str = "key-statement.intoto.json";
/// How the release was built.
pub const PROVENANCE: &str = "provenance.intoto.jsonl";
/// What is in the root, for scanners.
pub const SBOM: &str = "os.spdx.json";
/// Whose description of which files the documents are.
pub const SBOM_STATEMENTS: &str = "sbom.intoto.jsonl";
/// Every input by digest.
pub const INPUTS: &str = "inputs.json";
/// What the OS is, by digest.
pub const RELEASE: &str = "release.json";
/// Folder of the modules' signatures.
pub const SIGNATURES: &str = "signatures";
/// Folder of extensions.
pub const EXTENSIONS: &str = "extensions";
/// Folder of carried sources.
pub const SOURCES: &str = "sources";

const SECURE_BOOT_SIGNATURE: &str = "secure-boot.p7s";
const SECURE_BOOT_CERTIFICATE: &str = "secure-boot.pem";

/// The folders of a release; they hold files only.
pub(crate) const FOLDERS: &[&str] = &[EXTENSIONS, SIGNATURES, SOURCES];
/// What the manifest does not list, because it is made from it.
pub(crate) const OUTSIDE: &[&str] = &[MANIFEST, MANIFEST_SIGNATURE, SUMS];

/// What a file of a release is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// It boots or runs.
    Image,
    /// It came from a key.
    Signature,
    /// It says how the release came to be.
    Record,
    /// It went into the build.
    Source,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Image => "image",
            Self::Signature => "signature",
            Self::Record => "record",
            Self::Source => "source",
        })
    }
}

/// When a file has to be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Need {
    Always,
    /// Exactly if a ceremony was held.
    Ceremony,
    /// Both or neither.
    SecureBoot,
}

/// Files with a fixed name. The unified kernel image is named after the image and stands in [`Layout::role`].
const FIXED: &[(&str, Role, Need)] = &[
    ("vmlinuz", Role::Image, Need::Always),
    ("initramfs.cpio", Role::Image, Need::Always),
    ("cmdline", Role::Image, Need::Always),
    ("root.erofs", Role::Image, Need::Always),
    ("boot.json", Role::Image, Need::Always),
    ("owners.json", Role::Image, Need::Always),
    (CERTIFICATE, Role::Signature, Need::Always),
    (KEY_STATEMENT, Role::Signature, Need::Ceremony),
    (SECURE_BOOT_SIGNATURE, Role::Signature, Need::SecureBoot),
    (SECURE_BOOT_CERTIFICATE, Role::Signature, Need::SecureBoot),
    (PROVENANCE, Role::Record, Need::Always),
    (INPUTS, Role::Record, Need::Always),
    ("kernel.config", Role::Record, Need::Always),
    ("System.map", Role::Record, Need::Always),
    (RELEASE, Role::Record, Need::Always),
    ("extensions.json", Role::Record, Need::Always),
    ("modules.json", Role::Record, Need::Always),
    ("signing.json", Role::Record, Need::Always),
    (SBOM, Role::Record, Need::Always),
    ("os.spdx3.json", Role::Record, Need::Always),
    ("os.cdx.json", Role::Record, Need::Always),
    ("build.spdx.json", Role::Record, Need::Always),
    ("build.spdx3.json", Role::Record, Need::Always),
    (SBOM_STATEMENTS, Role::Record, Need::Always),
];

/// The documents about an extension, by what follows its name.
const ABOUT_EXTENSION: [&str; 5] =
    ["-build.spdx.json", "-build.spdx3.json", ".spdx.json", ".spdx3.json", ".cdx.json"];

/// The layout of a release of one image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    uki: String,
}

impl Layout {
    /// The layout of a release of `image`.
    #[must_use]
    pub fn new(image: &ImageName) -> Self {
        Self { uki: format!("{image}.efi") }
    }

    /// Name of the unified kernel image.
    #[must_use]
    pub fn uki(&self) -> &str {
        &self.uki
    }

    /// What the file at `path` is for; `None` if a manifest cannot list such a file.
    #[must_use]
    pub fn role(&self, path: &BundlePath) -> Option<Role> {
        let text = path.as_str();
        if text == self.uki {
            return Some(Role::Image);
        }
        match text.split_once('/') {
            None => FIXED.iter().find(|(name, _, _)| *name == text).map(|(_, role, _)| *role),
            Some((EXTENSIONS, name)) => {
                let with = |ending: &str| {
                    name.strip_suffix(ending).is_some_and(|stem| ImageName::parse(stem).is_ok())
                };
                let is_about = || ABOUT_EXTENSION.iter().any(|ending| with(ending));
                if with(".raw") { Some(Role::Image) } else { is_about().then_some(Role::Record) }
            }
            Some((SIGNATURES, name)) => {
                name.strip_suffix(".p7s").filter(|digits| is_hex(digits, 128)).map(|_| Role::Signature)
            }
            Some((SOURCES, name)) => is_hex(name, 64).then_some(Role::Source),
            Some(_) => None,
        }
    }

    /// Whether a release by `signer` may consist of `paths`, the files that its manifest lists.
    ///
    /// # Errors
    /// [`BundleError::Unplaced`], [`BundleError::Missing`] or [`BundleError::Superfluous`], for the first such file.
    pub fn check(&self, paths: &BTreeSet<&BundlePath>, signer: Signer) -> Result<(), BundleError> {
        if let Some(path) = paths.iter().find(|path| self.role(path).is_none()) {
            return Err(BundleError::Unplaced { path: path.to_string() });
        }
        let there = |name: &str| paths.iter().any(|path| path.as_str() == name);
        let secure_boot = there(SECURE_BOOT_SIGNATURE) || there(SECURE_BOOT_CERTIFICATE);
        let uki = (self.uki.as_str(), Role::Image, Need::Always);
        for (name, _, need) in FIXED.iter().copied().chain([uki]) {
            let path = || name.to_owned();
            match (need, there(name)) {
                (Need::Always, false) => {
                    return Err(BundleError::Missing { path: path(), reason: "every release has it" });
                }
                (Need::Ceremony, false) if signer != Signer::Keyless => {
                    return Err(BundleError::Missing { path: path(), reason: "a ceremony was held" });
                }
                (Need::Ceremony, true) if signer == Signer::Keyless => {
                    return Err(BundleError::Superfluous {
                        path: path(),
                        reason: "no key made these signatures",
                    });
                }
                (Need::SecureBoot, false) if secure_boot => {
                    let reason = "a signature and its certificate belong together";
                    return Err(BundleError::Missing { path: path(), reason });
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// Exactly `digits` lowercase hex digits.
pub(crate) fn is_hex(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests;
