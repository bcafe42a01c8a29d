// SPDX-License-Identifier: Apache-2.0 OR MIT
//! An element of the graph, of any class that we write or read, by the names of the JSON-LD context. Other classes and fields
//! are passed over when reading.

use serde::{Deserialize, Serialize};
use serde_json::Value;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Element {
    #[serde(rename = "type", default)]
    pub(crate) class: String,
    #[serde(rename = "@id", skip_serializing_if = "Option::is_none")]
    pub(crate) blank: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spdx_id: Option<String>,
    /// A reference, or in others' documents the whole of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) creation_info: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) spec_version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created: Option<String>,
    /// One reference or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_by: Option<Value>,
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(crate) created_using: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) external_identifier: Vec<ExternalIdentifier>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) verified_using: Vec<Hash>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) supplied_by: Option<Value>,
    #[serde(rename = "software_primaryPurpose", skip_serializing_if = "Option::is_none")]
    pub(crate) primary_purpose: Option<String>,
    #[serde(rename = "software_additionalPurpose", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) additional_purpose: Vec<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(crate) originated_by: Vec<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) completeness: Option<&'static str>,
    #[serde(rename = "software_copyrightText", skip_serializing_if = "Option::is_none")]
    pub(crate) copyright_text: Option<String>,
    #[serde(rename = "software_packageVersion", skip_serializing_if = "Option::is_none")]
    pub(crate) package_version: Option<String>,
    #[serde(rename = "software_packageUrl", skip_serializing_if = "Option::is_none")]
    pub(crate) package_url: Option<String>,
    #[serde(rename = "software_downloadLocation", skip_serializing_if = "Option::is_none")]
    pub(crate) download_location: Option<String>,
    #[serde(rename = "software_homePage", skip_serializing_if = "Option::is_none")]
    pub(crate) home_page: Option<String>,
    #[serde(rename = "simplelicensing_licenseExpression", skip_serializing_if = "Option::is_none")]
    pub(crate) license_expression: Option<String>,
    #[serde(
        rename = "simplelicensing_customIdToUri",
        skip_deserializing,
        skip_serializing_if = "Vec::is_empty"
    )]
    pub(crate) custom_id_to_uri: Vec<DictionaryEntry>,
    #[serde(rename = "simplelicensing_licenseText", skip_serializing_if = "Option::is_none")]
    pub(crate) license_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) from: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) relationship_type: Option<String>,
    /// One reference or several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) to: Option<Value>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<&'static str>,
    #[serde(rename = "build_buildType", skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) build_type: Option<String>,
    #[serde(rename = "build_buildId", skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) build_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) root_element: Option<Value>,
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(crate) element: Vec<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(crate) profile_conformance: Vec<&'static str>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) data_license: Option<String>,
    #[serde(rename = "software_sbomType", skip_deserializing, skip_serializing_if = "Vec::is_empty")]
    pub(crate) sbom_type: Vec<&'static str>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalIdentifier {
    #[serde(rename = "type", default)]
    pub(crate) class: String,
    #[serde(default)]
    pub(crate) external_identifier_type: String,
    #[serde(default)]
    pub(crate) identifier: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hash {
    #[serde(rename = "type", default)]
    pub(crate) class: String,
    #[serde(default)]
    pub(crate) algorithm: String,
    #[serde(default)]
    pub(crate) hash_value: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct DictionaryEntry {
    #[serde(rename = "type")]
    pub(crate) class: &'static str,
    pub(crate) key: String,
    pub(crate) value: String,
}

/// The whole document.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Graph {
    #[serde(rename = "@context")]
    pub(crate) schema: Value,
    #[serde(rename = "@graph", default)]
    pub(crate) elements: Vec<Element>,
}

/// The references in a field that holds one or several; an element that is written in its place counts by its own.
pub(crate) fn references(field: Option<&Value>) -> Vec<&str> {
    match field {
        Some(Value::Array(several)) => several.iter().filter_map(reference).collect(),
        Some(single) => reference(single).into_iter().collect(),
        None => Vec::new(),
    }
}

fn reference(value: &Value) -> Option<&str> {
    match value {
        Value::Object(element) => element.get("spdxId")?.as_str(),
        other => other.as_str(),
    }
}
