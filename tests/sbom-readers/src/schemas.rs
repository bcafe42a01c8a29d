// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The published JSON schema of SPDX 3.0.1, by the crate `jsonschema`: that of Python takes more than ten minutes for it.
//!
//! It has many alternatives for each element, so only whether a document fits is asked; `sbom/src/schemas.rs` says how it
//! does not.

use std::collections::BTreeSet;
use std::fs;

use ashlar_sbom::Format;
use jsonschema::Validator;
use serde_json::Value;

use crate::given;
use crate::samples::{self, Written};

fn schema() -> Validator {
    let schema = include_str!("../../../sbom/tests/schemas/spdx-3.0.1/schema.json");
    jsonschema::options().offline().build(&serde_json::from_str(schema).unwrap()).unwrap()
}

fn read(document: &Written) -> Value {
    serde_json::from_slice(&fs::read(&document.path).unwrap()).unwrap()
}

#[test]
fn every_spdx_3_document_fits_the_schema_and_a_wrong_one_does_not() {
    let (folder, schema) = (tempfile::tempdir().unwrap(), schema());
    let mut documents = samples::all(folder.path());
    documents.extend(given::documents(folder.path()).into_values().flatten());
    let mut seen = BTreeSet::new();
    for document in documents.iter().filter(|it| it.format == Format::Spdx301) {
        let mut value = read(document);
        assert!(schema.is_valid(&value), "{}", document.path());
        let elements = value["@graph"].as_array_mut().unwrap();
        seen.extend(elements.iter().filter_map(|it| it["type"].as_str().map(str::to_owned)));
        let package = elements.iter_mut().find(|it| it["type"] == "software_Package").unwrap();
        package["software_primaryPurpose"] = Value::from("operating system");
        assert!(!schema.is_valid(&value), "{}", document.path());
    }
    for kind in ["build_Build", "software_File", "software_Package"] {
        assert!(seen.contains(kind), "no document has a {kind}: {seen:?}");
    }
}
