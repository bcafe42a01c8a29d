// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a directory that a build has written to a tree, with all contents in the store.
//!
//! What the disk says about owners, times, link counts and extended attributes is ignored, and of modes only the
//! owner's executable bit counts: everything else would differ from machine to machine. What has to be special is
//! declared. What a tree cannot hold is an error, and all of it is reported at once.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use ashlar_tree::{Metadata, Mode, Node, Tree, TreePath};
use rayon::prelude::*;

use crate::walk::{Found, Kind, Walk};
use crate::{CaptureProblem, Store, StoreError};

/// Mode, owner and extended attributes that a recipe declares for one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attribute {
    /// The mode; `None` for 0755 or 0644 as the disk says.
    pub mode: Option<Mode>,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Extended attributes by full name.
    pub xattrs: BTreeMap<String, Vec<u8>>,
}

/// How to capture.
#[derive(Clone, Copy, Default)]
pub struct CaptureOptions<'a> {
    /// What is declared, by path. A path that does not exist is an error.
    pub attributes: Option<&'a BTreeMap<TreePath, Attribute>>,
    /// Whether the directory is our own scratch, so that what the build made unreadable may be made readable.
    pub unlock: bool,
    /// Paths to leave out, directories with all below.
    pub skip: Option<&'a dyn Fn(&TreePath) -> bool>,
}

impl fmt::Debug for CaptureOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CaptureOptions")
            .field("attributes", &self.attributes)
            .field("unlock", &self.unlock)
            .field("skip", &self.skip.is_some())
            .finish()
    }
}

impl Store {
    /// Stores every content below `directory` and gives the tree. The tree itself is not stored:
    /// see [`Store::put_tree`].
    ///
    /// # Errors
    /// [`StoreError::Capture`] with everything that a tree cannot hold; [`StoreError::Read`], [`StoreError::Write`].
    pub fn capture(&self, directory: &Path, options: CaptureOptions<'_>) -> Result<Tree, StoreError> {
        let walk = Walk { unlock: options.unlock, skip: options.skip };
        let (mut found, mut problems) = walk.run(directory)?;
        let none = BTreeMap::new();
        let attributes = options.attributes.unwrap_or(&none);
        // Byte order puts a directory before what it holds, so that no ancestor is made up on the way.
        found.sort_by(|a, b| a.path.cmp(&b.path));
        for entry in &found {
            problems.extend(special_bits(entry, attributes.get(&entry.path)));
        }
        for path in attributes.keys() {
            if found.binary_search_by(|entry| entry.path.cmp(path)).is_err() {
                let reason = "it has declared attributes, but the build did not write it".to_owned();
                problems.push(CaptureProblem { path: path.to_string(), reason });
            }
        }
        if !problems.is_empty() {
            problems.sort_by(|a, b| a.path.cmp(&b.path));
            return Err(StoreError::Capture { directory: directory.to_owned(), problems });
        }
        let unlock = options.unlock;
        let nodes: Vec<(TreePath, Node)> = found
            .into_par_iter()
            .map(|entry| {
                let node = self.capture_node(&entry, attributes.get(&entry.path), unlock)?;
                Ok((entry.path, node))
            })
            .collect::<Result<_, StoreError>>()?;
        let mut tree = Tree::new();
        for (path, node) in nodes {
            let shown = path.to_string();
            tree.insert(path, node).map_err(|error| StoreError::Capture {
                directory: directory.to_owned(),
                problems: vec![CaptureProblem { path: shown, reason: format!("failed to {error}") }],
            })?;
        }
        Ok(tree)
    }

    fn capture_node(
        &self,
        entry: &Found,
        declared: Option<&Attribute>,
        unlock: bool,
    ) -> Result<Node, StoreError> {
        let metadata = |mode| {
            declared.map_or_else(
                || Metadata::root(mode),
                |declared| Metadata {
                    mode: declared.mode.unwrap_or(mode),
                    uid: declared.uid,
                    gid: declared.gid,
                    xattrs: declared.xattrs.clone(),
                },
            )
        };
        Ok(match &entry.kind {
            Kind::Directory => Node::Directory(metadata(Mode::DIRECTORY)),
            Kind::Symlink(target) => Node::Symlink {
                target: target.clone(),
                uid: declared.map_or(0, |declared| declared.uid),
                gid: declared.map_or(0, |declared| declared.gid),
            },
            Kind::File => {
                let on_disk = entry.metadata.permissions().mode() & 0o100 != 0;
                let metadata = metadata(if on_disk { Mode::EXECUTABLE } else { Mode::PLAIN });
                let file = open(&entry.on_disk, unlock)?;
                let (blob, size) =
                    self.add_reader(file, metadata.mode.is_executable()).map_err(|error| match error {
                        StoreError::ReadContent { source } => StoreError::read(&entry.on_disk)(source),
                        other => other,
                    })?;
                Node::File { metadata, blob, size }
            }
        })
    }
}

/// A file that has become a link since it was listed is an error, not an open door.
fn open(path: &Path, unlock: bool) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(rustix::fs::OFlags::NOFOLLOW.bits().cast_signed());
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied && unlock => {}
        result => return result.map_err(StoreError::read(path)),
    }
    fs::set_permissions(path, Permissions::from_mode(0o600))
        .and_then(|()| options.open(path))
        .map_err(StoreError::read(path))
}

fn special_bits(entry: &Found, declared: Option<&Attribute>) -> Option<CaptureProblem> {
    let mode = entry.metadata.permissions().mode();
    let problem = |reason| Some(CaptureProblem { path: entry.path.to_string(), reason });
    match (&entry.kind, declared) {
        (Kind::Symlink(_), Some(declared)) if declared.mode.is_some() || !declared.xattrs.is_empty() => {
            problem("it is a link, which has no mode and no extended attributes to declare".to_owned())
        }
        (Kind::File | Kind::Directory, None | Some(Attribute { mode: None, .. })) if mode & 0o7000 != 0 => {
            problem(format!(
                "the build gave it the mode {:04o}; declare that as an [[output.attribute]] with a reason, or clear it",
                mode & 0o7777
            ))
        }
        _ => None,
    }
}
