// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A file that is still arriving.
//!
//! ```text
//! <folder>/<key>.part      bytes so far; locked (flock) by whoever writes; kept after a failure, for resuming
//! ```
//! The digest is computed while bytes are appended, so a complete file needs no second reading.

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use ashlar_digest::{Hasher, Sha256};

use crate::FetchError;

/// Bytes so far, and their digest.
#[derive(Debug)]
pub(crate) struct Part {
    bytes: Bytes,
    hasher: Hasher,
    /// Whether bytes of an earlier attempt are in it: then a wrong digest is not yet this place's fault.
    inherited: bool,
}

#[derive(Debug)]
enum Bytes {
    File { file: File, path: PathBuf },
    Memory(Vec<u8>),
}

impl Part {
    /// A part that lives in memory only.
    pub(crate) fn in_memory() -> Self {
        Self { bytes: Bytes::Memory(Vec::new()), hasher: Hasher::new(), inherited: false }
    }

    /// Opens `<folder>/<key>.part`, waits for whoever else writes it, and hashes what is there.
    pub(crate) fn open(folder: &Path, key: &str) -> Result<Self, FetchError> {
        let path = folder.join(format!("{key}.part"));
        let fail = |operation| {
            let path = path.clone();
            move |source| FetchError::Partial { operation, path, source }
        };
        let mut file = loop {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(fail("open"))?;
            file.lock().map_err(fail("lock"))?;
            // While this process waited, the other one may have moved its finished file into the store:
            // writing to that would corrupt the store.
            let held = file.metadata().map_err(fail("read"))?;
            match std::fs::symlink_metadata(&path) {
                Ok(named) if (named.dev(), named.ino()) == (held.dev(), held.ino()) => break file,
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
                Err(error) => return Err(fail("read")(error)),
            }
        };
        let mut hasher = Hasher::new();
        let mut buffer = vec![0; 128 * 1024];
        loop {
            match file.read(&mut buffer).map_err(fail("read"))? {
                0 => break,
                count => hasher.update(&buffer[..count]),
            }
        }
        Ok(Self { bytes: Bytes::File { file, path }, hasher, inherited: false })
    }

    pub(crate) const fn len(&self) -> u64 {
        self.hasher.size()
    }

    pub(crate) fn digest(&self) -> Sha256 {
        self.hasher.clone().finish()
    }

    /// Marks the beginning of an attempt at a place.
    pub(crate) const fn begin(&mut self) {
        self.inherited = self.len() > 0;
    }

    /// Whether bytes from before the last [`Self::begin`] are still in it.
    pub(crate) const fn is_inherited(&self) -> bool {
        self.inherited
    }

    pub(crate) fn append(&mut self, chunk: &[u8]) -> Result<(), FetchError> {
        match &mut self.bytes {
            Bytes::File { file, path } => file.write_all(chunk).map_err(|source| FetchError::Partial {
                operation: "write",
                path: path.clone(),
                source,
            })?,
            Bytes::Memory(bytes) => bytes.extend_from_slice(chunk),
        }
        self.hasher.update(chunk);
        Ok(())
    }

    /// Throws away what is there.
    pub(crate) fn restart(&mut self) -> Result<(), FetchError> {
        match &mut self.bytes {
            Bytes::File { file, path } => {
                let emptied = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
                emptied.map_err(|source| FetchError::Partial {
                    operation: "truncate",
                    path: path.clone(),
                    source,
                })?;
            }
            Bytes::Memory(bytes) => bytes.clear(),
        }
        self.hasher = Hasher::new();
        self.inherited = false;
        Ok(())
    }

    /// The file of this part. A part in memory has none.
    pub(crate) fn path(&self) -> &Path {
        match &self.bytes {
            Bytes::File { path, .. } => path,
            Bytes::Memory(_) => Path::new(""),
        }
    }

    /// The bytes of a part in memory; nothing for a file.
    pub(crate) fn into_bytes(self) -> Vec<u8> {
        match self.bytes {
            Bytes::File { .. } => Vec::new(),
            Bytes::Memory(bytes) => bytes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interrupted_part_goes_on_where_it_ended() {
        let folder = tempfile::tempdir().unwrap();
        let mut part = Part::open(folder.path(), "k").unwrap();
        part.append(b"ab").unwrap();
        drop(part);
        let mut part = Part::open(folder.path(), "k").unwrap();
        assert_eq!(part.len(), 2);
        part.append(b"c").unwrap();
        assert_eq!(part.digest(), Sha256::of(b"abc"));
        assert_eq!(std::fs::read(part.path()).unwrap(), b"abc");
        part.restart().unwrap();
        part.append(b"x").unwrap();
        assert_eq!(std::fs::read(part.path()).unwrap(), b"x");
        assert_eq!(part.digest(), Sha256::of(b"x"));
    }

    /// A second writer waits while the first one's finished file is moved away and `then` happens.
    fn second_writer(then: impl Fn(&Path)) {
        let folder = tempfile::tempdir().unwrap();
        let mut first = Part::open(folder.path(), "k").unwrap();
        first.append(b"done").unwrap();
        let path = first.path().to_owned();
        let stored = folder.path().join("stored");
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let mut part = Part::open(folder.path(), "k").unwrap();
                part.append(b"other").unwrap();
            });
            std::thread::sleep(std::time::Duration::from_millis(50));
            std::fs::rename(&path, &stored).unwrap();
            then(&path);
            drop(first);
            second.join().unwrap();
        });
        assert_eq!(std::fs::read(&stored).unwrap(), b"done");
        assert_eq!(std::fs::read(&path).unwrap(), b"other");
    }

    #[test]
    fn a_waiting_writer_never_writes_into_the_file_that_was_moved_away() {
        second_writer(|_| {});
    }

    #[test]
    fn a_waiting_writer_notices_that_a_third_one_took_the_name() {
        second_writer(|path| std::fs::write(path, b"").unwrap());
    }
}
