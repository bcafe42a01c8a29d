// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The records beside `release.json`: what PID 1 loads, and what the builder's own gate found. They have to say what
//! is found here.
//!
//! ```text
//! modules.json   {schema: 1, load: ["/usr/lib/modules/…/x.ko", …]}    each a module of release.json, none twice
//! signing.json   {schema: 1, modules: {path: {module: sha512, signature: sha256, certificate: index}}}
//! ```
//! `extensions.json` is judged with the extensions (`image/extensions.rs`).

use std::collections::{BTreeMap, BTreeSet};

use ashlar_module_signature::{ModuleDigest, Sha256};
use ashlar_release_bundle::layout::RELEASE;
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::document;
use crate::folder::Folder;
use crate::next_step::look_first_at;
use crate::release_json::ReleaseJson;
use crate::report::Notes;
use crate::signatures::SignatureSet;

const LOAD: &str = "modules.json";
const SIGNING: &str = "signing.json";
const SCHEMA: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Load {
    schema: u32,
    load: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signing {
    schema: u32,
    modules: BTreeMap<String, Signed>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Signed {
    module: ModuleDigest,
    signature: Sha256,
    certificate: usize,
}

/// Judges both.
pub(crate) fn check(
    folder: &Folder,
    described: Option<&ReleaseJson>,
    signatures: &SignatureSet,
    notes: &mut Notes,
) {
    let load: Option<Load> = read(folder, LOAD, notes);
    let signing: Option<Signing> = read(folder, SIGNING, notes);
    let Some(described) = described else {
        let what = "it could not be compared: release.json is unreadable";
        return notes.find_with_help(SIGNING, what, look_first_at(RELEASE));
    };
    if let Some(load) = load {
        check_load(&load, described, notes);
    }
    if let Some(signing) = signing {
        check_signing(&signing, described, signatures, notes);
    }
}

fn read<T: Serialize + DeserializeOwned>(folder: &Folder, path: &str, notes: &mut Notes) -> Option<T> {
    let bytes = folder.read(path, DOCUMENT_LIMIT, notes)?;
    document::decode(&bytes).map_err(|error| notes.find(path, error.to_string())).ok()
}

fn check_load(load: &Load, described: &ReleaseJson, notes: &mut Notes) {
    let before = notes.count();
    if load.schema != SCHEMA {
        notes.find(LOAD, format!("its schema is {}, not {SCHEMA}", load.schema));
    }
    let mut seen = BTreeSet::new();
    for path in &load.load {
        if !path.strip_prefix('/').is_some_and(|path| described.modules.contains_key(path)) {
            notes.find(LOAD, format!("it loads {path}, which release.json does not list"));
        }
        if !seen.insert(path) {
            notes.find(LOAD, format!("it loads {path} twice"));
        }
    }
    if notes.count() == before {
        notes.prove(LOAD, "it loads modules of release.json only, all signed");
    }
}

fn check_signing(signing: &Signing, described: &ReleaseJson, signatures: &SignatureSet, notes: &mut Notes) {
    let before = notes.count();
    if signing.schema != SCHEMA {
        notes.find(SIGNING, format!("its schema is {}, not {SCHEMA}", signing.schema));
    }
    let said: BTreeMap<&String, &ModuleDigest> =
        signing.modules.iter().map(|(path, signed)| (path, &signed.module)).collect();
    if said != described.modules.iter().collect() {
        notes.find(SIGNING, "it lists other modules than release.json");
    }
    for (path, signed) in &signing.modules {
        match signatures.published.get(&signed.module) {
            Some(published) if published.sha256 == signed.signature => {
                if published.certificate.is_some_and(|certificate| certificate != signed.certificate) {
                    notes.find(SIGNING, format!("it says that another certificate signed {path}"));
                }
            }
            Some(_) => notes.find(SIGNING, format!("it lists another signature of {path}")),
            None => notes
                .find(SIGNING, format!("it lists a signature of {path}, which the release does not have")),
        }
    }
    if notes.count() == before {
        notes.prove(SIGNING, "it lists the modules, signatures and certificates that were found here");
    }
}
