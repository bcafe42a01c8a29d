// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Trees on disk: `checkouts/<TreeDigest>/` is a farm of hardlinks to blobs, made once and then shared.
//!
//! Directories are 0755, files 0444 or 0555; owners, special modes and extended attributes stay in the manifest.
//! A file gets a copy of its content where a link is impossible (a filesystem counts links in few bits) and where the
//! content is empty, for there are more empty files than links to one.

use std::collections::BTreeSet;
use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use ashlar_digest::{BlobDigest, TreeDigest};
use ashlar_tree::{Node, Tree, TreePath};

use crate::blob::mode;
use crate::new_file::set_times;
use crate::permutation::shuffle;
use crate::remove::remove_tree;
use crate::{Store, StoreError};

/// How a file gets its content.
#[derive(Clone, Copy)]
enum Content {
    Link,
    Copy,
}

impl Store {
    /// The tree as a directory that is complete, shared and must not be written to.
    ///
    /// # Errors
    /// As [`Store::get_tree`]; [`StoreError::MissingBlob`], [`StoreError::CorruptBlob`] for a content that has
    /// another size than the tree says, [`StoreError::Write`].
    pub fn checkout(&self, digest: TreeDigest) -> Result<PathBuf, StoreError> {
        let destination = self.layout().checkout(digest);
        if destination.exists() {
            return Ok(destination);
        }
        let _alone = self.lock_named(&format!("checkout-{digest}"), &mut || {})?;
        if destination.exists() {
            return Ok(destination);
        }
        let tree = self.get_tree(digest)?;
        let staged = self.temporary_path()?;
        let made = fs::create_dir(&staged)
            .map_err(StoreError::write(&staged))
            .and_then(|()| self.populate(&staged, &tree))
            .and_then(|()| fs::rename(&staged, &destination).map_err(StoreError::write(&destination)));
        if let Err(error) = made {
            remove_tree(&staged)?;
            return Err(error);
        }
        Ok(destination)
    }

    /// A private copy of the tree in the empty directory `directory`, which may be on another filesystem.
    /// `permute` creates the entries in an order that depends on the number, so that readdir gives another order.
    ///
    /// # Errors
    /// [`StoreError::MissingBlob`], [`StoreError::CorruptBlob`], [`StoreError::Write`].
    pub fn checkout_into(
        &self,
        directory: &Path,
        tree: &Tree,
        permute: Option<u64>,
    ) -> Result<(), StoreError> {
        let Some(seed) = permute else {
            for (path, node) in tree.iter() {
                self.create(directory, path, node, Content::Copy)?;
            }
            return finish_directories(directory, tree);
        };
        let mut entries: Vec<(&TreePath, &Node)> = tree.iter().collect();
        shuffle(&mut entries, seed);
        let mut made: BTreeSet<TreePath> = BTreeSet::new();
        for (path, node) in entries {
            let mut missing: Vec<TreePath> =
                path.ancestors().take_while(|ancestor| !made.contains(ancestor)).collect();
            while let Some(ancestor) = missing.pop() {
                self.create(directory, &ancestor, &Node::directory(), Content::Copy)?;
                made.insert(ancestor);
            }
            if node.is_directory() && !made.insert(path.clone()) {
                continue;
            }
            self.create(directory, path, node, Content::Copy)?;
        }
        finish_directories(directory, tree)
    }

    fn populate(&self, top: &Path, tree: &Tree) -> Result<(), StoreError> {
        let (directories, others): (Vec<_>, Vec<_>) = tree.iter().partition(|(_, node)| node.is_directory());
        for (path, node) in directories {
            self.create(top, path, node, Content::Link)?;
        }
        // Threads of its own: a thread of a shared pool would take up other work while it waits, which may be to
        // wait for the lock of this very checkout.
        let share = others.len().div_ceil(rayon::current_num_threads()).max(1);
        std::thread::scope(|scope| {
            let workers: Vec<_> = others
                .chunks(share)
                .map(|chunk| {
                    scope.spawn(move || {
                        chunk.iter().try_for_each(|(path, node)| self.create(top, path, node, Content::Link))
                    })
                })
                .collect();
            workers
                .into_iter()
                .try_for_each(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
        })?;
        finish_directories(top, tree)
    }

    fn create(&self, top: &Path, path: &TreePath, node: &Node, content: Content) -> Result<(), StoreError> {
        let destination = top.join(path.as_str());
        match node {
            Node::Directory(_) => fs::create_dir(&destination).map_err(StoreError::write(&destination)),
            Node::Symlink { target, .. } => {
                symlink(target, &destination).map_err(StoreError::write(&destination))?;
                set_times(&destination)
            }
            Node::File { metadata, size: 0, .. } => create_empty(&destination, metadata.mode.is_executable()),
            Node::File { metadata, blob, size } => {
                let executable = metadata.mode.is_executable();
                let source = self.blob_of_size(*blob, executable, *size)?;
                match content {
                    Content::Link => link(&source, &destination),
                    Content::Copy => copy(&source, &destination),
                }
            }
        }
    }

    fn blob_of_size(&self, digest: BlobDigest, executable: bool, size: u64) -> Result<PathBuf, StoreError> {
        let path = self.layout().blob(digest, executable);
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                self.blob_path(digest, executable)?;
                fs::symlink_metadata(&path).map_err(StoreError::read(&path))?.len()
            }
            Err(error) => return Err(StoreError::read(path)(error)),
        };
        if found != size {
            let reason = format!("it has {found} bytes, the tree says {size}");
            return Err(StoreError::CorruptBlob { path, reason });
        }
        Ok(path)
    }
}

fn link(source: &Path, destination: &Path) -> Result<(), StoreError> {
    match fs::hard_link(source, destination) {
        Ok(()) => Ok(()),
        // EPERM: the filesystem has no hardlinks.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::TooManyLinks
                    | io::ErrorKind::CrossesDevices
                    | io::ErrorKind::PermissionDenied
                    | io::ErrorKind::Unsupported
            ) =>
        {
            copy(source, destination)
        }
        Err(error) => Err(StoreError::write(destination)(error)),
    }
}

fn copy(source: &Path, destination: &Path) -> Result<(), StoreError> {
    // Takes the mode along.
    fs::copy(source, destination).map_err(StoreError::write(destination))?;
    set_times(destination)
}

fn create_empty(destination: &Path, executable: bool) -> Result<(), StoreError> {
    File::create_new(destination)
        .and_then(|file| file.set_permissions(Permissions::from_mode(mode(executable))))
        .map_err(StoreError::write(destination))?;
    set_times(destination)
}

/// Modes against the caller's umask; times last, for each new entry changes those of its directory.
fn finish_directories(top: &Path, tree: &Tree) -> Result<(), StoreError> {
    let below = tree.iter().filter(|(_, node)| node.is_directory()).map(|(path, _)| top.join(path.as_str()));
    std::iter::once(top.to_owned()).chain(below).try_for_each(|path| {
        fs::set_permissions(&path, Permissions::from_mode(0o755)).map_err(StoreError::write(&path))?;
        set_times(&path)
    })
}
