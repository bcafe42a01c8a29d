// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes a release directory: whole under its final name, or not there.
//!
//! Everything goes into a folder that is closed to others; manifest, SHA256SUMS and signature are made of the bytes that
//! were meant, never of what lies there, or a publisher would sign what somebody else put in their place. What lies there
//! is compared with them; all is flushed; one rename gives it its name. A full disk or a killed process leaves nothing
//! under that name, and the next claim removes what it did leave.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use crate::layout::{Layout, MANIFEST, MANIFEST_SIGNATURE, SUMS};
use crate::regular_file::open_regular;
use crate::unfinished::Unfinished;
use crate::{BundleError, BundlePath, Claim, Listing, Manifest, ManifestHead, Measured, durable};

/// Where the bytes of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// From memory.
    Bytes(Vec<u8>),
    /// A copy of a file. Never a link: who opens a release to write to it must not reach the store that it came from.
    CopyOf(PathBuf),
}

impl Content {
    /// Writes a new file with this content and flushes it. Gives size and digest of the bytes that were handed over for
    /// it, not of what lies there afterwards.
    ///
    /// # Errors
    /// [`BundleError::NotAFile`] if the content is to come from a link or a device; [`BundleError::Read`],
    /// [`BundleError::Write`].
    pub fn write_new(&self, path: &Path) -> Result<Measured, BundleError> {
        match self {
            Self::Bytes(bytes) => durable::write_new(path, &mut bytes.as_slice()),
            Self::CopyOf(source) => durable::write_new(path, &mut open_regular(source)?),
        }
    }
}

/// A release being written. Dropped before [`ReleaseWriter::publish`], it leaves nothing.
#[derive(Debug)]
#[must_use]
pub struct ReleaseWriter<'claim> {
    claim: &'claim Claim,
    unfinished: Unfinished,
    head: ManifestHead,
    layout: Layout,
    files: BTreeMap<BundlePath, Measured>,
    folders: BTreeSet<PathBuf>,
    /// A file that could not be added: this release is not published any more.
    failed: Option<BundlePath>,
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
        let unfinished = claim.unfinished()?;
        Ok(Self {
            claim,
            unfinished,
            head,
            layout,
            files: BTreeMap::new(),
            folders: BTreeSet::new(),
            failed: None,
        })
    }

    /// Adds one file, and gives its size and digest as the manifest states them: those of the bytes that were meant.
    ///
    /// # Errors
    /// [`BundleError::Unplaced`] if no release has such a file, [`BundleError::Twice`]; as [`Content::write_new`].
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
            let folder = self.unfinished.path().join(name);
            fs::create_dir_all(&folder).map_err(BundleError::write(&folder))?;
            self.folders.insert(folder);
        }
        content.write_new(&self.unfinished.path().join(path.as_str()))
    }

    /// Completes the release: writes manifest, list and signature, and gives the directory its name. `sign` gets the
    /// manifest's bytes and gives the publisher's signature, or none where there is no publisher. The record of the
    /// ceremony is removed afterwards.
    ///
    /// # Errors
    /// As [`Manifest::new`]; [`BundleError::Missing`] if a file could not be added; [`BundleError::SignManifest`] with
    /// what `sign` said; [`BundleError::Changed`], [`BundleError::NotAFile`] if somebody else wrote to the folder;
    /// [`BundleError::Write`]. Nothing is left under the release's name then.
    /// [`BundleError::Remove`] if only the record could not be removed: the release stands.
    pub fn publish(
        mut self,
        sign: impl FnOnce(&[u8]) -> Result<Option<Vec<u8>>, String>,
    ) -> Result<PathBuf, BundleError> {
        if let Some(path) = &self.failed {
            return Err(BundleError::Missing { path: path.to_string(), reason: "it could not be added" });
        }
        let mut written = std::mem::take(&mut self.files);
        let manifest = Manifest::new(self.head.clone(), written.clone())?;
        let json = manifest.to_json()?;
        let signature = sign(json.as_bytes()).map_err(|reason| BundleError::SignManifest { reason })?;
        let sums = manifest.sums(&json).to_text();
        let made = [
            (MANIFEST, Some(json.into_bytes())),
            (SUMS, Some(sums.into_bytes())),
            (MANIFEST_SIGNATURE, signature),
        ];
        for (name, bytes) in made {
            let Some(bytes) = bytes else { continue };
            let path = BundlePath::parse(name)?;
            let measured = self.place(&path, &Content::Bytes(bytes))?;
            written.insert(path, measured);
        }
        self.compare(&written)?;
        for folder in &self.folders {
            durable::flush_folder(folder)?;
        }
        durable::flush_folder(self.unfinished.path())?;
        let directory = self.claim.directory();
        self.unfinished.publish(&directory)?;
        durable::remove_folder(&self.claim.record())?;
        Ok(directory)
    }

    /// Whether exactly what was written lies there. Only to tell of it: no digest that is published comes from here.
    fn compare(&self, written: &BTreeMap<BundlePath, Measured>) -> Result<(), BundleError> {
        let found = Listing::of_directory(self.unfinished.path())?.into_files();
        let mut paths = written.keys().chain(found.keys());
        match paths.find(|path| written.get(path) != found.get(path)) {
            None => Ok(()),
            Some(path) => Err(BundleError::Changed { path: self.unfinished.path().join(path.as_str()) }),
        }
    }
}

#[cfg(test)]
mod tests;
