// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Contents of files, by digest and executable bit.
//!
//! A hardlink shares its mode with all its names, so a content that is used both as an executable and otherwise
//! lies there twice. Which of the two exists is of no interest outside: each is made from the other when needed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use ashlar_digest::{BlobDigest, Hasher, Sha256, SourceDigest};

use crate::new_file::{NewFile, rename, set_times};
use crate::{Store, StoreError};

/// Contents up to this size are hashed before anything is written, for most of them are there already.
const SMALL: usize = 1 << 20;

pub(crate) const fn mode(executable: bool) -> u32 {
    if executable { 0o555 } else { 0o444 }
}

impl Store {
    /// Stores the content of the file at `path`, as an executable if its owner may execute it. Gives digest and size.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub fn add_file(&self, path: &Path) -> Result<(BlobDigest, u64), StoreError> {
        let file = File::open(path).map_err(StoreError::read(path))?;
        let mode = file.metadata().map_err(StoreError::read(path))?.permissions().mode();
        self.add_reader(file, mode & 0o100 != 0).map_err(|error| match error {
            StoreError::ReadContent { source } => StoreError::read(path)(source),
            other => other,
        })
    }

    /// Stores `bytes`. Gives digest and size.
    ///
    /// # Errors
    /// [`StoreError::Write`].
    pub fn add_bytes(&self, bytes: &[u8], executable: bool) -> Result<(BlobDigest, u64), StoreError> {
        let digest = BlobDigest::new(Sha256::of(bytes));
        let size = bytes.len() as u64;
        let destination = self.layout().blob(digest, executable);
        if !is_present(&destination, size)? {
            let mut file = NewFile::create(self)?;
            file.write(bytes)?;
            file.publish(&destination, mode(executable))?;
        }
        Ok((digest, size))
    }

    /// Stores what `reader` gives until its end. Gives digest and size.
    ///
    /// # Errors
    /// [`StoreError::ReadContent`], [`StoreError::Write`].
    pub fn add_reader(
        &self,
        mut reader: impl Read,
        executable: bool,
    ) -> Result<(BlobDigest, u64), StoreError> {
        let mut head = Vec::new();
        (&mut reader)
            .take(SMALL as u64 + 1)
            .read_to_end(&mut head)
            .map_err(|source| StoreError::ReadContent { source })?;
        if head.len() <= SMALL {
            return self.add_bytes(&head, executable);
        }
        let mut hasher = Hasher::new();
        let mut file = NewFile::create(self)?;
        let mut chunk = head.as_slice();
        let mut buffer = vec![0; SMALL];
        loop {
            hasher.update(chunk);
            file.write(chunk)?;
            match read_some(&mut reader, &mut buffer).map_err(|source| StoreError::ReadContent { source })? {
                0 => break,
                length => chunk = &buffer[..length],
            }
        }
        let size = hasher.size();
        let digest = BlobDigest::new(hasher.finish());
        let destination = self.layout().blob(digest, executable);
        if !is_present(&destination, size)? {
            file.publish(&destination, mode(executable))?;
        }
        Ok((digest, size))
    }

    /// Moves a downloaded file into the store, after it was hashed once more. The file is gone afterwards, unless it
    /// is on another filesystem and cannot be removed.
    ///
    /// # Errors
    /// [`StoreError::SourceMismatch`] (the file stays where it is), [`StoreError::Read`], [`StoreError::Write`].
    pub fn adopt_file(&self, path: &Path, expected: SourceDigest) -> Result<(BlobDigest, u64), StoreError> {
        let (found, size) = hash_file(path)?;
        if found != expected.sha256() {
            return Err(StoreError::SourceMismatch {
                path: path.to_owned(),
                expected,
                found: SourceDigest::new(found),
            });
        }
        let digest = BlobDigest::new(found);
        let destination = self.layout().blob(digest, false);
        if is_present(&destination, size)? {
            fs::remove_file(path).map_err(StoreError::remove(path))?;
            return Ok((digest, size));
        }
        let staged = self.temporary_path()?;
        match fs::rename(path, &staged) {
            Ok(()) => {
                fs::set_permissions(&staged, fs::Permissions::from_mode(mode(false)))
                    .map_err(StoreError::write(&staged))?;
                set_times(&staged)?;
                rename(&staged, &destination)?;
            }
            Err(error) if error.kind() == io::ErrorKind::CrossesDevices => {
                self.copy_verified(path, digest, false)?;
                fs::remove_file(path).map_err(StoreError::remove(path))?;
            }
            Err(error) => return Err(StoreError::write(staged)(error)),
        }
        Ok((digest, size))
    }

    /// Whether the content is there, as an executable or not.
    #[must_use]
    pub fn has_blob(&self, digest: BlobDigest) -> bool {
        [false, true].iter().any(|executable| self.layout().blob(digest, *executable).exists())
    }

    /// Opens a content for reading.
    ///
    /// # Errors
    /// [`StoreError::MissingBlob`], [`StoreError::Read`].
    pub fn open_blob(&self, digest: BlobDigest) -> Result<File, StoreError> {
        for executable in [false, true] {
            let path = self.layout().blob(digest, executable);
            match File::open(&path) {
                Ok(file) => return Ok(file),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(StoreError::read(path)(error)),
            }
        }
        Err(StoreError::MissingBlob { digest })
    }

    /// Reads a whole content and verifies it.
    ///
    /// # Errors
    /// [`StoreError::MissingBlob`], [`StoreError::Read`], [`StoreError::CorruptBlob`].
    pub fn read_blob(&self, digest: BlobDigest) -> Result<Vec<u8>, StoreError> {
        let path = self.layout().blob(digest, false);
        let mut bytes = Vec::new();
        self.open_blob(digest)?.read_to_end(&mut bytes).map_err(StoreError::read(&path))?;
        let found = Sha256::of(&bytes);
        if found != digest.sha256() {
            return Err(StoreError::CorruptBlob { path, reason: format!("its sha256 is {found}") });
        }
        Ok(bytes)
    }

    /// The file that has this content and this executable bit; it is read-only and stays as it is.
    ///
    /// # Errors
    /// [`StoreError::MissingBlob`]; where the other variant has to be copied, what that gives.
    pub fn blob_path(&self, digest: BlobDigest, executable: bool) -> Result<PathBuf, StoreError> {
        let path = self.layout().blob(digest, executable);
        if path.exists() {
            return Ok(path);
        }
        let other = self.layout().blob(digest, !executable);
        if !other.exists() {
            return Err(StoreError::MissingBlob { digest });
        }
        self.copy_verified(&other, digest, executable)?;
        Ok(path)
    }

    fn copy_verified(&self, from: &Path, digest: BlobDigest, executable: bool) -> Result<(), StoreError> {
        let mut reader = File::open(from).map_err(StoreError::read(from))?;
        let mut file = NewFile::create(self)?;
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; SMALL];
        loop {
            match read_some(&mut reader, &mut buffer).map_err(StoreError::read(from))? {
                0 => break,
                length => {
                    hasher.update(&buffer[..length]);
                    file.write(&buffer[..length])?;
                }
            }
        }
        let found = hasher.finish();
        if found != digest.sha256() {
            let reason = format!("its sha256 is {found}, not {digest}");
            return Err(StoreError::CorruptBlob { path: from.to_owned(), reason });
        }
        file.publish(&self.layout().blob(digest, executable), mode(executable))
    }
}

/// Whether a file stands there with the right size. A file of another size was damaged by a loss of power, and is
/// written again.
fn is_present(path: &Path, size: u64) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(found.is_file() && found.len() == size),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::read(path)(error)),
    }
}

pub(crate) fn hash_file(path: &Path) -> Result<(Sha256, u64), StoreError> {
    let mut file = File::open(path).map_err(StoreError::read(path))?;
    let mut hasher = Hasher::new();
    let mut buffer = vec![0; SMALL];
    loop {
        match read_some(&mut file, &mut buffer).map_err(StoreError::read(path))? {
            0 => break,
            length => hasher.update(&buffer[..length]),
        }
    }
    let size = hasher.size();
    Ok((hasher.finish(), size))
}

fn read_some(reader: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    loop {
        match reader.read(buffer) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
