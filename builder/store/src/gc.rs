// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Garbage collection: what no root reaches is removed.
//!
//! Removal goes from what refers to what is referred to, so that a kill at any moment leaves a store in which
//! everything that is named exists.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use ashlar_digest::{BlobDigest, DerivationId, TreeDigest};

use crate::inspect::{fanned_files, files, stem_of_blob};
use crate::remove::remove_tree;
use crate::scratch::doom;
use crate::{ExclusiveStore, Roots, Store, StoreError};

/// What to keep beyond what roots reach.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Checkouts of trees that are kept; without it all are removed, they are made again when needed.
    pub checkouts: bool,
    /// Logs of builds whose results are removed, and of failed builds.
    pub logs: bool,
    /// Downloads that are not complete.
    pub partial: bool,
    /// So many build records: the newest.
    pub records: usize,
}

/// What was removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Freed {
    /// Bytes in files whose last name is gone.
    pub bytes: u64,
    /// Files removed, of every kind but checkouts.
    pub files: u64,
    /// Checkouts removed.
    pub checkouts: u64,
}

/// What roots reach.
#[derive(Default)]
struct Marked {
    blobs: BTreeSet<BlobDigest>,
    derivations: BTreeSet<DerivationId>,
    trees: BTreeSet<TreeDigest>,
}

impl ExclusiveStore {
    /// Removes what neither `roots` nor the store's own roots reach.
    ///
    /// # Errors
    /// Nothing is removed if a root cannot be read or followed: [`StoreError::CorruptRoots`],
    /// [`StoreError::CorruptRealisation`], [`StoreError::CorruptTree`]. A root that is not in the store is none of these.
    /// [`StoreError::Remove`], [`StoreError::Read`].
    pub fn collect_garbage(&self, roots: &Roots, keep: Keep) -> Result<Freed, StoreError> {
        let mut all = self.store.all_roots()?;
        all.extend(roots.clone());
        let marked = self.mark(all)?;
        let mut sweep = Sweep { store: &self.store, freed: Freed::default() };
        let derivations = &marked.derivations;
        for directory in ["realisations", "derivations"] {
            for path in fanned_files(&self.directory(directory))? {
                sweep.unless(&path, parsed(&path), derivations)?;
            }
        }
        self.sweep_logs_and_locks(&mut sweep, derivations, keep)?;
        for path in files(&self.directory("checkouts"))? {
            if let Some(digest) = parsed(&path)
                && (!keep.checkouts || !marked.trees.contains(&digest))
            {
                sweep.checkout(&path)?;
            }
        }
        for path in fanned_files(&self.directory("trees"))? {
            sweep.unless(&path, parsed(&path), &marked.trees)?;
        }
        for path in fanned_files(&self.directory("blobs"))? {
            sweep.unless(&path, stem_of_blob(&path).map(|(digest, _)| digest), &marked.blobs)?;
        }
        if !keep.partial {
            for path in files(&self.directory("partial"))? {
                sweep.remove(&path)?;
            }
        }
        let records = self.store.records()?;
        for path in &records[..records.len().saturating_sub(keep.records)] {
            sweep.remove(path)?;
        }
        Ok(sweep.freed)
    }

    fn sweep_logs_and_locks(
        &self,
        sweep: &mut Sweep<'_>,
        derivations: &BTreeSet<DerivationId>,
        keep: Keep,
    ) -> Result<(), StoreError> {
        if !keep.logs {
            for path in files(&self.directory("logs"))? {
                let id = path.file_stem().and_then(|stem| stem.to_str()?.parse().ok());
                sweep.unless(&path, id, derivations)?;
            }
        }
        // Whoever held one had the store open.
        for path in files(&self.directory("locks"))? {
            sweep.remove(&path)?;
        }
        Ok(())
    }

    fn mark(&self, roots: Roots) -> Result<Marked, StoreError> {
        let mut marked =
            Marked { blobs: roots.blobs, derivations: roots.derivations, trees: BTreeSet::new() };
        let mut trees = roots.trees;
        for id in &marked.derivations {
            if let Some(realisation) = self.store.realisation(*id)? {
                trees.extend(realisation.outputs.into_values());
            }
        }
        for digest in trees {
            if self.store.has_tree(digest) {
                let tree = self.store.get_tree(digest)?;
                marked.blobs.extend(tree.blobs().map(|(blob, _)| blob));
                marked.trees.insert(digest);
            }
        }
        Ok(marked)
    }

    pub(crate) fn directory(&self, name: &str) -> PathBuf {
        self.store.layout().directory(name)
    }
}

struct Sweep<'a> {
    store: &'a Store,
    freed: Freed,
}

impl Sweep<'_> {
    /// A file whose name is no digest is not ours to remove: `check` reports it.
    fn unless<T: Ord>(
        &mut self,
        path: &Path,
        digest: Option<T>,
        marked: &BTreeSet<T>,
    ) -> Result<(), StoreError> {
        match digest {
            Some(digest) if !marked.contains(&digest) => self.remove(path),
            _ => Ok(()),
        }
    }

    fn remove(&mut self, path: &Path) -> Result<(), StoreError> {
        self.count(path)?;
        self.freed.files += 1;
        remove_tree(path)
    }

    /// A checkout under its own name is always whole, so it loses the name before it loses anything else.
    fn checkout(&mut self, path: &Path) -> Result<(), StoreError> {
        let mut directories = vec![path.to_owned()];
        while let Some(directory) = directories.pop() {
            for entry in files(&directory)? {
                let found = fs::symlink_metadata(&entry).map_err(StoreError::read(&entry))?;
                if found.is_dir() {
                    directories.push(entry);
                } else {
                    self.count(&entry)?;
                }
            }
        }
        self.freed.checkouts += 1;
        doom(&self.store.layout().directory("tmp"), path)
    }

    fn count(&mut self, path: &Path) -> Result<(), StoreError> {
        use std::os::unix::fs::MetadataExt as _;
        match fs::symlink_metadata(path) {
            Ok(found) if found.is_file() && found.nlink() == 1 => self.freed.bytes += found.len(),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(StoreError::read(path)(error)),
        }
        Ok(())
    }
}

fn parsed<T: FromStr>(path: &Path) -> Option<T> {
    path.file_name()?.to_str()?.parse().ok()
}
