// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SLSA provenance, version 1.0: which builder made the subjects, from what, by which parameters.
//!
//! Format: SLSA specification v1.0, "Provenance" (predicate `https://slsa.dev/provenance/v1`), and in-toto's
//! `ResourceDescriptor` and `DigestSet`. Times (`startedOn`, `finishedOn`) are left out on purpose: a second build of
//! the same release has to give the same provenance, and nobody could check them.

use std::collections::BTreeMap;

use ashlar_digest::{Sha256, TreeDigest};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Predicate;

/// The whole predicate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SlsaProvenance {
    /// The inputs of the build.
    pub build_definition: BuildDefinition,
    /// This run of it.
    pub run_details: RunDetails,
}

impl Predicate for SlsaProvenance {
    const TYPE: &'static str = "https://slsa.dev/provenance/v1";
}

/// The inputs of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BuildDefinition {
    /// URI of how the build runs, and thereby what the parameters mean.
    pub build_type: String,
    /// What the person who asked for the build chose, such as image and version.
    pub external_parameters: BTreeMap<String, Value>,
    /// What the builder itself chose.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub internal_parameters: BTreeMap<String, Value>,
    /// What the build read: the checkout, sources, seed packages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resolved_dependencies: Vec<Resource>,
}

/// One thing that a build read (in-toto's `ResourceDescriptor`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its name in the build.
    pub name: String,
    /// A place where it was or is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uri: Option<String>,
    /// What identifies it.
    pub digest: DigestSet,
}

/// Digests by algorithm (in-toto's `DigestSet`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DigestSet(BTreeMap<String, String>);

impl DigestSet {
    /// SHA-256 of a file's bytes.
    #[must_use]
    pub fn of_file(digest: Sha256) -> Self {
        Self(BTreeMap::from([("sha256".to_owned(), digest.to_string())]))
    }

    /// The digest of a tree. It is under a name of its own, because it is no digest of one file's bytes.
    #[must_use]
    pub fn of_tree(digest: TreeDigest) -> Self {
        Self(BTreeMap::from([("ashlarTree".to_owned(), digest.to_string())]))
    }

    /// The digests by algorithm, as they were read: nothing says that they are well formed.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(algorithm, digest)| (algorithm.as_str(), digest.as_str()))
    }
}

/// One run of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunDetails {
    /// Who ran it.
    pub builder: Builder,
    /// About this run alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BuildMetadata>,
}

/// The build platform that is trusted to have run the build as described.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Builder {
    /// URI of the platform.
    pub id: String,
    /// Versions of its parts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub version: BTreeMap<String, String>,
}

/// About one run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct BuildMetadata {
    /// Names the run: the release id, which is the same wherever it is built again.
    pub invocation_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Statement, Subject};
    use serde_json::json;

    /// Every field name of the predicate in SLSA v1.0, with the type of its value.
    const SCHEMA: &[(&str, &[(&str, char)])] = &[
        ("", &[("buildDefinition", 'o'), ("runDetails", 'o')]),
        (
            "/buildDefinition",
            &[
                ("buildType", 's'),
                ("externalParameters", 'o'),
                ("internalParameters", 'o'),
                ("resolvedDependencies", 'a'),
            ],
        ),
        ("/runDetails", &[("builder", 'o'), ("metadata", 'o'), ("byproducts", 'a')]),
        ("/runDetails/builder", &[("id", 's'), ("version", 'o'), ("builderDependencies", 'a')]),
        ("/runDetails/metadata", &[("invocationId", 's'), ("startedOn", 's'), ("finishedOn", 's')]),
        (
            "/buildDefinition/resolvedDependencies/0",
            &[
                ("name", 's'),
                ("uri", 's'),
                ("digest", 'o'),
                ("content", 's'),
                ("downloadLocation", 's'),
                ("mediaType", 's'),
                ("annotations", 'o'),
            ],
        ),
    ];

    fn provenance() -> Statement<SlsaProvenance> {
        Statement {
            subjects: vec![Subject::new("qemu.efi", Sha256::of(b"efi"))],
            predicate: SlsaProvenance {
                build_definition: BuildDefinition {
                    build_type: "https://ashlar.invalid/build/release/v1".to_owned(),
                    external_parameters: BTreeMap::from([("image".to_owned(), json!("qemu"))]),
                    internal_parameters: BTreeMap::from([("epoch".to_owned(), json!(1_760_000_000))]),
                    resolved_dependencies: vec![
                        Resource {
                            name: "musl-1.2.5.tar.gz".to_owned(),
                            uri: Some("https://source.example/musl-1.2.5.tar.gz".to_owned()),
                            digest: DigestSet::of_file(Sha256::of(b"musl")),
                        },
                        Resource {
                            name: "checkout".to_owned(),
                            uri: None,
                            digest: DigestSet::of_tree(TreeDigest::new(Sha256::of(b"tree"))),
                        },
                    ],
                },
                run_details: RunDetails {
                    builder: Builder {
                        id: "https://ashlar.invalid/builder/v1".to_owned(),
                        version: BTreeMap::from([("ashlar".to_owned(), "0.1.0".to_owned())]),
                    },
                    metadata: Some(BuildMetadata { invocation_id: "ashlar-qemu-1.0.0-x86_64".to_owned() }),
                },
            },
        }
    }

    #[test]
    fn every_field_is_one_of_slsa_and_has_its_type() {
        let text = provenance().to_canonical_json().unwrap();
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["predicateType"], "https://slsa.dev/provenance/v1");
        for (pointer, fields) in SCHEMA {
            let object = value["predicate"].pointer(pointer).unwrap().as_object().unwrap();
            for (name, found) in object {
                let field = fields.iter().find(|(field, _)| field == name);
                let (_, expected) = field.unwrap_or_else(|| panic!("{pointer}/{name} is not in SLSA v1.0"));
                let kind = match found {
                    Value::String(_) => 's',
                    Value::Object(_) => 'o',
                    Value::Array(_) => 'a',
                    _ => '?',
                };
                assert_eq!(kind, *expected, "{pointer}/{name}");
            }
        }
        for required in
            ["/buildDefinition/buildType", "/buildDefinition/externalParameters", "/runDetails/builder/id"]
        {
            assert!(value["predicate"].pointer(required).is_some(), "{required} is required");
        }
        assert_eq!(Statement::from_json(text.as_bytes()), Ok(provenance()));
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let mut statement = provenance();
        statement.predicate.build_definition.internal_parameters.clear();
        statement.predicate.build_definition.resolved_dependencies.clear();
        statement.predicate.run_details.builder.version.clear();
        statement.predicate.run_details.metadata = None;
        let text = statement.to_canonical_json().unwrap();
        for name in ["internalParameters", "resolvedDependencies", "version", "metadata"] {
            assert!(!text.contains(&format!("\"{name}\"")), "{text}");
        }
        assert_eq!(Statement::from_json(text.as_bytes()), Ok(statement));
    }

    #[test]
    fn a_number_that_readers_round_cannot_be_a_parameter() {
        let mut statement = provenance();
        let parameters = &mut statement.predicate.build_definition.external_parameters;
        parameters.insert("ratio".to_owned(), json!(0.5));
        assert!(statement.to_canonical_json().is_err());
    }

    #[test]
    fn a_smuggled_field_is_refused() {
        let text = provenance().to_canonical_json().unwrap();
        for (after, field) in [
            ("\"builder\":{", "\"builderDependencies\":[],"),
            ("\"metadata\":{", "\"finishedOn\":\"2026-01-01T00:00:00Z\","),
            ("\"runDetails\":{", "\"Builder\":{},"),
            ("\"buildDefinition\":{", "\"a\":1,"),
        ] {
            let changed = text.replace(after, &format!("{after}{field}"));
            assert_ne!(changed, text);
            assert!(Statement::<SlsaProvenance>::from_json(changed.as_bytes()).is_err(), "{field}");
        }
    }
}
