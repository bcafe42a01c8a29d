// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A folder that is in no store, as a tree: for comparing it with another. Nothing is stored, and nothing is made uniform.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::io;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;

use ashlar_digest::BlobDigest;
use ashlar_tree::{Metadata, Mode, Node, Tree};
use rayon::prelude::*;
use rustix::fs::{lgetxattr, llistxattr, llistxattr_query};

use crate::blob::hash_file;
use crate::walk::{Found, Kind, Walk};
use crate::{CaptureProblem, StoreError};

/// The most that one extended attribute can hold, and all names together (`XATTR_SIZE_MAX`, `XATTR_LIST_MAX`).
const LARGEST: usize = 64 << 10;

/// What is believed of what the disk says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survey {
    /// Modes, owners and extended attributes.
    Everything,
    /// Whether a file is executable, as in a build: a folder that is held against an artifact was unpacked by somebody.
    Executables,
}

impl Survey {
    /// The tree of the folder at `top`.
    ///
    /// # Errors
    /// [`StoreError::Capture`] with everything that a tree cannot hold; [`StoreError::Read`].
    pub fn of(self, top: &Path) -> Result<Tree, StoreError> {
        let (mut found, mut problems) = Walk { unlock: false, skip: None }.run(top)?;
        found.sort_by(|a, b| a.path.cmp(&b.path));
        let nodes = found.into_par_iter().map(|entry| Ok((self.node(&entry)?, entry.path)));
        let nodes: Vec<_> = nodes.collect::<Result<_, StoreError>>()?;
        let mut tree = Tree::new();
        for (node, path) in nodes {
            let shown = path.to_string();
            if let Err(error) = tree.insert(path, node) {
                problems.push(CaptureProblem { path: shown, reason: format!("failed to {error}") });
            }
        }
        if problems.is_empty() {
            Ok(tree)
        } else {
            Err(StoreError::Capture { directory: top.to_owned(), problems })
        }
    }

    fn node(self, entry: &Found) -> Result<Node, StoreError> {
        let (uid, gid) = match self {
            Self::Everything => (entry.metadata.uid(), entry.metadata.gid()),
            Self::Executables => (0, 0),
        };
        Ok(match &entry.kind {
            Kind::Symlink(target) => Node::Symlink { target: target.clone(), uid, gid },
            Kind::Directory => Node::Directory(self.metadata(entry, uid, gid)?),
            Kind::File => {
                let (digest, size) = hash_file(&entry.on_disk)?;
                Node::File { metadata: self.metadata(entry, uid, gid)?, blob: BlobDigest::new(digest), size }
            }
        })
    }

    fn metadata(self, entry: &Found, uid: u32, gid: u32) -> Result<Metadata, StoreError> {
        let bits = entry.metadata.permissions().mode() & 0o7777;
        let plain = match entry.kind {
            Kind::Directory => Mode::DIRECTORY,
            _ if bits & 0o100 != 0 => Mode::EXECUTABLE,
            _ => Mode::PLAIN,
        };
        Ok(match self {
            Self::Executables => Metadata::root(plain),
            // Twelve bits are always a mode.
            Self::Everything => {
                let mode = Mode::new(bits).unwrap_or(plain);
                Metadata { mode, uid, gid, xattrs: attributes(&entry.on_disk)? }
            }
        })
    }
}

fn attributes(path: &Path) -> Result<BTreeMap<String, Vec<u8>>, StoreError> {
    let failed = |error: rustix::io::Errno| StoreError::read(path)(io::Error::from(error));
    // Most files have none, and a file system without attributes has none at all.
    if matches!(llistxattr_query(path), Ok(0) | Err(rustix::io::Errno::NOTSUP)) {
        return Ok(BTreeMap::new());
    }
    let mut names = vec![0; LARGEST];
    let length = llistxattr(path, &mut names[..]).map_err(failed)?;
    let mut found = BTreeMap::new();
    let mut value = vec![0; LARGEST];
    for name in names[..length].split_inclusive(|byte| *byte == 0) {
        let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
        let length = lgetxattr(path, name, &mut value[..]).map_err(failed)?;
        found.insert(name.to_string_lossy().into_owned(), value[..length].to_vec());
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;
    use ashlar_tree::TreePath;
    use std::fs;

    #[test]
    fn a_folder_is_seen_as_it_is_or_as_a_build_sees_it() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path();
        fs::create_dir(top.join("bin")).unwrap();
        fs::write(top.join("bin/it"), "program").unwrap();
        fs::set_permissions(top.join("bin/it"), fs::Permissions::from_mode(0o4711)).unwrap();
        fs::set_permissions(top.join("bin"), fs::Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink("nowhere", top.join("link")).unwrap();
        let path = |text: &str| TreePath::parse(text).unwrap();
        let everything = Survey::Everything.of(top).unwrap();
        let Some(Node::File { metadata, blob, size }) = everything.get(&path("bin/it")) else {
            panic!("no file")
        };
        assert_eq!((metadata.mode.bits(), *size), (0o4711, 7));
        assert_eq!(metadata.uid, fs::metadata(top.join("bin/it")).unwrap().uid());
        assert_eq!(*blob, BlobDigest::new(Sha256::of(b"program")));
        let plain = Survey::Executables.of(top).unwrap();
        assert_eq!(plain.get(&path("bin")), Some(&Node::directory()));
        assert_eq!(plain.get(&path("bin/it")), Some(&Node::file(*blob, 7, true)));
        assert_eq!(plain.get(&path("link")), Some(&Node::symlink("nowhere")));
    }

    #[test]
    fn an_attribute_is_seen_where_the_disk_keeps_them() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("it");
        fs::write(&file, "").unwrap();
        let set = rustix::fs::setxattr(&file, "user.mark", b"\0\x01", rustix::fs::XattrFlags::empty());
        if set.is_err() {
            println!("skipped: this file system keeps no extended attributes of users");
            return;
        }
        let tree = Survey::Everything.of(folder.path()).unwrap();
        let Some(Node::File { metadata, .. }) = tree.get(&TreePath::parse("it").unwrap()) else {
            panic!("no file")
        };
        assert_eq!(metadata.xattrs.get("user.mark").map(Vec::as_slice), Some(&b"\0\x01"[..]));
    }

    #[test]
    fn a_named_pipe_is_told_and_not_left_out() {
        let folder = tempfile::tempdir().unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            folder.path().join("pipe"),
            rustix::fs::FileType::Fifo,
            0o600.into(),
            0,
        )
        .unwrap();
        let error = Survey::Everything.of(folder.path()).unwrap_err();
        assert!(error.to_string().contains("pipe"), "{error}");
    }
}
