// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The documents of a real image or release, if the environment names a folder of them.
//!
//! A document that the folder has as SPDX 2.3 alone (lists of files, what was built) is made in the other formats too, as
//! `ashlar sbom export` would: every reader gets everything.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ashlar_sbom::{Document, Format, Reading, Tool, read, write};

use crate::samples::{Written, ending};
use crate::tools::variable;

/// Documents by what they are called without their ending: those of the folder, and those made of them in `folder`.
pub(crate) fn documents(folder: &Path) -> BTreeMap<String, Vec<Written>> {
    let mut all = as_built();
    let folder = folder.join("given");
    for (name, documents) in &mut all {
        let Some(original) = documents.iter().find(|it| it.format == Format::Spdx23) else { continue };
        let reading = reading(original);
        let missing = |format: &Format| documents.iter().all(|it| it.format != *format);
        let missing: Vec<Format> = Format::ALL.into_iter().filter(missing).collect();
        for format in missing {
            fs::create_dir_all(&folder).unwrap();
            let path = folder.join(format!("{name}{}", ending(format)));
            fs::write(&path, converted(&reading, format)).unwrap();
            documents.push(Written { format, path });
        }
    }
    all
}

/// Of those of the folder the ones that scanners are meant to get: written in every format by the builder.
pub(crate) fn shipped() -> BTreeMap<String, Vec<Written>> {
    let mut all = as_built();
    all.retain(|_, documents| documents.len() == Format::ALL.len());
    assert!(
        all.contains_key("os") || variable(FOLDER).is_none(),
        "{FOLDER}: the folder has no os{}, os{} and os{}",
        ending(Format::Spdx23),
        ending(Format::Spdx301),
        ending(Format::CycloneDx16)
    );
    all
}

/// What `document` says: all of it is read, but that a list of files refers to another document.
pub(crate) fn reading(document: &Written) -> Reading {
    let mut reading = read(&fs::read(&document.path).unwrap())
        .unwrap_or_else(|cause| panic!("{}: {cause}", document.path()));
    reading.notes.retain(|note| note.what != "a reference to another document was left out");
    assert_eq!(reading.notes, [], "{}", document.path());
    reading
}

const FOLDER: &str = "ASHLAR_SBOM_DOCUMENTS";

fn as_built() -> BTreeMap<String, Vec<Written>> {
    let mut found: BTreeMap<String, Vec<Written>> = BTreeMap::new();
    let Some(folder) = variable(FOLDER) else { return found };
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|cause| panic!("{FOLDER}: {}: {cause}", folder.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let stem = Format::ALL.into_iter().find_map(|it| Some((it, name.strip_suffix(ending(it))?)));
        if let Some((format, stem)) = stem {
            found.entry(stem.to_owned()).or_default().push(Written { format, path });
        }
    }
    assert!(!found.is_empty(), "{FOLDER}: no document in {}", folder.display());
    found
}

fn converted(reading: &Reading, format: Format) -> Vec<u8> {
    let author = reading.author.clone().expect("a document of ours names its author");
    let tool = Tool { name: "ashlar".to_owned(), version: "0.1.0".to_owned() };
    let (document, _) = Document::made_from(reading, author, tool);
    write(format, &document, &reading.inventory).unwrap()
}
