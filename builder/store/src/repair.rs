// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Moves what a check found damaged to `quarantine/`, with all that relies on it, so that it is made again.
//!
//! Goes from what refers to what is referred to, as garbage collection does.

use std::collections::BTreeSet;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ashlar_digest::{BlobDigest, DerivationId, TreeDigest};

use crate::blob::mode;
use crate::inspect::{fanned_files, files};
use crate::new_file::set_times;
use crate::scratch::doom;
use crate::{ExclusiveStore, Problem, Report, StoreError};

/// What a repair did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Repaired {
    /// What was moved aside, by its old path.
    pub quarantined: Vec<PathBuf>,
    /// Checkouts that were removed.
    pub checkouts: Vec<PathBuf>,
    /// Files that got their mode and time back.
    pub restored: Vec<PathBuf>,
}

/// What cannot be relied on any more.
#[derive(Default)]
struct Damage {
    realisations: BTreeSet<PathBuf>,
    derivations: BTreeSet<PathBuf>,
    checkouts: BTreeSet<PathBuf>,
    trees: BTreeSet<PathBuf>,
    blobs: BTreeSet<PathBuf>,
    strays: BTreeSet<PathBuf>,
}

impl ExclusiveStore {
    /// Mends what `report` of [`ExclusiveStore::check`] names. Damaged roots stay: to move them would have garbage
    /// collection remove what they keep.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`], [`StoreError::Remove`].
    pub fn repair(&self, report: &Report) -> Result<Repaired, StoreError> {
        let mut repaired = Repaired::default();
        let mut damage = Damage::default();
        let mut blobs: BTreeSet<BlobDigest> = BTreeSet::new();
        for problem in &report.problems {
            match problem {
                Problem::Blob { path, digest, .. } => {
                    damage.blobs.insert(path.clone());
                    blobs.insert(*digest);
                }
                Problem::BlobMetadata { path, executable } => {
                    fs::set_permissions(path, Permissions::from_mode(mode(*executable)))
                        .map_err(StoreError::write(path))?;
                    set_times(path)?;
                    repaired.restored.push(path.clone());
                }
                Problem::Tree { path, .. } => _ = damage.trees.insert(path.clone()),
                Problem::Realisation { path, .. } => _ = damage.realisations.insert(path.clone()),
                Problem::Derivation { path, id, .. } => {
                    damage.derivations.insert(path.clone());
                    damage.realisations.insert(self.store.layout().realisation(*id));
                }
                Problem::Checkout { path, .. } => _ = damage.checkouts.insert(path.clone()),
                Problem::Stray { path } => _ = damage.strays.insert(path.clone()),
                Problem::Roots { .. } => {}
            }
        }
        self.spread(&mut damage, &blobs)?;
        for path in &damage.realisations {
            self.quarantine(path, &mut repaired)?;
        }
        for path in &damage.checkouts {
            doom(&self.directory("tmp"), path)?;
            repaired.checkouts.push(path.clone());
        }
        for set in [&damage.derivations, &damage.trees, &damage.blobs, &damage.strays] {
            for path in set {
                self.quarantine(path, &mut repaired)?;
            }
        }
        Ok(repaired)
    }

    /// Finds what relies on what is damaged.
    fn spread(&self, damage: &mut Damage, blobs: &BTreeSet<BlobDigest>) -> Result<(), StoreError> {
        let layout = self.store.layout();
        for path in fanned_files(&self.directory("trees"))? {
            let Some(digest) = digest_in_name::<TreeDigest>(&path) else { continue };
            if !damage.trees.contains(&path) {
                let tree = self.store.get_tree(digest)?;
                let touched: Vec<BlobDigest> =
                    tree.blobs().map(|(blob, _)| blob).filter(|blob| blobs.contains(blob)).collect();
                if touched.is_empty() {
                    continue;
                }
                let lost = |blob: &BlobDigest| {
                    [false, true].iter().all(|executable| {
                        let path = layout.blob(*blob, *executable);
                        damage.blobs.contains(&path) || !path.exists()
                    })
                };
                if touched.iter().any(lost) {
                    damage.trees.insert(path);
                }
            }
            // Also where another variant of the content survives: the checkout has links to the damaged one.
            let checkout = layout.checkout(digest);
            if checkout.exists() {
                damage.checkouts.insert(checkout);
            }
        }
        for path in files(&self.directory("checkouts"))? {
            let tree = digest_in_name::<TreeDigest>(&path).map(|digest| layout.tree(digest));
            if tree.is_some_and(|tree| damage.trees.contains(&tree)) {
                damage.checkouts.insert(path);
            }
        }
        for path in fanned_files(&self.directory("realisations"))? {
            let Some(id) = digest_in_name::<DerivationId>(&path) else { continue };
            if damage.realisations.contains(&path) {
                continue;
            }
            let Some(realisation) = self.store.realisation(id)? else { continue };
            if realisation.outputs.values().any(|tree| damage.trees.contains(&layout.tree(*tree))) {
                damage.realisations.insert(path);
            }
        }
        Ok(())
    }

    fn quarantine(&self, path: &Path, repaired: &mut Repaired) -> Result<(), StoreError> {
        if !path.exists() && !path.is_symlink() {
            return Ok(());
        }
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut place = self.directory("quarantine").join(name.as_ref());
        let mut number = 0;
        while place.exists() || place.is_symlink() {
            number += 1;
            place.set_file_name(format!("{name}.{number}"));
        }
        fs::rename(path, &place).map_err(StoreError::write(&place))?;
        repaired.quarantined.push(path.to_owned());
        Ok(())
    }
}

fn digest_in_name<T: std::str::FromStr>(path: &Path) -> Option<T> {
    path.file_name()?.to_str()?.parse().ok()
}
