// SPDX-License-Identifier: Apache-2.0 OR MIT
//! How the image was built, as the provenance has it: every word follows from the manifest, and none is missing.
//!
//! ```text
//! buildType, builder.id    those of a release (`ashlar_attestation`, which the writer takes them from too)
//! externalParameters       exactly those of a release, with the manifest's values
//! internalParameters, builder.version    none: nobody could judge them
//! metadata.invocationId    the release id
//! ```
//! A publisher signs the provenance of each build alike. One of another build with the same inputs, or with other
//! parameters, therefore passes every signature, and is told here.

use std::collections::BTreeSet;

use ashlar_attestation::{RELEASE_BUILD_TYPE, RELEASE_BUILDER, ReleaseParameters, SlsaProvenance};

use crate::manifest::Manifest;

/// In what `predicate` says something else of the build than `manifest`.
pub(super) fn faults(manifest: &Manifest, predicate: &SlsaProvenance) -> Vec<String> {
    let (definition, run) = (&predicate.build_definition, &predicate.run_details);
    let mut found = Vec::new();
    for (what, said, is) in [
        ("build type", &definition.build_type, RELEASE_BUILD_TYPE),
        ("builder", &run.builder.id, RELEASE_BUILDER),
    ] {
        if said != is {
            found.push(format!("it states the {what} {said:?}, not {is:?}"));
        }
    }
    found.extend(parameters(manifest, predicate));
    let unjudged = definition.internal_parameters.keys().map(|name| ("the internal parameter", name));
    let unjudged =
        unjudged.chain(run.builder.version.keys().map(|name| ("a version of the builder's", name)));
    found.extend(unjudged.map(|(what, name)| format!("it states {what} {name:?}, which no release does")));
    match &run.metadata {
        None => found.push("it does not say which build it is about".to_owned()),
        Some(metadata) if metadata.invocation_id != manifest.release.as_str() => {
            found.push(format!("it is about the build of {}", metadata.invocation_id));
        }
        Some(_) => {}
    }
    found
}

fn parameters(manifest: &Manifest, predicate: &SlsaProvenance) -> Vec<String> {
    let expected = ReleaseParameters {
        image: &manifest.image,
        version: &manifest.version,
        platform: &manifest.platform,
        signer: manifest.signer.word(),
    };
    let (expected, said) = (expected.external(), &predicate.build_definition.external_parameters);
    let names: BTreeSet<&String> = expected.keys().chain(said.keys()).collect();
    let fault = |name: &String| match (said.get(name), expected.get(name)) {
        (Some(said), Some(is)) if said == is => None,
        (Some(said), Some(is)) => Some(format!("it states the parameter {name} as {said}, not {is}")),
        (None, _) => Some(format!("it does not state the parameter {name}")),
        (Some(_), None) => Some(format!("it states the parameter {name:?}, which no release has")),
    };
    names.into_iter().filter_map(fault).collect()
}
