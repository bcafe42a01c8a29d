// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `manifest.json`: what a release is and every file of it. The publisher's signature is over these bytes.
//!
//! ```text
//! {"agent_sha256", "checkout", "epoch", "expected": {artifact: digest}, "files": {path: {"role", "sha256", "size"}}, "image",
//!  "platform", "project", "release", "schema": 1, "signer", "version"}
//! ```
//! Canonical JSON and a newline; it lists every file but itself, `manifest.sig` and `SHA256SUMS`.
//! A [`Manifest`] is always complete by the layout, however it came to be.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ashlar_digest::{Sha256, TreeDigest};
use ashlar_module_signature::ReleaseId;

use crate::layout::{self, Layout, OUTSIDE, Role};
use crate::{BundleError, BundlePath, ImageName, Listing, Measured, PlatformName, Signer, Sums, Version};

mod wire;

/// What a manifest says besides its files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestHead {
    /// The project that the image belongs to.
    pub project: ImageName,
    /// The image.
    pub image: ImageName,
    /// The version of the release.
    pub version: Version,
    /// What it runs on.
    pub platform: PlatformName,
    /// The image's epoch, seconds since 1970.
    pub epoch: u64,
    /// What made the modules' signatures.
    pub signer: Signer,
    /// The program that held the key; none for keyless, and only there.
    pub agent: Option<Sha256>,
    /// The tree digest of the checkout that was built.
    pub checkout: TreeDigest,
    /// What `ashlar.expected` says of the image: digests by the name of the artifact.
    pub expected: BTreeMap<String, Sha256>,
}

impl ManifestHead {
    /// `<project>-<image>-<version>-<arch>`.
    ///
    /// # Errors
    /// [`BundleError::Name`] if that is too long for a release id.
    pub fn release(&self) -> Result<ReleaseId, BundleError> {
        let text =
            format!("{}-{}-{}-{}", self.project, self.image, self.version, self.platform.architecture());
        ReleaseId::parse(&text).map_err(|_| BundleError::Name {
            what: "release id",
            text,
            reason: "it is longer than 200 bytes, or holds a character that none has",
        })
    }
}

/// One file of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileEntry {
    /// What it is for.
    pub role: Role,
    /// Its size and digest.
    pub measured: Measured,
}

/// The manifest of a release.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    head: ManifestHead,
    release: ReleaseId,
    files: BTreeMap<BundlePath, FileEntry>,
}

/// In what a directory differs from its manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FileDifference {
    /// The manifest lists it, the directory lacks it.
    Missing(BundlePath),
    /// The directory has it, the manifest does not list it.
    Unlisted(BundlePath),
    /// It has another content.
    Content {
        /// The file.
        path: BundlePath,
        /// As the manifest says.
        listed: Measured,
        /// As it is.
        found: Measured,
    },
}

impl Manifest {
    /// The manifest of these files, which are all of the release but those that are made from the manifest.
    ///
    /// # Errors
    /// [`BundleError::Name`]; [`BundleError::Unplaced`], [`BundleError::Missing`], [`BundleError::Superfluous`] as
    /// [`Layout::check`]; [`BundleError::Document`] for a source under the name of other bytes,
    /// and for an agent without a ceremony or the reverse.
    pub fn new(head: ManifestHead, files: BTreeMap<BundlePath, Measured>) -> Result<Self, BundleError> {
        let release = head.release()?;
        if head.agent.is_none() != (head.signer == Signer::Keyless) {
            let reason = "agent_sha256 belongs to a ceremony, and to nothing else".to_owned();
            return Err(BundleError::Document { document: layout::MANIFEST, reason });
        }
        let layout = Layout::new(&head.image);
        layout.check(&files.keys().collect::<BTreeSet<_>>(), head.signer)?;
        let mut entries = BTreeMap::new();
        for (path, measured) in files {
            let Some(role) = layout.role(&path) else {
                return Err(BundleError::Unplaced { path: path.to_string() });
            };
            let named = path.as_str().rsplit('/').next().unwrap_or_default();
            if role == Role::Source && named != measured.sha256.to_string() {
                let reason = format!("{path} has the sha256 {}", measured.sha256);
                return Err(BundleError::Document { document: layout::MANIFEST, reason });
            }
            entries.insert(path, FileEntry { role, measured });
        }
        Ok(Self { head, release, files: entries })
    }

    /// The manifest of the directory as it is.
    ///
    /// # Errors
    /// As [`Listing::of_directory`] and [`Manifest::new`].
    pub fn of_directory(head: ManifestHead, directory: &Path) -> Result<Self, BundleError> {
        let mut files = Listing::of_directory(directory)?.into_files();
        files.retain(|path, _| !OUTSIDE.contains(&path.as_str()));
        Self::new(head, files)
    }

    /// The document.
    ///
    /// # Errors
    /// [`BundleError::Document`] for a size or an epoch beyond 2^53 - 1.
    pub fn to_json(&self) -> Result<String, BundleError> {
        wire::encode(self)
    }

    /// Reads the document, in its one form.
    ///
    /// # Errors
    /// [`BundleError::Document`], [`BundleError::NotCanonical`], [`BundleError::Name`], [`BundleError::Path`],
    /// [`BundleError::Role`], and as [`Manifest::new`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, BundleError> {
        wire::decode(bytes)
    }

    /// What it says besides its files.
    #[must_use]
    pub const fn head(&self) -> &ManifestHead {
        &self.head
    }

    /// The release id.
    #[must_use]
    pub const fn release(&self) -> &ReleaseId {
        &self.release
    }

    /// The files by path.
    #[must_use]
    pub const fn files(&self) -> &BTreeMap<BundlePath, FileEntry> {
        &self.files
    }

    /// The list for coreutils: every file, and the manifest itself, whose bytes are `json`.
    #[must_use]
    pub fn sums(&self, json: &str) -> Sums {
        let files = self.files.iter().map(|(path, file)| (path.clone(), file.measured.sha256));
        let own = BundlePath::parse(layout::MANIFEST).map(|path| (path, Sha256::of(json.as_bytes())));
        Sums::new(files.chain(own).collect())
    }

    /// In what a directory differs from this manifest, by path; empty if in nothing. The files that no manifest lists
    /// are passed over.
    #[must_use]
    pub fn differences(&self, directory: &Listing) -> Vec<FileDifference> {
        let mut differences = Vec::new();
        for (path, entry) in &self.files {
            match directory.files().get(path) {
                None => differences.push(FileDifference::Missing(path.clone())),
                Some(found) if *found != entry.measured => differences.push(FileDifference::Content {
                    path: path.clone(),
                    listed: entry.measured,
                    found: *found,
                }),
                Some(_) => {}
            }
        }
        let unlisted = directory.files().keys().filter(|path| !self.files.contains_key(*path));
        let unlisted = unlisted.filter(|path| !OUTSIDE.contains(&path.as_str()));
        differences.extend(unlisted.cloned().map(FileDifference::Unlisted));
        differences
    }
}

#[cfg(test)]
pub(crate) mod tests;
