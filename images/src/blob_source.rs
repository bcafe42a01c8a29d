// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The port through which file contents come: the store implements it, tests have a map.

use std::io::{self, Read, Write};

use ashlar_digest::BlobDigest;
use ashlar_tree::TreePath;

use crate::ImageError;

/// Gives the bytes of a blob by its digest.
pub trait BlobSource {
    /// Opens the blob for one sequential read.
    ///
    /// # Errors
    /// Whatever opening it says; the caller adds which file wanted it.
    fn open(&self, digest: BlobDigest) -> io::Result<Box<dyn Read + '_>>;
}

/// Copies the blob of the file at `path` to `out`; a length other than `size` is an error, because both archive
/// formats state it in front.
pub(crate) fn copy_blob(
    blobs: &dyn BlobSource,
    path: &TreePath,
    digest: BlobDigest,
    size: u64,
    out: &mut dyn Write,
) -> Result<(), ImageError> {
    let blob_error = |source| ImageError::Blob { path: path.clone(), digest, source };
    let mut reader = blobs.open(digest).map_err(blob_error)?;
    let mut buffer = vec![0; 64 * 1024];
    let mut copied: u64 = 0;
    loop {
        let count = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(blob_error(error)),
        };
        copied += count as u64;
        if copied > size {
            break;
        }
        out.write_all(&buffer[..count]).map_err(|source| ImageError::Write { path: path.clone(), source })?;
    }
    if copied == size {
        Ok(())
    } else {
        Err(ImageError::BlobLength { path: path.clone(), digest, stated: size })
    }
}

/// Blobs in memory, for tests.
#[cfg(test)]
#[derive(Debug, Default)]
pub(crate) struct MemoryBlobs(std::collections::BTreeMap<BlobDigest, Vec<u8>>);

#[cfg(test)]
impl MemoryBlobs {
    /// Keeps `content`, and gives what a tree's node says of it.
    pub(crate) fn add(&mut self, content: &[u8]) -> (BlobDigest, u64) {
        let digest = BlobDigest::new(ashlar_digest::Sha256::of(content));
        self.0.insert(digest, content.to_vec());
        (digest, content.len() as u64)
    }
}

#[cfg(test)]
impl BlobSource for MemoryBlobs {
    fn open(&self, digest: BlobDigest) -> io::Result<Box<dyn Read + '_>> {
        match self.0.get(&digest) {
            Some(content) => Ok(Box::new(content.as_slice())),
            None => Err(io::Error::from(io::ErrorKind::NotFound)),
        }
    }
}
