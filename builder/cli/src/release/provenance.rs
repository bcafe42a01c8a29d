// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The provenance of a release: which files were built, from what, by which parameters (SLSA v1.0).

use std::collections::BTreeMap;

use ashlar_attestation::{
    BuildDefinition, BuildMetadata, Builder, DigestSet, Resource, RunDetails, SlsaProvenance, Statement,
    Subject,
};
use ashlar_digest::Sha256;
use ashlar_release_bundle::{Inputs, ManifestHead};
use serde_json::json;

/// How the build runs, and what its parameters mean: docs/design/release.md.
const BUILD_TYPE: &str = "https://ashlar.invalid/build/release/v1";
const BUILDER: &str = "https://ashlar.invalid/builder/ashlar/v1";

/// What is said of the image files, which are the `subjects` by name.
pub(crate) fn provenance(
    head: &ManifestHead,
    release: &str,
    subjects: &BTreeMap<String, Sha256>,
    inputs: &Inputs,
) -> Statement<SlsaProvenance> {
    let checkout =
        Resource { name: "checkout".to_owned(), uri: None, digest: DigestSet::of_tree(head.checkout) };
    let dependencies = inputs.iter().map(|input| Resource {
        name: input.name.clone(),
        uri: input.uris.first().cloned(),
        digest: DigestSet::of_file(input.digest.sha256()),
    });
    let parameters = [
        ("image", json!(head.image.as_str())),
        ("version", json!(head.version.as_str())),
        ("platform", json!(head.platform.as_str())),
        ("signer", json!(head.signer)),
        // Images name the feeds that judge their releases; none can be named yet.
        ("feeds", json!([])),
    ];
    Statement {
        subjects: subjects.iter().map(|(name, digest)| Subject::new(name, *digest)).collect(),
        predicate: SlsaProvenance {
            build_definition: BuildDefinition {
                build_type: BUILD_TYPE.to_owned(),
                external_parameters: parameters.map(|(key, value)| (key.to_owned(), value)).into(),
                internal_parameters: BTreeMap::new(),
                resolved_dependencies: std::iter::once(checkout).chain(dependencies).collect(),
            },
            run_details: RunDetails {
                builder: Builder { id: BUILDER.to_owned(), version: BTreeMap::new() },
                metadata: Some(BuildMetadata { invocation_id: release.to_owned() }),
            },
        },
    }
}
