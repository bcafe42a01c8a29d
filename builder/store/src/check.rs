// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Verifies everything in the store against its name.
//!
//! Runs beside builds: what refers is listed before what it refers to, which was written earlier and stays.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use ashlar_digest::{BlobDigest, DerivationId, Sha256, TreeDigest};
use ashlar_tree::{Node, Tree};
use rayon::prelude::*;

use crate::blob::{hash_file, mode};
use crate::inspect::{fanned_files, files, in_its_fan, stem_of_blob};
use crate::layout::{DIRECTORIES, DOOMED_PREFIX, OWNER_SUFFIX};
use crate::record::is_record;
use crate::walk::{Found, Kind, Walk};
use crate::{MTIME, Problem, Progress, Report, Store, StoreError};

/// How much to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckMode {
    /// Everything but the contents of files.
    Quick,
    /// Everything.
    Full,
}

impl Store {
    /// Verifies the store and reports all that is wrong. `progress` is called from many threads.
    ///
    /// # Errors
    /// [`StoreError::Read`] where something could not be looked at: a check that could not run has failed.
    pub fn check(&self, mode: CheckMode, progress: &(dyn Fn(Progress) + Sync)) -> Result<Report, StoreError> {
        let mut report = Report::default();
        report.realisations = self.check_realisations(&mut report.problems)?;
        self.check_derivations(&mut report.problems)?;
        report.checkouts = self.check_checkouts(mode, &mut report.problems)?;
        let trees = self.check_trees(&mut report.problems)?;
        report.trees = trees.len() as u64;
        let sizes = self.check_blobs(mode, &mut report.problems, progress)?;
        report.blobs = sizes.len() as u64;
        report.bytes = sizes.values().sum();
        for (digest, tree) in trees {
            if let Some(reason) = tree.and_then(|tree| wrong_content(&tree, &sizes)) {
                report.problems.push(Problem::Tree { path: self.layout().tree(digest), digest, reason });
            }
        }
        self.check_roots(&mut report.problems)?;
        self.check_strays(&mut report.problems)?;
        report.problems.sort();
        Ok(report)
    }

    fn check_realisations(&self, problems: &mut Vec<Problem>) -> Result<u64, StoreError> {
        let ids: Vec<(PathBuf, DerivationId)> = self.named("realisations", problems)?;
        let count = ids.len() as u64;
        let found: Vec<Option<Problem>> = ids
            .into_par_iter()
            .map(|(path, id)| match self.realisation(id) {
                Ok(_) if !self.layout().derivation(id).exists() => {
                    Ok(Some(Problem::Realisation { path, id, reason: "its derivation is gone".to_owned() }))
                }
                Ok(_) => Ok(None),
                Err(StoreError::CorruptRealisation { reason, .. }) => {
                    Ok(Some(Problem::Realisation { path, id, reason }))
                }
                Err(error) => Err(error),
            })
            .collect::<Result<_, StoreError>>()?;
        problems.extend(found.into_iter().flatten());
        Ok(count)
    }

    fn check_derivations(&self, problems: &mut Vec<Problem>) -> Result<(), StoreError> {
        for (path, id) in self.named::<DerivationId>("derivations", problems)? {
            let (found, _) = hash_file(&path)?;
            if found != id.sha256() {
                problems.push(Problem::Derivation { path, id, reason: format!("its sha256 is {found}") });
            }
        }
        Ok(())
    }

    fn check_trees(
        &self,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<(TreeDigest, Option<Tree>)>, StoreError> {
        let trees: Vec<(PathBuf, TreeDigest)> = self.named("trees", problems)?;
        let read: Vec<(TreeDigest, Result<Tree, Problem>)> = trees
            .into_par_iter()
            .map(|(path, digest)| match self.get_tree(digest) {
                Ok(tree) => Ok((digest, Ok(tree))),
                Err(StoreError::CorruptTree { reason, .. }) => {
                    Ok((digest, Err(Problem::Tree { path, digest, reason })))
                }
                Err(error) => Err(error),
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(read
            .into_iter()
            .map(|(digest, tree)| (digest, tree.map_err(|problem| problems.push(problem)).ok()))
            .collect())
    }

    fn check_blobs(
        &self,
        check: CheckMode,
        problems: &mut Vec<Problem>,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<BTreeMap<(BlobDigest, bool), u64>, StoreError> {
        let mut blobs = Vec::new();
        for path in fanned_files(&self.layout().directory("blobs"))? {
            match stem_of_blob(&path) {
                Some((digest, executable)) => blobs.push((path, digest, executable)),
                None => problems.push(Problem::Stray { path }),
            }
        }
        let total = blobs.len() as u64;
        let done = AtomicU64::new(0);
        let found: Vec<((BlobDigest, bool), u64, Option<Problem>)> = blobs
            .into_par_iter()
            .map(|(path, digest, executable)| {
                let metadata = fs::symlink_metadata(&path).map_err(StoreError::read(&path))?;
                let problem = check_blob(path, digest, executable, &metadata, check)?;
                progress(Progress { done: done.fetch_add(1, Ordering::Relaxed) + 1, total });
                Ok(((digest, executable), metadata.len(), problem))
            })
            .collect::<Result<_, StoreError>>()?;
        let mut sizes = BTreeMap::new();
        for (key, size, problem) in found {
            sizes.insert(key, size);
            problems.extend(problem);
        }
        Ok(sizes)
    }

    fn check_checkouts(&self, mode: CheckMode, problems: &mut Vec<Problem>) -> Result<u64, StoreError> {
        let mut checkouts: Vec<(PathBuf, TreeDigest)> = Vec::new();
        for path in files(&self.layout().directory("checkouts"))? {
            match digest_in_name(&path) {
                Some(digest) => checkouts.push((path, digest)),
                None => problems.push(Problem::Stray { path }),
            }
        }
        let count = checkouts.len() as u64;
        let found: Vec<Option<Problem>> = checkouts
            .into_par_iter()
            .map(|(path, digest)| {
                let reason = self.wrong_in_checkout(&path, digest, mode)?;
                Ok(reason.map(|reason| Problem::Checkout { path, digest, reason }))
            })
            .collect::<Result<_, StoreError>>()?;
        problems.extend(found.into_iter().flatten());
        Ok(count)
    }

    /// The first difference between a checkout and its tree.
    fn wrong_in_checkout(
        &self,
        path: &Path,
        digest: TreeDigest,
        mode: CheckMode,
    ) -> Result<Option<String>, StoreError> {
        let tree = match self.get_tree(digest) {
            Ok(tree) => tree,
            Err(StoreError::MissingTree { .. } | StoreError::CorruptTree { .. }) => {
                return Ok(Some("its tree is gone or damaged".to_owned()));
            }
            Err(error) => return Err(error),
        };
        let (found, problems) = Walk { unlock: false, skip: None }.run(path)?;
        if let Some(problem) = problems.first() {
            return Ok(Some(format!("{}: {}", problem.path, problem.reason)));
        }
        if found.len() != tree.len() {
            return Ok(Some(format!("it has {} entries, its tree {}", found.len(), tree.len())));
        }
        for entry in &found {
            let reason = match tree.get(&entry.path) {
                Some(node) => self.wrong_entry(entry, node, mode)?,
                None => Some("it is not in the tree"),
            };
            if let Some(reason) = reason {
                return Ok(Some(format!("{}: {reason}", entry.path)));
            }
        }
        Ok(None)
    }

    fn wrong_entry(
        &self,
        entry: &Found,
        node: &Node,
        check: CheckMode,
    ) -> Result<Option<&'static str>, StoreError> {
        if entry.metadata.mtime() != MTIME {
            return Ok(Some("its time was changed"));
        }
        let bits = entry.metadata.permissions().mode() & 0o7777;
        Ok(match (&entry.kind, node) {
            (Kind::Directory, Node::Directory(_)) => (bits != 0o755).then_some("its mode was changed"),
            (Kind::Symlink(found), Node::Symlink { target, .. }) => {
                (found != target).then_some("it points elsewhere")
            }
            (Kind::File, Node::File { metadata, blob, size }) => {
                let executable = metadata.mode.is_executable();
                if bits != mode(executable) {
                    Some("its mode was changed")
                } else if entry.metadata.len() != *size {
                    Some("its size was changed")
                } else if check == CheckMode::Full
                    && !self.is_link_of(entry, *blob, executable)
                    && hash_file(&entry.on_disk)?.0 != blob.sha256()
                {
                    Some("its content was changed")
                } else {
                    None
                }
            }
            _ => Some("it is of another type"),
        })
    }

    /// A link needs no hashing of its own: the blob is hashed.
    fn is_link_of(&self, entry: &Found, blob: BlobDigest, executable: bool) -> bool {
        fs::symlink_metadata(self.layout().blob(blob, executable))
            .is_ok_and(|found| found.ino() == entry.metadata.ino() && found.dev() == entry.metadata.dev())
    }

    fn check_roots(&self, problems: &mut Vec<Problem>) -> Result<(), StoreError> {
        match self.all_roots() {
            Ok(_) => Ok(()),
            Err(StoreError::CorruptRoots { path, line }) => {
                problems.push(Problem::Roots { path, reason: format!("line {line} is no root") });
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    fn check_strays(&self, problems: &mut Vec<Problem>) -> Result<(), StoreError> {
        for path in files(self.path())? {
            let name = name_of(&path);
            if name != "format" && name != "lock" && !DIRECTORIES.contains(&name) {
                problems.push(Problem::Stray { path });
            }
        }
        for path in files(&self.layout().directory("logs"))? {
            if name_of(&path).strip_suffix(".log").is_none_or(|id| id.parse::<Sha256>().is_err()) {
                problems.push(Problem::Stray { path });
            }
        }
        let records = files(&self.layout().directory("records"))?.into_iter();
        problems.extend(records.filter(|path| !is_record(path)).map(|path| Problem::Stray { path }));
        for path in files(&self.layout().directory("tmp"))? {
            let owner = path.with_file_name(format!("{}{OWNER_SUFFIX}", name_of(&path)));
            // Both may vanish at any time, the directory first.
            let known = name_of(&path).ends_with(OWNER_SUFFIX) || name_of(&path).starts_with(DOOMED_PREFIX);
            if !known && !owner.exists() && path.exists() {
                problems.push(Problem::Stray { path });
            }
        }
        Ok(())
    }

    /// The files of a directory whose names are digests; others are problems.
    fn named<T: FromStr>(
        &self,
        directory: &str,
        problems: &mut Vec<Problem>,
    ) -> Result<Vec<(PathBuf, T)>, StoreError> {
        let mut named = Vec::new();
        for path in fanned_files(&self.layout().directory(directory))? {
            match digest_in_name(&path) {
                Some(digest) if in_its_fan(&path, name_of(&path)) => named.push((path, digest)),
                _ => problems.push(Problem::Stray { path }),
            }
        }
        Ok(named)
    }
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).unwrap_or_default()
}

fn digest_in_name<T: FromStr>(path: &Path) -> Option<T> {
    name_of(path).parse().ok()
}

fn check_blob(
    path: PathBuf,
    digest: BlobDigest,
    executable: bool,
    metadata: &fs::Metadata,
    check: CheckMode,
) -> Result<Option<Problem>, StoreError> {
    if !metadata.is_file() {
        return Ok(Some(Problem::Blob { path, digest, reason: "it is no file".to_owned() }));
    }
    if check == CheckMode::Full {
        // Whoever may read nothing of a file with mode 0 has to know that, not the contents.
        let (found, _) = hash_file(&path)?;
        if found != digest.sha256() {
            return Ok(Some(Problem::Blob { path, digest, reason: format!("its sha256 is {found}") }));
        }
    }
    let changed = metadata.permissions().mode() & 0o7777 != mode(executable) || metadata.mtime() != MTIME;
    Ok(changed.then_some(Problem::BlobMetadata { path, executable }))
}

fn wrong_content(tree: &Tree, sizes: &BTreeMap<(BlobDigest, bool), u64>) -> Option<String> {
    tree.iter().find_map(|(path, node)| {
        let Node::File { blob, size, .. } = node else { return None };
        let found: Vec<u64> = [false, true].iter().filter_map(|x| sizes.get(&(*blob, *x)).copied()).collect();
        if found.is_empty() {
            return Some(format!("the content {blob} of {path} is not in the store"));
        }
        found
            .iter()
            .find(|found| *found != size)
            .map(|found| format!("the content {blob} of {path} has {found} bytes, not {size}"))
    })
}
