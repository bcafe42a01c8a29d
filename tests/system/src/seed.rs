// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The files of the seed set `base`, by path in the archive and by digest.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::{checkout, shared_store};

/// A file that `ashlar.lock` names.
#[derive(Clone, Debug)]
pub struct LockedFile {
    /// Its path below a mirror's base.
    pub path: String,
    /// The SHA-256 of its content, hexadecimal.
    pub sha256: String,
    /// Its content, in the shared store.
    pub content: PathBuf,
}

/// The packages of the seed set `base`, in the lock's order.
///
/// # Panics
/// If the lock is not as it is documented.
#[must_use]
pub fn base_seed() -> Vec<LockedFile> {
    let store = shared_store();
    let text = fs::read_to_string(checkout().join("ashlar.lock")).expect("read the lock");
    let lock: Table = text.parse().expect("parse the lock");
    let ids: Vec<&str> =
        lock["set"]["base"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let field = |package: &Value, key: &str| package[key].as_str().expect("a text in the lock").to_owned();
    let packages = lock["package"].as_array().expect("packages in the lock").iter();
    let files: Vec<LockedFile> = packages
        .filter(|package| {
            let id = ["name", "version", "architecture"].map(|key| field(package, key)).join("_");
            ids.contains(&id.as_str())
        })
        .map(|package| {
            let sha256 = field(package, "sha256");
            let content = store.join("blobs").join(&sha256[..2]).join(&sha256);
            LockedFile { path: field(package, "path"), sha256, content }
        })
        .collect();
    assert!(files.len() > 20 && files.len() == ids.len(), "the seed set base has {} packages", files.len());
    files
}

/// Fills `folder` with the packages of the seed set `base`, under names that mean nothing: for `--sources`.
///
/// # Panics
/// If one cannot be copied.
pub fn bring_base_seed(folder: &Path) {
    fs::create_dir_all(folder).expect("make the folder for sources");
    for (number, file) in base_seed().iter().enumerate() {
        fs::copy(&file.content, folder.join(format!("source-{number}"))).expect("copy a source");
    }
}
