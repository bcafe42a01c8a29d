// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is really in a release directory: every file with its size and digest, and nothing but files.
//!
//! A link would make a release depend on what lies outside of it, and could send a reader anywhere; a device or a pipe
//! would stop it. So each entry is looked at without following it, and opened as `regular_file` does.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use ashlar_digest::{Hasher, Sha256};

use crate::layout::FOLDERS;
use crate::limits::HASH_LIMIT;
use crate::regular_file::{open_bounded, read_regular};
use crate::{BundleError, BundlePath};

/// Size and digest of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Measured {
    /// Bytes.
    pub size: u64,
    /// Their digest.
    pub sha256: Sha256,
}

impl Measured {
    /// Of bytes in memory.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self { size: bytes.len() as u64, sha256: Sha256::of(bytes) }
    }
}

/// Every file of a directory, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing(BTreeMap<BundlePath, Measured>);

impl Listing {
    /// The listing of a release that is not in a directory.
    #[must_use]
    pub const fn new(files: BTreeMap<BundlePath, Measured>) -> Self {
        Self(files)
    }

    /// Reads all of `directory`.
    ///
    /// # Errors
    /// [`BundleError::NotAFile`] for a link, device or pipe, an unknown or an empty folder; [`BundleError::Path`] for a
    /// name that no release has; [`BundleError::Read`].
    pub fn of_directory(directory: &Path) -> Result<Self, BundleError> {
        let mut files = BTreeMap::new();
        for (name, path, found) in entries(directory)? {
            if !found.is_dir() {
                files.insert(BundlePath::parse(&name)?, measure(&path)?);
                continue;
            }
            let refuse = |what| Err(BundleError::NotAFile { path: path.clone(), what });
            if !FOLDERS.contains(&name.as_str()) {
                return refuse("a folder that no release has");
            }
            let inner = entries(&path)?;
            if inner.is_empty() {
                return refuse("an empty folder");
            }
            for (file, path, _) in inner {
                files.insert(BundlePath::parse(&format!("{name}/{file}"))?, measure(&path)?);
            }
        }
        Ok(Self(files))
    }

    /// The files by path.
    #[must_use]
    pub const fn files(&self) -> &BTreeMap<BundlePath, Measured> {
        &self.0
    }

    /// The files by path, by value.
    #[must_use]
    pub fn into_files(self) -> BTreeMap<BundlePath, Measured> {
        self.0
    }
}

/// Reads a file of a release that has at most `limit` bytes; of a longer one, nothing.
///
/// # Errors
/// As [`read_regular`].
pub fn read_file(directory: &Path, path: &BundlePath, limit: u64) -> Result<Vec<u8>, BundleError> {
    read_regular(&directory.join(path.as_str()), limit)
}

/// Size and digest of the file at `path`, which is no link and has at most [`HASH_LIMIT`] bytes.
pub(crate) fn measure(path: &Path) -> Result<Measured, BundleError> {
    let mut hasher = Hasher::new();
    let file = open_bounded(path, HASH_LIMIT)?;
    io::copy(&mut file.take(HASH_LIMIT), &mut hasher).map_err(BundleError::read(path))?;
    Ok(Measured { size: hasher.size(), sha256: hasher.finish() })
}

fn entries(directory: &Path) -> Result<Vec<(String, PathBuf, Metadata)>, BundleError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(BundleError::read(directory))? {
        let entry = entry.map_err(BundleError::read(directory))?;
        let path = entry.path();
        // Does not follow links.
        let metadata = entry.metadata().map_err(BundleError::read(&path))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        found.push((name, path, metadata));
    }
    found.sort_by(|(one, ..), (two, ..)| one.cmp(two));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::File;
    use std::os::unix::fs::symlink;

    fn refused(folder: &Path) -> BundleError {
        Listing::of_directory(folder).unwrap_err()
    }

    #[test]
    fn every_file_is_listed_with_its_digest() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("extensions")).unwrap();
        fs::write(folder.path().join("extensions/a.raw"), "extension").unwrap();
        fs::write(folder.path().join("cmdline"), "").unwrap();
        let listing = Listing::of_directory(folder.path()).unwrap();
        let expected = [("cmdline", ""), ("extensions/a.raw", "extension")];
        let expected =
            expected.map(|(path, text)| (BundlePath::parse(path).unwrap(), Measured::of(text.as_bytes())));
        assert_eq!(listing.into_files(), expected.into());
    }

    #[test]
    fn a_symbolic_link_in_a_release_is_refused() {
        for (link, target) in [
            ("cmdline", "/etc/passwd"),
            ("cmdline", "vmlinuz"),
            ("signatures", "/"),
            ("signatures/x", "../vmlinuz"),
        ] {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("vmlinuz"), "kernel").unwrap();
            if link.contains('/') {
                fs::create_dir(folder.path().join("signatures")).unwrap();
            }
            symlink(target, folder.path().join(link)).unwrap();
            let error = refused(folder.path());
            assert!(
                matches!(error, BundleError::NotAFile { what: "a symbolic link", .. }),
                "{link}: {error}"
            );
        }
    }

    #[test]
    fn folders_and_names_that_no_release_has_are_refused() {
        for (folder, file) in
            [("other", "other/x"), ("signatures/deep", "signatures/deep/x"), ("sources", "vmlinuz")]
        {
            let root = tempfile::tempdir().unwrap();
            fs::create_dir_all(root.path().join(folder)).unwrap();
            fs::write(root.path().join(file), "").unwrap();
            assert!(matches!(refused(root.path()), BundleError::NotAFile { .. }), "{folder}");
        }
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join(".hidden"), "").unwrap();
        assert!(matches!(refused(root.path()), BundleError::Path { .. }));
    }

    #[test]
    fn a_pipe_does_not_stop_the_reader() {
        if !ashlar_foreign::available("mkfifo", &["--version"]) {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        ashlar_foreign::succeeds(folder.path(), "mkfifo", &["cmdline"]);
        assert!(matches!(refused(folder.path()), BundleError::NotAFile { what: "no regular file", .. }));
    }

    #[test]
    fn a_file_that_is_too_long_is_not_read_into_memory() {
        let folder = tempfile::tempdir().unwrap();
        let path = BundlePath::parse("cmdline").unwrap();
        fs::write(folder.path().join("cmdline"), "12345").unwrap();
        assert_eq!(read_file(folder.path(), &path, 5).unwrap(), b"12345");
        assert!(matches!(read_file(folder.path(), &path, 4), Err(BundleError::TooLarge { limit: 4, .. })));
    }

    #[test]
    fn a_sparse_file_of_a_tebibyte_is_neither_read_nor_hashed() {
        let folder = tempfile::tempdir().unwrap();
        File::create(folder.path().join("vmlinuz")).unwrap().set_len(1 << 40).unwrap();
        assert!(matches!(refused(folder.path()), BundleError::TooLarge { limit: HASH_LIMIT, .. }));
        let path = BundlePath::parse("vmlinuz").unwrap();
        let read = read_file(folder.path(), &path, crate::limits::IMAGE_LIMIT);
        assert!(matches!(read, Err(BundleError::TooLarge { .. })));
    }
}
