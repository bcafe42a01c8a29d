// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes a release directory: whole under its final name, or not there.
//!
//! Everything goes into a folder of another name; manifest, SHA256SUMS and signature are made from what really lies
//! there; all is flushed; one rename gives it its name. A full disk or a killed process leaves nothing under that name,
//! and the next claim removes what it did leave.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::PathBuf;

use crate::layout::{Layout, MANIFEST, MANIFEST_SIGNATURE, SUMS};
use crate::listing::{self, Measured};
use crate::{BundleError, BundlePath, Claim, Manifest, ManifestHead, durable};

/// Where the bytes of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// From memory.
    Bytes(Vec<u8>),
    /// A copy of a file. Never a link: who opens a release to write to it must not reach the store that it came from.
    CopyOf(PathBuf),
}

/// A release being written. Dropped before [`ReleaseWriter::publish`], it leaves nothing.
#[derive(Debug)]
#[must_use]
pub struct ReleaseWriter<'claim> {
    claim: &'claim Claim,
    folder: PathBuf,
    head: ManifestHead,
    layout: Layout,
    files: BTreeMap<BundlePath, Measured>,
    folders: BTreeSet<PathBuf>,
    /// A file that could not be added: this release is not published any more.
    failed: Option<BundlePath>,
    published: bool,
}

impl<'claim> ReleaseWriter<'claim> {
    /// Begins to write the claimed release.
    ///
    /// # Errors
    /// [`BundleError::Document`] if `head` describes another release; [`BundleError::Write`].
    pub fn begin(claim: &'claim Claim, head: ManifestHead) -> Result<Self, BundleError> {
        let release = head.release()?;
        if release != *claim.release() {
            let reason = format!("it is of the release {release}, claimed is {}", claim.release());
            return Err(BundleError::Document { document: MANIFEST, reason });
        }
        let layout = Layout::new(&head.image);
        let folder = claim.new_folder()?;
        Ok(Self {
            claim,
            folder,
            head,
            layout,
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            failed: None,
            published: false,
        })
    }

    /// Adds one file, and gives its size and digest as they are in the release.
    ///
    /// # Errors
    /// [`BundleError::Unplaced`] if no release has such a file, [`BundleError::Twice`]; [`BundleError::NotAFile`] if
    /// the content is to come from a link or a device; [`BundleError::Read`], [`BundleError::Write`].
    pub fn add(&mut self, path: BundlePath, content: &Content) -> Result<Measured, BundleError> {
        if self.layout.role(&path).is_none() {
            return Err(BundleError::Unplaced { path: path.to_string() });
        }
        if self.files.contains_key(&path) {
            return Err(BundleError::Twice { path: path.to_string() });
        }
        let placed = self.place(&path, content);
        match &placed {
            Ok(measured) => {
                self.files.insert(path, *measured);
            }
            // Half of it may lie there.
            Err(_) => self.failed = Some(path),
        }
        placed
    }

    fn place(&mut self, path: &BundlePath, content: &Content) -> Result<Measured, BundleError> {
        if let Some(name) = path.folder() {
            let folder = self.folder.join(name);
            fs::create_dir_all(&folder).map_err(BundleError::write(&folder))?;
            self.folders.insert(folder);
        }
        let full = self.folder.join(path.as_str());
        match content {
            Content::Bytes(bytes) => durable::write_new(&full, bytes)?,
            Content::CopyOf(source) => {
                let mut opened = listing::open(source)?;
                let copied =
                    fs::File::create_new(&full).and_then(|mut file| io::copy(&mut opened, &mut file));
                copied.map_err(BundleError::write(&full))?;
                durable::flush(&full)?;
            }
        }
        // From what lies there, so that the manifest is true whatever happened on the way.
        listing::measure(&full)
    }

    /// Completes the release: writes manifest, list and signature, and gives the directory its name. `sign` gets the
    /// manifest's bytes and gives the publisher's signature, or none where there is no publisher. The record of the
    /// ceremony is removed afterwards.
    ///
    /// # Errors
    /// As [`Manifest::new`]; [`BundleError::Missing`] if a file could not be added; [`BundleError::SignManifest`] with
    /// what `sign` said; [`BundleError::Write`]. Nothing is left under the release's name then.
    /// [`BundleError::Remove`] if only the record could not be removed: the release stands.
    pub fn publish(
        mut self,
        sign: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, String>,
    ) -> Result<PathBuf, BundleError> {
        if let Some(path) = &self.failed {
            return Err(BundleError::Missing { path: path.to_string(), reason: "it could not be added" });
        }
        let manifest = Manifest::new(self.head.clone(), std::mem::take(&mut self.files))?;
        let json = manifest.to_json()?;
        let signature = sign(json.as_bytes()).map_err(|reason| BundleError::SignManifest { reason })?;
        durable::write_new(&self.folder.join(MANIFEST), json.as_bytes())?;
        durable::write_new(&self.folder.join(SUMS), manifest.sums(&json).to_text().as_bytes())?;
        if let Some(signature) = signature {
            durable::write_new(&self.folder.join(MANIFEST_SIGNATURE), &signature)?;
        }
        for folder in &self.folders {
            durable::flush(folder)?;
        }
        durable::flush(&self.folder)?;
        let directory = self.claim.directory();
        durable::publish(&self.folder, &directory)?;
        self.published = true;
        durable::remove_folder(&self.claim.record())?;
        Ok(directory)
    }
}

impl Drop for ReleaseWriter<'_> {
    fn drop(&mut self) {
        if !self.published {
            // If that fails too, the next claim removes it.
            let _left_for_the_next_claim = durable::remove_folder(&self.folder);
        }
    }
}

#[cfg(test)]
mod tests;
