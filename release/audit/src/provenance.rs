// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The provenance: it is about these image files, built from this checkout and these inputs, and a trusted publisher
//! says so.
//!
//! `provenance.intoto.jsonl`: one DSSE envelope a line, each with SLSA provenance, version 1. Every subject is an
//! image file by digest, and every image file a subject; the resolved dependencies are the checkout that the
//! manifest names (digest `ashlarTree`) and exactly the inputs of `inputs.json`, each from the first place that is
//! named there; how it was built is as the manifest has it (`build`). Unsigned it is a claim that fits; signed by a
//! trusted publisher it is theirs.

mod build;

use std::collections::{BTreeMap, BTreeSet};

use ashlar_attestation::{AttestationError, Envelope, Resource, SlsaProvenance, Statement, envelope};
use ashlar_causes::chain;
use ashlar_release_bundle::Role;
use ashlar_release_bundle::layout::{INPUTS, PROVENANCE};
use ashlar_release_bundle::limits::DOCUMENT_LIMIT;

use crate::Trust;
use crate::folder::Folder;
use crate::inputs::Inputs;
use crate::next_step::look_first_at;
use crate::report::Notes;

/// Judges every line.
pub(crate) fn check(folder: &Folder, inputs: Option<&Inputs>, trust: &Trust, notes: &mut Notes) {
    let Some(bytes) = folder.read(PROVENANCE, DOCUMENT_LIMIT, notes) else {
        return;
    };
    let envelopes = match envelope::from_lines(&bytes) {
        Ok(envelopes) => envelopes,
        Err(error) => return notes.fail(PROVENANCE, &error, error.help()),
    };
    if inputs.is_none() {
        let what = "its dependencies could not be compared: inputs.json is unreadable";
        notes.find_with_help(PROVENANCE, what, look_first_at(INPUTS));
    }
    for (line, envelope) in (1..).zip(&envelopes) {
        let before = notes.count();
        let (statement, keys) = match opened(envelope, trust) {
            Ok(opened) => opened,
            Err(error) => {
                let what = format!("line {line}: {}", chain(&error));
                match error.help() {
                    Some(help) => notes.find_with_help(PROVENANCE, what, help),
                    None => notes.find(PROVENANCE, what),
                }
                continue;
            }
        };
        for fault in faults(folder, inputs, &statement) {
            notes.find(PROVENANCE, format!("line {line}: {fault}"));
        }
        if notes.count() != before || inputs.is_none() {
            continue;
        }
        let claim = format!(
            "line {line} says that this image was built from inputs.json and the checkout of the manifest"
        );
        for key in &keys {
            notes.prove_by(PROVENANCE, claim.clone(), key.clone());
        }
        if keys.is_empty() {
            let signed = envelope.signatures.iter().map(|signature| signature.keyid.to_string());
            let signed: Vec<String> = signed.collect();
            let by = if signed.is_empty() {
                "unsigned".to_owned()
            } else {
                format!("signed by {}, untrusted", signed.join(", "))
            };
            notes.prove(PROVENANCE, format!("{claim}; {by}"));
        }
    }
}

/// The statement, and the trusted keys that signed it; with nobody to trust it is only read.
fn opened(
    envelope: &Envelope,
    trust: &Trust,
) -> Result<(Statement<SlsaProvenance>, Vec<String>), AttestationError> {
    if trust.publishers.is_empty() {
        return envelope::read(envelope).map(|read| (read.claim().clone(), Vec::new()));
    }
    let verified = envelope::verify::<SlsaProvenance>(envelope, &trust.publishers)?;
    let keys = verified.keys().iter().map(ToString::to_string).collect();
    Ok((verified.into_statement(), keys))
}

fn faults(folder: &Folder, inputs: Option<&Inputs>, statement: &Statement<SlsaProvenance>) -> Vec<String> {
    let mut found = Vec::new();
    let manifest = folder.manifest();
    let images = manifest.files.iter().filter(|(_, entry)| entry.role == Role::Image);
    let images: BTreeMap<&str, _> = images.map(|(path, entry)| (path.as_str(), entry.sha256)).collect();
    let mut named = BTreeSet::new();
    for subject in &statement.subjects {
        let name = subject.name.as_str();
        if !named.insert(name) {
            found.push(format!("it names the subject {name} twice"));
        }
        match images.get(name) {
            None => found.push(format!("its subject {name} is no image file of the release")),
            Some(digest) if *digest != subject.digest.sha256 => {
                found.push(format!("it is about another {name}"));
            }
            Some(_) => {}
        }
    }
    found.extend(
        images.keys().filter(|path| !named.contains(*path)).map(|path| format!("it is not about {path}")),
    );
    let predicate = &statement.predicate;
    found.extend(build::faults(manifest, predicate));
    if let Some(inputs) = inputs {
        let resolved = &predicate.build_definition.resolved_dependencies;
        found.extend(dependencies(inputs, &manifest.checkout.to_string(), resolved));
    }
    found
}

fn dependencies(inputs: &Inputs, checkout: &str, resolved: &[Resource]) -> Vec<String> {
    let mut found = Vec::new();
    // By name and digest; the first place where it was to be had, if there is any.
    let mut missing: BTreeMap<(&str, &str), Option<&str>> = inputs.places().collect();
    missing.insert(("ashlarTree", checkout), None);
    for resource in resolved {
        let digests: Vec<(&str, &str)> = resource.digest.iter().collect();
        let key = match digests.as_slice() {
            [("ashlarTree", digest)] => ("ashlarTree", *digest),
            [("sha256", digest)] => (resource.name.as_str(), *digest),
            _ => {
                found.push(format!("its dependency {} is not named by one digest", resource.name));
                continue;
            }
        };
        match missing.remove(&key) {
            None => found.push(format!(
                "its dependency {} ({}) is not in inputs.json, or there twice",
                resource.name, key.1
            )),
            Some(place) if place != resource.uri.as_deref() => found.push(format!(
                "it says that its dependency {} came from {}, not from {}",
                resource.name,
                resource.uri.as_deref().unwrap_or("nowhere"),
                place.unwrap_or("nowhere")
            )),
            Some(_) => {}
        }
    }
    found.extend(
        missing.keys().map(|(name, digest)| format!("it does not name {name} ({digest}) as a dependency")),
    );
    found
}
