// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The features that sbomqs 2 scores (its registry of scored features), each judged on a document of ours.
//! docs/design/sbom.md has a row for each; no score is claimed, because that is for the tool to give.

use std::collections::BTreeMap;

use ashlar_recipe::{Cpe, License, Purl};
use serde_json::Value;

use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::{Component, Kind};
use crate::document::{Format, write};
use crate::location::Location;
use crate::reading::read;
use crate::relationship::Verb;
use crate::samples::document;
use crate::schemas;
use crate::supplier::Supplier;

/// An OS with a program under the GPL and a library, of which all is known that a recipe says.
fn complete() -> Value {
    let component = |kind, name: &str| {
        let mut component = Component::new(kind, name);
        component.version = Some("1.0".to_owned());
        component.purl = Purl::canonicalise(&format!("pkg:generic/{name}@1.0")).ok();
        component.cpes = vec![Cpe::parse(&format!("cpe:2.3:a:x:{name}:1.0:*:*:*:*:*:*:*")).unwrap()];
        component.supplier = Some(Supplier::Organization("X".to_owned()));
        component.declared = License::parse("MIT").ok();
        component.concluded = License::parse("MIT").ok();
        component.checksums = Checksums::of(name.as_bytes());
        component.homepage = Location::parse("https://x.example/");
        component
    };
    let mut builder = InventoryBuilder::new(component(Kind::OperatingSystem, "os"));
    let root = builder.root().clone();
    let mut program = component(Kind::Application, "program");
    program.declared = License::parse("GPL-2.0-only").ok();
    program.concluded = License::parse("GPL-2.0-only").ok();
    let program = builder.component_in(&root, program);
    let library = builder.component_in(&root, component(Kind::Library, "library"));
    builder.relate(&program, Verb::LinksStatically, &library);
    serde_json::from_slice(&write(Format::Spdx23, &document(), &builder.build().unwrap()).unwrap()).unwrap()
}

/// Whether every component has a text for `key` that says something.
fn each(document: &Value, key: &str) -> bool {
    document["packages"].as_array().unwrap().iter().all(|package| {
        let text = package[key].as_str().unwrap_or_default();
        !matches!(text, "" | "NOASSERTION" | "NONE")
    })
}

fn each_refers(document: &Value, kind: &str) -> bool {
    let packages = document["packages"].as_array().unwrap();
    packages.iter().all(|package| {
        let references = package["externalRefs"].as_array();
        references.into_iter().flatten().any(|reference| reference["referenceType"] == kind)
    })
}

/// Whether an expression has an identifier that is not to be used any more.
fn is_deprecated(expression: &str) -> bool {
    let words = expression.split([' ', '(', ')']);
    words.filter_map(spdx::license_id).any(|id| id.is_deprecated())
}

fn format_of(document: &Value) -> Option<Format> {
    read(document.to_string().as_bytes()).ok().map(|reading| reading.format)
}

/// What of the features a document of ours has, by their names in sbomqs; those that SPDX 2.3 has no field for are `None`.
fn features(document: &Value) -> BTreeMap<&'static str, Option<bool>> {
    let creators = document["creationInfo"]["creators"].as_array().unwrap();
    let creator = |begin: &str| creators.iter().any(|it| it.as_str().unwrap().starts_with(begin));
    let packages = document["packages"].as_array().unwrap();
    let sums = |algorithm: &str| {
        packages.iter().all(|package| {
            package["checksums"].as_array().into_iter().flatten().any(|sum| sum["algorithm"] == algorithm)
        })
    };
    let licences = |test: fn(&str) -> bool| {
        let all =
            packages.iter().flat_map(|package| [&package["licenseConcluded"], &package["licenseDeclared"]]);
        all.map(|licence| licence.as_str().unwrap()).all(test)
    };
    let related = document["relationships"].as_array().unwrap();
    let is_url =
        |package: &Value| package["sourceInfo"].as_str().is_some_and(|text| text.starts_with("https://"));
    BTreeMap::from([
        ("comp_with_name", Some(each(document, "name"))),
        ("comp_with_version", Some(each(document, "versionInfo"))),
        ("comp_with_local_id", Some(each(document, "SPDXID"))),
        ("sbom_creation_timestamp", Some(document["creationInfo"]["created"].is_string())),
        ("sbom_authors", Some(creator("Organization: ") || creator("Person: "))),
        ("sbom_tool_version", Some(creator("Tool: ashlar-"))),
        ("sbom_supplier", None),
        ("sbom_namespace", Some(document["documentNamespace"].is_string())),
        ("sbom_lifecycle", None),
        ("comp_with_strong_checksums", Some(sums("SHA256"))),
        ("comp_with_weak_checksums", Some(sums("SHA1"))),
        ("sbom_signature", None),
        ("comp_with_dependencies", Some(related.iter().any(|it| it["relationshipType"] == "STATIC_LINK"))),
        ("sbom_completeness_declared", None),
        ("sbom_primary_component", Some(related.iter().any(|it| it["relationshipType"] == "DESCRIBES"))),
        ("comp_with_source_code", Some(packages.iter().all(is_url))),
        ("comp_with_supplier", Some(each(document, "supplier"))),
        ("comp_with_purpose", Some(each(document, "primaryPackagePurpose"))),
        ("comp_with_licenses", Some(each(document, "licenseConcluded"))),
        ("comp_with_valid_licenses", Some(licences(|text| License::parse(text).is_ok()))),
        ("comp_with_declared_licenses", Some(each(document, "licenseDeclared"))),
        ("comp_no_deprecated_licenses", Some(licences(|text| !is_deprecated(text)))),
        ("comp_no_restrictive_licenses", Some(licences(|text| !text.contains("GPL")))),
        ("sbom_data_license", Some(document["dataLicense"] == "CC0-1.0")),
        ("comp_with_purl", Some(each_refers(document, "purl"))),
        ("comp_with_cpe", Some(each_refers(document, "cpe23Type"))),
        ("sbom_spec", Some(document["SPDXID"] == "SPDXRef-DOCUMENT")),
        ("sbom_spec_version", Some(document["spdxVersion"] == "SPDX-2.3")),
        ("sbom_file_format", Some(format_of(document) == Some(Format::Spdx23))),
        ("sbom_schema_valid", Some(schemas::problems(Format::Spdx23, document).is_empty())),
    ])
}

#[test]
fn every_feature_that_is_scored_is_there_or_has_its_reason_in_the_table() {
    let document = complete();
    let page = include_str!("../../docs/design/sbom.md");
    let (_, table) = page.split_once("## What sbomqs looks for").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")).map(|line| {
        let mut cells = line.split(" | ");
        (cells.next().unwrap().trim_end_matches('`').to_owned(), cells.next().unwrap().to_owned())
    });
    let rows: BTreeMap<String, String> = rows.collect();
    let judged = features(&document).into_iter().map(|(name, there)| {
        let word = match there {
            Some(true) => "yes",
            Some(false) => "no",
            None => "impossible",
        };
        (name.to_owned(), word.to_owned())
    });
    assert_eq!(judged.collect::<BTreeMap<_, _>>(), rows);
}

type Spoil = fn(&mut Value);

/// How each feature that is there can be lost. A judge that is content with anything would prove nothing.
const LOSSES: &[(&str, Spoil)] = &[
    ("comp_with_name", |it| it["packages"][1]["name"] = "".into()),
    ("comp_with_version", |it| it["packages"][1]["versionInfo"] = Value::Null),
    ("comp_with_local_id", |it| it["packages"][1]["SPDXID"] = Value::Null),
    ("sbom_creation_timestamp", |it| it["creationInfo"]["created"] = Value::Null),
    ("sbom_authors", |it| it["creationInfo"]["creators"] = vec!["Tool: ashlar-1"].into()),
    ("sbom_tool_version", |it| it["creationInfo"]["creators"] = vec!["Organization: X"].into()),
    ("sbom_namespace", |it| it["documentNamespace"] = Value::Null),
    ("comp_with_strong_checksums", |it| it["packages"][1]["checksums"] = Value::Null),
    ("comp_with_weak_checksums", |it| it["packages"][1]["checksums"] = Value::Null),
    ("comp_with_dependencies", |it| it["relationships"] = Value::Array(Vec::new())),
    ("sbom_primary_component", |it| it["relationships"] = Value::Array(Vec::new())),
    ("comp_with_source_code", |it| it["packages"][1]["sourceInfo"] = "in a drawer".into()),
    ("comp_with_supplier", |it| it["packages"][1]["supplier"] = "NOASSERTION".into()),
    ("comp_with_purpose", |it| it["packages"][1]["primaryPackagePurpose"] = Value::Null),
    ("comp_with_licenses", |it| it["packages"][1]["licenseConcluded"] = "NOASSERTION".into()),
    ("comp_with_valid_licenses", |it| it["packages"][1]["licenseDeclared"] = "my own".into()),
    ("comp_with_declared_licenses", |it| it["packages"][1]["licenseDeclared"] = "NONE".into()),
    ("comp_no_deprecated_licenses", |it| it["packages"][1]["licenseDeclared"] = "GPL-2.0".into()),
    ("sbom_data_license", |it| it["dataLicense"] = "MIT".into()),
    ("comp_with_purl", |it| it["packages"][1]["externalRefs"] = Value::Null),
    ("comp_with_cpe", |it| it["packages"][1]["externalRefs"] = Value::Null),
    ("sbom_spec", |it| it["SPDXID"] = "x".into()),
    ("sbom_spec_version", |it| it["spdxVersion"] = "SPDX-2.2".into()),
    ("sbom_file_format", |it| it["spdxVersion"] = "SPDX-1.2".into()),
    ("sbom_schema_valid", |it| it["packages"][1]["primaryPackagePurpose"] = "TOY".into()),
];

#[test]
fn each_feature_that_is_lost_is_missed() {
    for (feature, spoil) in LOSSES {
        let mut document = complete();
        assert_eq!(features(&document)[feature], Some(true), "{feature}");
        spoil(&mut document);
        assert_eq!(features(&document)[feature], Some(false), "{feature}");
    }
    let there = features(&complete()).into_iter().filter(|(_, there)| *there == Some(true));
    let there: Vec<&str> = there.map(|(feature, _)| feature).collect();
    let mut lost: Vec<&str> = LOSSES.iter().map(|(feature, _)| *feature).collect();
    lost.sort_unstable();
    assert_eq!(lost, there);
}
