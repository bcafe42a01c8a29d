// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Our documents against the published schemas of the formats (tests/schemas/README.md), and rules that no schema holds.

use std::collections::BTreeSet;

use jsonschema::{Registry, Validator};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::Value;

use crate::Checksums;
use crate::document::{Document, Format, OtherDocument, write};
use crate::inventory::Inventory;
use crate::samples::{document, inventories, inventory, path};

fn schema(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn validators(format: Format) -> Vec<Validator> {
    let plain = |text: &str| jsonschema::options().offline().build(&schema(text)).unwrap();
    match format {
        Format::Spdx23 => vec![
            plain(include_str!("../tests/schemas/spdx-2.3/spdx-schema-2.3.json")),
            plain(include_str!("../tests/schemas/spdx-2.3/spdx-schema-2.3.1.json")),
        ],
        Format::Spdx301 => vec![plain(include_str!("../tests/schemas/spdx-3.0.1/schema.json"))],
        Format::CycloneDx16 => {
            let other = |name: &str| format!("http://cyclonedx.org/schema/{name}.schema.json");
            let registry = Registry::new()
                .add(
                    other("jsf-0.82"),
                    schema(include_str!("../tests/schemas/cyclonedx/jsf-0.82.schema.json")),
                )
                .unwrap()
                .add(other("spdx"), schema(include_str!("../tests/schemas/cyclonedx/spdx.schema.json")))
                .unwrap()
                .prepare()
                .unwrap();
            let bom = schema(include_str!("../tests/schemas/cyclonedx/bom-1.6.schema.json"));
            vec![jsonschema::options().with_registry(&registry).offline().build(&bom).unwrap()]
        }
    }
}

fn errors(validator: &Validator, bytes: &[u8]) -> Vec<String> {
    let value: Value = serde_json::from_slice(bytes).unwrap();
    // Much faster than to look for what is wrong, which nothing should be.
    if validator.is_valid(&value) {
        return Vec::new();
    }
    validator.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// What the schemas of a format find wrong with a document.
pub(crate) fn problems(format: Format, document: &Value) -> Vec<String> {
    let bytes = document.to_string();
    validators(format).iter().flat_map(|validator| errors(validator, bytes.as_bytes())).collect()
}

fn files_document() -> Document {
    let other = OtherDocument {
        name: "os".to_owned(),
        namespace: "https://ashlar.example/spdx/os-1".to_owned(),
        checksums: Checksums::of(b"os"),
    };
    Document {
        name: "os-files".to_owned(),
        own_path: Some(path("usr/share/spdx/os-files.spdx.json")),
        by_builder: true,
        others: vec![other],
        ..document()
    }
}

fn documents() -> Vec<(Document, Inventory)> {
    let whole = inventory();
    vec![
        (document(), whole.shipped()),
        (files_document(), whole.with_owned_files()),
        (document(), whole.built()),
        (document(), whole),
    ]
}

#[test]
fn every_document_fits_the_schema_of_its_format() {
    for format in Format::ALL {
        for validator in validators(format) {
            for (document, inventory) in documents() {
                let bytes = write(format, &document, &inventory).unwrap();
                assert_eq!(errors(&validator, &bytes), Vec::<String>::new(), "{format} {}", document.name);
            }
        }
    }
}

/// A validator that takes everything would prove nothing.
#[test]
fn the_schemas_find_what_is_wrong() {
    for (format, right, wrong) in [
        (Format::Spdx23, "\"OPERATING_SYSTEM\"", "\"OPERATING-SYSTEM\""),
        (Format::Spdx301, "\"operatingSystem\"", "\"operating system\""),
        (Format::CycloneDx16, "\"operating-system\"", "\"os\""),
    ] {
        let text = String::from_utf8(write(format, &document(), &inventory()).unwrap()).unwrap();
        assert!(text.contains(right));
        let value: Value = serde_json::from_str(&text.replace(right, wrong)).unwrap();
        for validator in validators(format) {
            assert!(!validator.is_valid(&value), "{format}");
        }
    }
}

#[test]
fn every_spdx_identifier_is_of_the_allowed_letters_and_every_relationship_leads_somewhere() {
    for (document, inventory) in documents() {
        let bytes = write(Format::Spdx23, &document, &inventory).unwrap();
        let value: Value = serde_json::from_slice(&bytes).unwrap();
        let lists = ["packages", "files"].map(|key| value[key].as_array().cloned().unwrap_or_default());
        let ids: Vec<String> =
            lists.iter().flatten().map(|it| it["SPDXID"].as_str().unwrap().to_owned()).collect();
        let known: BTreeSet<&str> = ids.iter().map(String::as_str).chain(["SPDXRef-DOCUMENT"]).collect();
        assert_eq!(known.len(), ids.len() + 1, "an identifier twice");
        for id in &known {
            let rest = id.strip_prefix("SPDXRef-").unwrap();
            assert!(rest.bytes().all(|it| it.is_ascii_alphanumeric() || b".-".contains(&it)), "{id}");
        }
        for relation in value["relationships"].as_array().unwrap() {
            for end in ["spdxElementId", "relatedSpdxElement"] {
                let id = relation[end].as_str().unwrap();
                assert!(known.contains(id) || id.starts_with("DocumentRef-os:"), "{id}");
            }
        }
    }
}

#[test]
fn the_one_file_that_the_list_of_files_leaves_out_is_itself() {
    let bytes = write(Format::Spdx23, &files_document(), &inventory().with_owned_files()).unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let packages = value["packages"].as_array().unwrap();
    let excluded: Vec<&Value> = packages
        .iter()
        .filter_map(|package| package["packageVerificationCode"].get("packageVerificationCodeExcludedFiles"))
        .collect();
    assert_eq!(excluded, [&serde_json::json!(["./usr/share/spdx/os-files.spdx.json"])]);
    assert!(packages.iter().all(|package| package["filesAnalyzed"] == true), "{packages:?}");
    assert_eq!(value["externalDocumentRefs"][0]["externalDocumentId"], "DocumentRef-os");
}

/// SPDX 2.3 §7.9 by the definition: `printf` of the sorted SHA-1s through `sha1sum`.
#[test]
fn a_verification_code_is_the_digest_of_the_sorted_digests() {
    let bytes = write(Format::Spdx23, &document(), &inventory().with_owned_files()).unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    let musl = value["packages"].as_array().unwrap().iter().find(|it| it["name"] == "musl").unwrap();
    let sum = Checksums::of(b"usr/lib/libc.so").get(crate::Algorithm::Sha1).unwrap().to_owned();
    let code = Checksums::of(sum.as_bytes()).get(crate::Algorithm::Sha1).unwrap().to_owned();
    assert_eq!(musl["packageVerificationCode"]["packageVerificationCodeValue"], code.as_str());
}

#[test]
fn two_documents_have_one_namespace_only_if_they_are_equal() {
    let namespaces = |inventory: &Inventory, document: &Document| -> Vec<String> {
        let values = Format::ALL.map(|format| -> Value {
            serde_json::from_slice(&write(format, document, inventory).unwrap()).unwrap()
        });
        let in_graph = values[1]["@graph"].as_array().unwrap().iter().find(|it| it["type"] == "SpdxDocument");
        [&values[0]["documentNamespace"], &in_graph.unwrap()["spdxId"], &values[2]["serialNumber"]]
            .map(|value| value.as_str().unwrap().to_owned())
            .to_vec()
    };
    let one = namespaces(&inventory(), &document());
    assert_eq!(namespaces(&inventory(), &document()), one);
    let mut later = document();
    later.created = crate::Timestamp::new(0).unwrap();
    for other in [namespaces(&inventory(), &later), namespaces(&inventory().shipped(), &document())] {
        assert!(one.iter().zip(&other).all(|(one, other)| one != other), "{one:?} {other:?}");
    }
    assert!(one[0].starts_with("https://ashlar.example/spdx/os-") && one[2].starts_with("urn:uuid:"));
}

#[test]
fn no_scanner_finds_a_component_that_another_is_generated_from() {
    for (document, inventory) in documents() {
        let value: Value =
            serde_json::from_slice(&write(Format::Spdx23, &document, &inventory).unwrap()).unwrap();
        for relation in value["relationships"].as_array().unwrap() {
            if relation["relationshipType"] == "GENERATED_FROM" {
                let target = &relation["relatedSpdxElement"];
                let package = value["packages"].as_array().unwrap().iter().find(|it| it["SPDXID"] == *target);
                assert!(package.unwrap().get("externalRefs").is_none(), "{target}");
            }
        }
    }
}

#[test]
fn every_inventory_fits_the_schemas() {
    // Compiling a schema takes longer than using it.
    let validators: Vec<(Format, Vec<Validator>)> =
        Format::ALL.into_iter().map(|format| (format, validators(format))).collect();
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(16) });
    let result = runner.run(&inventories(), |inventory| {
        for (format, validators) in &validators {
            let bytes = write(*format, &document(), &inventory).unwrap();
            for validator in validators {
                prop_assert_eq!(errors(validator, &bytes), Vec::<String>::new(), "{}", format);
            }
        }
        Ok(())
    });
    result.unwrap();
}
