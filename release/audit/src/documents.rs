// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The SBOM documents inside of root and extensions: they are those that the release publishes, and they list every file.
//!
//! ```text
//! root.erofs              usr/share/spdx/os.spdx.json      = os.spdx.json
//!                         usr/share/spdx/os-files.spdx.json: its files = all regular files but itself, each with its SHA-256
//! extensions/<name>.raw   the same with <name>.spdx.json (= extensions/<name>.spdx.json) and <name>-files.spdx.json
//! ```
//! Both are read from the file systems themselves (`ashlar_release_bundle::erofs`), of what dm-verity protects. Of the list only
//! `files[].fileName` and `files[].checksums` are read here (SPDX 2.3, clause 8).

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::Sha256;
use ashlar_images::{EXTENSION_DESCRIPTOR, VERITY_BLOCK};
use ashlar_release_bundle::erofs::each_file;
use ashlar_release_bundle::layout::{EXTENSIONS, SBOM};
use ashlar_release_bundle::limits::{CONTENTS_LIMIT, DOCUMENT_LIMIT, IMAGE_LIMIT};
use serde::Deserialize;

use crate::folder::Folder;
use crate::image::verity::data_blocks;
use crate::next_step::{DO_NOT_USE, look_first_at};
use crate::report::Notes;

/// Where a file system has its documents.
const INSIDE: &str = "usr/share/spdx";
const ROOT: &str = "root.erofs";

/// A list of files, as far as it is read here.
#[derive(Deserialize)]
struct FileList {
    files: Vec<Listed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listed {
    file_name: String,
    checksums: Vec<Checksum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: String,
    checksum_value: String,
}

/// A file system of the release and what is said about it.
pub(crate) struct Described {
    /// The image file.
    pub(crate) image: String,
    /// The document that the release publishes about it.
    pub(crate) document: String,
    /// What its documents are called after.
    name: String,
    /// Bytes behind data and hash tree.
    behind: usize,
}

/// The root, then every extension of the folder in byte order.
pub(crate) fn described(folder: &Folder) -> Vec<Described> {
    let root =
        Described { image: ROOT.to_owned(), document: SBOM.to_owned(), name: "os".to_owned(), behind: 0 };
    let extension = |path: &str| {
        let name = path.strip_prefix(EXTENSIONS)?.strip_prefix('/')?.strip_suffix(".raw")?;
        Some(Described {
            image: path.to_owned(),
            document: format!("{EXTENSIONS}/{name}.spdx.json"),
            name: name.to_owned(),
            behind: EXTENSION_DESCRIPTOR,
        })
    };
    std::iter::once(root).chain(folder.paths().filter_map(extension)).collect()
}

/// Judges the documents of all of them.
pub(crate) fn check(folder: &Folder, notes: &mut Notes) {
    for described in described(folder) {
        check_one(folder, &described, notes);
    }
}

fn check_one(folder: &Folder, described: &Described, notes: &mut Notes) {
    let Described { image, document, name, behind } = described;
    let Some(published) = folder.read(document, DOCUMENT_LIMIT, notes) else {
        return;
    };
    let Some(bytes) = folder.read(image, IMAGE_LIMIT, notes) else {
        let what = "it could not be compared with what is inside of the image";
        return notes.find_with_help(document, what, look_first_at(image));
    };
    let (inner, list) = (format!("{INSIDE}/{name}.spdx.json"), format!("{INSIDE}/{name}-files.spdx.json"));
    let found = match Found::read(&bytes[..bytes.len().saturating_sub(*behind)], &inner, &list) {
        Ok(found) => found,
        Err(reason) => return notes.find(image, format!("read the files in it: {reason}")),
    };
    match found.inner {
        Some(bytes) if bytes == published => notes.prove(document, format!("{image} holds it as /{inner}")),
        Some(_) => {
            notes.find_with_help(
                document,
                format!("it is another document than /{inner} in {image}"),
                DO_NOT_USE,
            );
        }
        None => {
            let what = format!("it has no /{inner}, which would be {document}");
            notes.find_with_help(image, what, DO_NOT_USE);
        }
    }
    let Some(bytes) = found.list else {
        return notes.find_with_help(image, format!("it has no /{list}, the list of its files"), DO_NOT_USE);
    };
    let listed = match listed(&bytes) {
        Ok(listed) => listed,
        Err(reason) => return notes.find(image, format!("read /{list}: {reason}")),
    };
    let before = notes.count();
    for (path, digest) in &found.files {
        match listed.get(path) {
            None => notes.find(image, format!("it holds /{path}, which /{list} does not list")),
            Some(said) if said != digest => {
                notes.find(image, format!("/{path} has the SHA-256 {digest}, /{list} says {said}"));
            }
            Some(_) => {}
        }
    }
    for path in listed.keys().filter(|path| !found.files.contains_key(*path)) {
        notes.find(image, format!("/{list} lists /{path}, which is no file in it"));
    }
    if notes.count() == before {
        let count = found.files.len();
        notes.prove(
            image,
            format!("/{list} lists its {count} other files, each with its SHA-256, and no more"),
        );
    }
}

/// What a file system holds.
struct Found {
    /// The document.
    inner: Option<Vec<u8>>,
    /// The list of files.
    list: Option<Vec<u8>>,
    /// Every regular file but the list, with its digest.
    files: BTreeMap<String, Sha256>,
}

impl Found {
    fn read(bytes: &[u8], inner: &str, list: &str) -> Result<Self, String> {
        let mut found = Self { inner: None, list: None, files: BTreeMap::new() };
        // Nothing behind the data: the kernel does not see it.
        let data = data_blocks(bytes.len() as u64).map(|blocks| blocks as usize * VERITY_BLOCK);
        let data = data.ok_or("its size is not that of data with a dm-verity tree")?;
        each_file(&bytes[..data], CONTENTS_LIMIT, &mut |path, content| {
            if path == inner {
                found.inner = Some(content.to_vec());
            }
            if path == list {
                found.list = Some(content.to_vec());
            } else {
                found.files.insert(path.to_owned(), Sha256::of(content));
            }
            Ok(())
        })?;
        Ok(found)
    }
}

/// The files of a list by their paths, each with its SHA-256.
fn listed(bytes: &[u8]) -> Result<BTreeMap<String, Sha256>, String> {
    let list: FileList = serde_json::from_slice(bytes).map_err(|cause| cause.to_string())?;
    let mut listed = BTreeMap::new();
    for file in list.files {
        let path =
            file.file_name.strip_prefix("./").ok_or_else(|| format!("{:?} is no path", file.file_name))?;
        let sums: BTreeSet<&str> = file
            .checksums
            .iter()
            .filter(|sum| sum.algorithm == "SHA256")
            .map(|sum| sum.checksum_value.as_str())
            .collect();
        let digest = match sums.iter().collect::<Vec<_>>().as_slice() {
            [one] => one.parse::<Sha256>().ok(),
            _ => None,
        };
        let digest = digest.ok_or_else(|| format!("/{path} has not one SHA-256"))?;
        if listed.insert(path.to_owned(), digest).is_some() {
            return Err(format!("/{path} is there twice"));
        }
    }
    Ok(listed)
}
