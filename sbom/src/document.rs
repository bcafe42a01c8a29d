// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A document: what is said about the document itself, and in which format.
//!
//! Every byte follows from the inventory and from this value. The namespace ends in a digest of all else, so that two
//! documents have one namespace only if they are equal, and nobody has to make up a number.

use std::fmt;

use ashlar_digest::Sha256;
use ashlar_tree::TreePath;

use crate::checksum::Checksums;
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::supplier::Supplier;
use crate::timestamp::Timestamp;
use crate::{cyclonedx, spdx2, spdx3};

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// SPDX 2.3 in JSON: what every scanner reads.
    Spdx23,
    /// SPDX 3.0.1 in JSON-LD: what BSI TR-03183-2 asks for.
    Spdx301,
    /// CycloneDX 1.6 in JSON.
    CycloneDx16,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Spdx23, Self::Spdx301, Self::CycloneDx16];
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Spdx23 => "SPDX 2.3",
            Self::Spdx301 => "SPDX 3.0.1",
            Self::CycloneDx16 => "CycloneDX 1.6",
        })
    }
}

/// The program that made a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Another document that one refers to, by its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherDocument {
    /// What it is called here, such as `os`: letters, digits, `.` and `-`.
    pub name: String,
    /// Its namespace.
    pub namespace: String,
    /// Checksums of its bytes.
    pub checksums: Checksums,
}

/// What a document says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its name.
    pub name: String,
    /// What its namespace begins with: a URL of the project, without a slash at its end.
    pub namespace_base: String,
    /// The source epoch.
    pub created: Timestamp,
    /// Who is responsible for it.
    pub author: Supplier,
    /// What made it.
    pub tool: Tool,
    /// Where it will lie itself, if it lists the files of the tree that it is put in: the one file that it cannot list.
    pub own_path: Option<TreePath>,
    /// Whether the builder of what is described wrote it, who knows all of it. Only then may SPDX 3 state that nothing is
    /// missing, who made what, and in which files it is deployed.
    pub by_builder: bool,
    /// Documents that it refers to; only SPDX 2.3 has a place for them.
    pub others: Vec<OtherDocument>,
}

impl Document {
    /// The namespace of the document whose bytes are `body` while the namespace is empty.
    pub(crate) fn namespace(&self, body: &[u8]) -> String {
        format!("{}/{}-{}", self.namespace_base, crate::component::slug(&self.name), Sha256::of(body))
    }
}

/// The document of `inventory` in `format`: JSON, indented, with a newline at its end.
///
/// # Errors
/// [`SbomError::NoSha1`] where SPDX 2.3 has to list a file without one, which only foreign documents bring about.
pub fn write(format: Format, document: &Document, inventory: &Inventory) -> Result<Vec<u8>, SbomError> {
    match format {
        Format::Spdx23 => spdx2::write(document, inventory),
        Format::Spdx301 => spdx3::write(document, inventory),
        Format::CycloneDx16 => cyclonedx::write(document, inventory),
    }
}

/// JSON as all documents have it.
pub(crate) fn to_json(value: &impl serde::Serialize) -> Result<Vec<u8>, SbomError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|source| SbomError::Serialise { source })?;
    bytes.push(b'\n');
    Ok(bytes)
}
