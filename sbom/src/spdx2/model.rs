// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The fields of SPDX 2.3 that we write and read, by the names of its JSON schema. Others are passed over when reading.

use serde::{Deserialize, Deserializer, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SpdxDocument {
    #[serde(rename = "SPDXID")]
    pub(crate) id: String,
    pub(crate) spdx_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) data_license: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) document_namespace: Option<String>,
    pub(crate) creation_info: Option<CreationInfo>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) external_document_refs: Vec<ExternalDocumentRef>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) has_extracted_licensing_infos: Vec<ExtractedLicence>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) document_describes: Vec<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) packages: Vec<Package>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) files: Vec<File>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) relationships: Vec<Relation>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreationInfo {
    pub(crate) created: Option<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) creators: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalDocumentRef {
    pub(crate) external_document_id: String,
    pub(crate) checksum: Sum,
    pub(crate) spdx_document: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExtractedLicence {
    pub(crate) license_id: String,
    #[serde(default)]
    pub(crate) extracted_text: String,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Package {
    #[serde(rename = "SPDXID")]
    pub(crate) id: String,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) version_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) supplier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) download_location: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) files_analyzed: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) package_verification_code: Option<VerificationCode>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) checksums: Vec<Sum>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) homepage: Option<String>,
    #[serde(skip_deserializing, skip_serializing_if = "Option::is_none")]
    pub(crate) source_info: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license_concluded: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) license_declared: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) copyright_text: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) comment: Option<String>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) external_refs: Vec<ExternalRef>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) primary_package_purpose: Option<String>,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) has_files: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct VerificationCode {
    pub(crate) package_verification_code_value: String,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) package_verification_code_excluded_files: Vec<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Sum {
    pub(crate) algorithm: String,
    pub(crate) checksum_value: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExternalRef {
    pub(crate) reference_category: String,
    pub(crate) reference_type: String,
    pub(crate) reference_locator: String,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct File {
    #[serde(rename = "SPDXID")]
    pub(crate) id: String,
    pub(crate) file_name: String,
    #[serde(default, deserialize_with = "or_none", skip_serializing_if = "Vec::is_empty")]
    pub(crate) file_types: Vec<String>,
    #[serde(default, deserialize_with = "or_none")]
    pub(crate) checksums: Vec<Sum>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Relation {
    pub(crate) spdx_element_id: String,
    pub(crate) relationship_type: String,
    pub(crate) related_spdx_element: String,
}

/// Some writers say `null` where there is nothing.
pub(crate) fn or_none<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}
