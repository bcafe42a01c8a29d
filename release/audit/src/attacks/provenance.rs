// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A provenance that the publisher signed and that is not this release's: each thing that it says changed, dropped,
//! added.

use ashlar_attestation::{DigestSet, Resource, SlsaProvenance, Statement, Subject};
use ashlar_digest::Sha256;
use serde_json::{Value, json};

use super::{assert_found, assert_only, genuine, publisher, trusting};
use crate::verify;

const PROVENANCE: &str = "provenance.intoto.jsonl";

type Change = fn(&mut Statement<SlsaProvenance>);

/// Asserts that each change is told at the provenance, and only there, although the publisher signed everything.
fn told(changes: &[(&str, Change)]) {
    for (what, change) in changes {
        let mut release = genuine();
        release.write_provenance(Some(&publisher()), change);
        let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
        assert_found(&report, PROVENANCE, what);
        assert_only(&report, &[PROVENANCE]);
    }
}

#[test]
fn a_provenance_about_another_image_is_told() {
    told(&[
        ("is about another", |statement| {
            statement.subjects[0] = Subject::new("boot.json", Sha256::of(b"other"));
        }),
        ("it is not about", |statement| drop(statement.subjects.pop())),
        ("is no image file", |statement| {
            statement.subjects.push(Subject::new("certificate.pem", Sha256::of(b"x")));
        }),
        ("twice", |statement| statement.subjects.push(statement.subjects[0].clone())),
    ]);
}

#[test]
fn a_provenance_of_another_build_type_builder_or_run_is_told() {
    told(&[
        ("it states the build type \"https://ashlar.invalid/build/development/v1\"", |statement| {
            let build_type = "https://ashlar.invalid/build/development/v1";
            build_type.clone_into(&mut statement.predicate.build_definition.build_type);
        }),
        ("it states the build type \"\"", |statement| {
            statement.predicate.build_definition.build_type.clear();
        }),
        ("it states the builder \"https://example.com/laptop\"", |statement| {
            "https://example.com/laptop".clone_into(&mut statement.predicate.run_details.builder.id);
        }),
        ("a version of the builder's \"ashlar\"", |statement| {
            let version = &mut statement.predicate.run_details.builder.version;
            version.insert("ashlar".to_owned(), "0.0.1".to_owned());
        }),
        ("it is about the build of ashlar-qemu-0.9.0-x86_64", |statement| {
            let metadata = statement.predicate.run_details.metadata.as_mut().unwrap();
            "ashlar-qemu-0.9.0-x86_64".clone_into(&mut metadata.invocation_id);
        }),
        ("it does not say which build it is about", |statement| {
            statement.predicate.run_details.metadata = None;
        }),
        ("the internal parameter \"debug\"", |statement| {
            let parameters = &mut statement.predicate.build_definition.internal_parameters;
            parameters.insert("debug".to_owned(), json!(true));
        }),
    ]);
}

/// Asserts that a publisher-signed provenance whose parameter `name` is `value`, or absent, is told.
fn parameter_told(name: &str, value: Option<Value>, what: &str) {
    let mut release = genuine();
    release.write_provenance(Some(&publisher()), |statement| {
        let parameters = &mut statement.predicate.build_definition.external_parameters;
        match value {
            Some(value) => drop(parameters.insert(name.to_owned(), value)),
            None => drop(parameters.remove(name)),
        }
    });
    let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
    assert_found(&report, PROVENANCE, what);
    assert_only(&report, &[PROVENANCE]);
}

#[test]
fn a_provenance_with_a_parameter_changed_dropped_or_added_is_told() {
    for (name, value) in [
        ("feeds", json!(["https://example.com/feed"])),
        ("image", json!("other")),
        ("platform", json!("aarch64-linux")),
        ("signer", json!("keyless")),
        ("version", json!("0.9.0")),
    ] {
        let stated = format!("it states the parameter {name} as {value}, not ");
        parameter_told(name, Some(value), &stated);
        parameter_told(name, Some(Value::Null), &format!("it states the parameter {name} as null, not "));
        parameter_told(name, None, &format!("it does not state the parameter {name}"));
    }
    for name in ["debug", "Image", "project", ""] {
        let what = format!("it states the parameter {name:?}, which no release has");
        parameter_told(name, Some(json!("ashlar")), &what);
    }
}

#[test]
fn a_provenance_of_other_inputs_is_told() {
    told(&[
        ("as a dependency", |statement| {
            drop(statement.predicate.build_definition.resolved_dependencies.pop());
        }),
        ("as a dependency", |statement| {
            drop(statement.predicate.build_definition.resolved_dependencies.remove(0));
        }),
        ("is not in inputs.json", |statement| {
            let digest = DigestSet::of_file(Sha256::of(b"unknown"));
            let resource = Resource { name: "unknown".to_owned(), uri: None, digest };
            statement.predicate.build_definition.resolved_dependencies.push(resource);
        }),
        ("or there twice", |statement| {
            let resolved = &mut statement.predicate.build_definition.resolved_dependencies;
            resolved.push(resolved[1].clone());
        }),
        ("is not in inputs.json", |statement| {
            statement.predicate.build_definition.resolved_dependencies[1].name = "another name".to_owned();
        }),
        ("came from https://example.com/other, not from https://example.com/musl", |statement| {
            let resource = &mut statement.predicate.build_definition.resolved_dependencies[1];
            resource.uri = Some("https://example.com/other".to_owned());
        }),
        ("came from nowhere, not from https://example.com/musl", |statement| {
            statement.predicate.build_definition.resolved_dependencies[1].uri = None;
        }),
        ("checkout came from https://example.com/fork, not from nowhere", |statement| {
            let resource = &mut statement.predicate.build_definition.resolved_dependencies[0];
            resource.uri = Some("https://example.com/fork".to_owned());
        }),
    ]);
}
