// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a statement is about: exactly certain image files of the release, each by its digest.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_attestation::Subject;
use ashlar_digest::Sha256;
use ashlar_release_bundle::Role;

use crate::manifest::Manifest;

/// The image files of which `is_meant` says so, by path.
pub(crate) fn image_files<'m>(
    manifest: &'m Manifest,
    is_meant: &dyn Fn(&str) -> bool,
) -> BTreeMap<&'m str, Sha256> {
    let images = manifest.files.iter().filter(|(path, entry)| entry.role == Role::Image && is_meant(path));
    images.map(|(path, entry)| (path.as_str(), entry.sha256)).collect()
}

/// In what `subjects` are not `images`.
pub(crate) fn faults(images: &BTreeMap<&str, Sha256>, subjects: &[Subject]) -> Vec<String> {
    let mut found = Vec::new();
    let mut named = BTreeSet::new();
    for subject in subjects {
        let name = subject.name.as_str();
        if !named.insert(name) {
            found.push(format!("it names the subject {name} twice"));
        }
        match images.get(name) {
            None => found.push(format!("its subject {name} is no image file that it has to be about")),
            Some(digest) if *digest != subject.digest.sha256 => {
                found.push(format!("it is about another {name}"));
            }
            Some(_) => {}
        }
    }
    found.extend(
        images.keys().filter(|path| !named.contains(*path)).map(|path| format!("it is not about {path}")),
    );
    found
}
