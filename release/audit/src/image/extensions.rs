// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Extensions: each file's dm-verity tree recomputed, its root hash the one that the OS takes, its descriptor saying
//! the same.
//!
//! The list that PID 1 goes by lies inside the root; `extensions.json` beside the image is a copy of it, and is
//! written again here from the extensions themselves. `release.json`, which the root holds too, states the same
//! hashes.

use std::collections::BTreeSet;

use ashlar_images::{EXTENSION_DESCRIPTOR, ExtensionDescriptor, ExtensionSpec, VerityTree, extensions_json};
use ashlar_release_bundle::layout::RELEASE;
use ashlar_release_bundle::limits::{DOCUMENT_LIMIT, IMAGE_LIMIT};

use super::verity;
use crate::folder::Folder;
use crate::next_step::look_first_at;
use crate::release_json::ReleaseJson;
use crate::report::Notes;

const LIST: &str = "extensions.json";

pub(super) fn check(folder: &Folder, described: Option<&ReleaseJson>, notes: &mut Notes) {
    let name_of = |path: &str| Some(path.strip_prefix("extensions/")?.strip_suffix(".raw")?.to_owned());
    let names: BTreeSet<String> = folder.paths().filter_map(name_of).collect();
    let mut specs = Vec::new();
    for name in &names {
        let path = path_of(name);
        let Some(bytes) = folder.read(&path, IMAGE_LIMIT, notes) else {
            continue;
        };
        match judge(folder, name, &bytes) {
            Err(reason) => notes.find(&path, reason),
            Ok(tree) => {
                specs.push(ExtensionSpec::new(name, &tree));
                compare(name, &tree.root_hash.to_string(), described, notes);
            }
        }
    }
    check_list(folder, &specs, notes);
    for name in described.into_iter().flat_map(|described| described.extensions.keys()) {
        if !names.contains(name) {
            notes.find(&path_of(name), "release.json lists it, but it is not in the folder");
        }
    }
}

fn path_of(name: &str) -> String {
    format!("extensions/{name}.raw")
}

/// Compares a recomputed root hash with the one that the OS states.
fn compare(name: &str, root_hash: &str, described: Option<&ReleaseJson>, notes: &mut Notes) {
    let path = path_of(name);
    let Some(described) = described else {
        let what = "its root hash could not be compared: release.json is unreadable";
        return notes.find_with_help(&path, what, look_first_at(RELEASE));
    };
    match described.extensions.get(name) {
        Some(stated) if stated == root_hash => notes.prove(
            &path,
            format!("its dm-verity tree is the one of its data; root hash {root_hash}, as release.json says"),
        ),
        Some(stated) => {
            notes.find(&path, format!("its root hash is {root_hash}, release.json says {stated}"));
        }
        None => notes.find(&path, "release.json does not list it, so the OS would not take it"),
    }
}

fn check_list(folder: &Folder, specs: &[ExtensionSpec], notes: &mut Notes) {
    let Some(found) = folder.read(LIST, DOCUMENT_LIMIT, notes) else {
        return;
    };
    match extensions_json(folder.manifest().release.as_str(), specs) {
        Ok(text) if text.as_bytes() == found => {
            notes.prove(LIST, "every byte follows from the extensions: the OS takes these and no other");
        }
        Ok(_) => notes.find(LIST, "it is not the list of the extensions in the folder"),
        Err(error) => notes.find(LIST, error.to_string()),
    }
}

/// The tree of an extension whose parts agree with each other.
fn judge(folder: &Folder, name: &str, bytes: &[u8]) -> Result<VerityTree, String> {
    let split = bytes.len().checked_sub(EXTENSION_DESCRIPTOR).ok_or("it is too short for a descriptor")?;
    let (protected, descriptor) = bytes.split_at(split);
    let descriptor = ExtensionDescriptor::parse(descriptor).map_err(|error| error.to_string())?;
    let tree = verity::recompute(protected).map_err(|error| error.to_string())?;
    let root_hash = tree.root_hash.to_string();
    let release = folder.manifest().release.to_string();
    for (what, said, is) in [
        ("name", &descriptor.name, name),
        ("release", &descriptor.release, &release),
        ("root hash", &descriptor.root_hash, &root_hash),
    ] {
        if said != is {
            return Err(format!("its descriptor states the {what} {said:?}, but it is {is:?}"));
        }
    }
    Ok(tree)
}
