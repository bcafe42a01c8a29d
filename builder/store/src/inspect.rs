// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Lists what is in the store's folders, for check, repair and garbage collection.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use ashlar_digest::BlobDigest;

use crate::StoreError;
use crate::layout::EXECUTABLE_SUFFIX;

/// The entries of a directory, sorted. A directory that vanished meanwhile has none.
pub(crate) fn files(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(StoreError::read(directory)(error)),
    };
    let mut paths = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<PathBuf>>>()
        .map_err(StoreError::read(directory))?;
    paths.sort();
    Ok(paths)
}

/// The files in the directories `ab/` of `directory`; what stands beside these directories is listed with them.
pub(crate) fn fanned_files(directory: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let mut all = Vec::new();
    for path in files(directory)? {
        let is_fan = path.file_name().is_some_and(|name| name.len() == 2);
        if is_fan && path.is_dir() && !path.is_symlink() {
            all.extend(files(&path)?);
        } else {
            all.push(path);
        }
    }
    Ok(all)
}

/// Digest and executable bit that the name of a blob states; `None` for what is no blob or lies in the wrong place.
pub(crate) fn stem_of_blob(path: &Path) -> Option<(BlobDigest, bool)> {
    let name = path.file_name()?.to_str()?;
    let (stem, executable) = match name.strip_suffix(EXECUTABLE_SUFFIX) {
        Some(stem) => (stem, true),
        None => (name, false),
    };
    let digest = stem.parse().ok()?;
    in_its_fan(path, stem).then_some((digest, executable))
}

/// Whether a file lies in the directory that its first two digits name.
pub(crate) fn in_its_fan(path: &Path, name: &str) -> bool {
    path.parent().and_then(Path::file_name).and_then(|fan| fan.to_str()) == name.get(..2)
}
