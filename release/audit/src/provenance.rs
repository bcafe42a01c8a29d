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

use std::collections::BTreeMap;

use ashlar_attestation::{Resource, SlsaProvenance, Statement};
use ashlar_release_bundle::layout::{INPUTS, PROVENANCE};

use crate::folder::Folder;
use crate::inputs::Inputs;
use crate::next_step::look_first_at;
use crate::report::Notes;
use crate::statement::{Judge, judge, lines};
use crate::{Trust, subjects};

/// Judges every line.
pub(crate) fn check(folder: &Folder, inputs: Option<&Inputs>, trust: &Trust, notes: &mut Notes) {
    let Some(envelopes) = lines(folder, PROVENANCE, notes) else {
        return;
    };
    if inputs.is_none() {
        let what = "its dependencies could not be compared: inputs.json is unreadable";
        notes.find_with_help(PROVENANCE, what, look_first_at(INPUTS));
    }
    let faults = |_: usize, statement: &Statement<SlsaProvenance>| faults(folder, inputs, statement);
    let claim = |line: usize| {
        inputs?;
        Some(format!(
            "line {line} says that this image was built from inputs.json and the checkout of the manifest"
        ))
    };
    judge(&envelopes, &Judge { path: PROVENANCE, faults: &faults, claim: &claim }, trust, notes);
}

fn faults(folder: &Folder, inputs: Option<&Inputs>, statement: &Statement<SlsaProvenance>) -> Vec<String> {
    let manifest = folder.manifest();
    let mut found = subjects::faults(&subjects::image_files(manifest, &|_| true), &statement.subjects);
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
