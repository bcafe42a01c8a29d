// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The provenance of a release: which files were built, from what, by which parameters (SLSA v1.0).

use std::collections::BTreeMap;

use ashlar_attestation::{
    BuildDefinition, BuildMetadata, Builder, DigestSet, RELEASE_BUILD_TYPE, RELEASE_BUILDER,
    ReleaseParameters, Resource, RunDetails, SlsaProvenance, Statement, Subject,
};
use ashlar_digest::Sha256;
use ashlar_release_bundle::{Inputs, ManifestHead};

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
    let parameters = ReleaseParameters {
        image: head.image.as_str(),
        version: head.version.as_str(),
        platform: head.platform.as_str(),
        signer: head.signer.word(),
    };
    Statement {
        subjects: subjects.iter().map(|(name, digest)| Subject::new(name, *digest)).collect(),
        predicate: SlsaProvenance {
            build_definition: BuildDefinition {
                build_type: RELEASE_BUILD_TYPE.to_owned(),
                external_parameters: parameters.external(),
                internal_parameters: BTreeMap::new(),
                resolved_dependencies: std::iter::once(checkout).chain(dependencies).collect(),
            },
            run_details: RunDetails {
                builder: Builder { id: RELEASE_BUILDER.to_owned(), version: BTreeMap::new() },
                metadata: Some(BuildMetadata { invocation_id: release.to_owned() }),
            },
        },
    }
}
