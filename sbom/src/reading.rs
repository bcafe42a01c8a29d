// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads documents of anybody, in any of the formats, within bounds.
//!
//! What a stranger's document says is taken over as far as it has one meaning; what is not taken over is noted. A document
//! of our own gives the inventory it was written from, without a note but for the documents that it refers to.

use std::collections::BTreeMap;

use ashlar_recipe::{Cpe, License, Purl};
use ashlar_tree::TreePath;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::builder::InventoryBuilder;
use crate::checksum::{Algorithm, Checksums};
use crate::component::{Component, ComponentId, Kind};
use crate::document::Format;
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::location::Location;
use crate::note::{Note, Notes};
use crate::supplier::Supplier;
use crate::timestamp::Timestamp;
use crate::{cyclonedx, spdx2, spdx3};

/// Longest document, in bytes: ten times that of the largest distribution we know of.
pub const MAX_BYTES: usize = 256 << 20;
/// Most components, files, or relationships of one document.
pub(crate) const MAX_ELEMENTS: usize = 2_000_000;

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The format as we write it.
    pub format: Format,
    /// Format and version as the document states them.
    pub stated: String,
    /// The document's name, if it has one.
    pub name: Option<String>,
    /// Its namespace or serial number, if it has one.
    pub namespace: Option<String>,
    /// When it says that it was made.
    pub created: Option<Timestamp>,
    /// The first organisation or person that it names as its author.
    pub author: Option<Supplier>,
    /// The one file that it cannot list, because it is this document (SPDX 2.3 §7.9, files excluded from the verification code).
    pub own_path: Option<TreePath>,
    /// What it says.
    pub inventory: Inventory,
    /// What of it was not taken over.
    pub notes: Vec<Note>,
}

/// The keys by which formats are told apart.
#[derive(Deserialize)]
struct Marks {
    #[serde(rename = "spdxVersion")]
    spdx2: Option<IgnoredAny>,
    #[serde(rename = "@context")]
    spdx3: Option<IgnoredAny>,
    #[serde(rename = "bomFormat")]
    cyclonedx: Option<IgnoredAny>,
}

/// Reads a document, in whichever format it is.
///
/// # Errors
/// If it is too large, no JSON, in no known format, or contradicts its format where no one meaning is left.
pub fn read(bytes: &[u8]) -> Result<Reading, SbomError> {
    if bytes.len() > MAX_BYTES {
        return Err(SbomError::TooLarge { size: bytes.len(), limit: MAX_BYTES });
    }
    // The JSON reader does not look into fields that it passes over.
    if let Err(cause) = std::str::from_utf8(bytes) {
        return Err(SbomError::NotUtf8 { at: cause.valid_up_to() });
    }
    let marks: Marks = serde_json::from_slice(bytes).map_err(|source| match source.classify() {
        serde_json::error::Category::Data => SbomError::UnknownFormat,
        _ => SbomError::NotJson { source },
    })?;
    match marks {
        Marks { spdx2: Some(_), .. } => spdx2::read(bytes),
        Marks { spdx3: Some(_), .. } => spdx3::read(bytes),
        Marks { cyclonedx: Some(_), .. } => cyclonedx::read(bytes),
        _ => Err(SbomError::UnknownFormat),
    }
}

pub(crate) const fn at_most(format: Format, what: &'static str, count: usize) -> Result<(), SbomError> {
    if count > MAX_ELEMENTS {
        return Err(SbomError::TooMany { format, what, count, limit: MAX_ELEMENTS });
    }
    Ok(())
}

/// The components of a document while it is read: by the identifiers that it gives them.
#[derive(Debug)]
pub(crate) struct Elements {
    format: Format,
    by_element: BTreeMap<String, ComponentId>,
    components: BTreeMap<ComponentId, Component>,
}

impl Elements {
    pub(crate) const fn new(format: Format) -> Self {
        Self { format, by_element: BTreeMap::new(), components: BTreeMap::new() }
    }

    /// Adds the component that the document calls `element`.
    pub(crate) fn add(
        &mut self,
        element: &str,
        component: Component,
        notes: &mut Notes,
    ) -> Result<(), SbomError> {
        let id = component.id();
        if self.by_element.insert(element.to_owned(), id.clone()).is_some() {
            return Err(SbomError::DuplicateElement { format: self.format, id: element.to_owned() });
        }
        match self.components.get(&id) {
            None => {
                self.components.insert(id, component);
            }
            Some(there) if *there == component => {
                notes.add("components that are equal in all became one", || component.title());
            }
            Some(_) => notes
                .add("of components with one kind, name, version and purl, the first was taken", || {
                    component.title()
                }),
        }
        Ok(())
    }

    /// What the document calls `element`, if that is a component.
    pub(crate) fn id(&self, element: &str) -> Option<&ComponentId> {
        self.by_element.get(element)
    }

    /// Begins the inventory about the one component in `described`; about one that stands for the document, called `name`,
    /// where it describes none or several.
    pub(crate) fn builder(
        mut self,
        name: Option<&str>,
        described: &[ComponentId],
        notes: &mut Notes,
    ) -> Result<(InventoryBuilder, BTreeMap<String, ComponentId>), SbomError> {
        let mut described = described.to_vec();
        described.sort();
        described.dedup();
        let single = if let [single] = described.as_slice() { self.components.remove(single) } else { None };
        let several = single.is_none();
        let mut builder = match single {
            Some(root) => InventoryBuilder::new(root),
            None if self.components.is_empty() => return Err(SbomError::Empty { format: self.format }),
            None => {
                let root = Component::new(Kind::Other, name.unwrap_or("document"));
                notes.add(
                    "it does not describe exactly one component, so one stands for the document",
                    || root.title(),
                );
                InventoryBuilder::new(root)
            }
        };
        let root = builder.root().clone();
        for component in self.components.into_values() {
            builder.component(component);
        }
        if several {
            for id in &described {
                builder.relate(&root, crate::relationship::Verb::Contains, id);
            }
        }
        Ok((builder, self.by_element))
    }
}

/// Finishes a reading: what did not hold together becomes notes.
pub(crate) fn finish(builder: InventoryBuilder, mut notes: Notes) -> (Inventory, Vec<Note>) {
    use crate::problem::Problem;
    let (inventory, problems) = builder.build_leniently();
    for problem in &problems {
        let what = match problem {
            Problem::DuplicateComponent { .. } => "of two components with one identity the first was taken",
            Problem::UnknownComponent { .. } => "a relationship that leads nowhere was left out",
            Problem::SelfReference { .. } => "a relationship of a component with itself was left out",
            Problem::ContainmentCycle { .. } => "components contain each other",
            Problem::MatchableSource { .. } => "a scanner drops it, because others are generated from it",
            Problem::DuplicateFile { .. } => "of two files at one path the first was taken",
            Problem::Unowned { .. } => "a file of no component became the root's",
            Problem::TwoOwners { .. } => "of two components that bring one file the first was taken",
            Problem::UnknownOwner { .. } | Problem::UnknownFile { .. } => {
                "an ownership that leads nowhere was left out"
            }
            Problem::Uncontained { .. }
            | Problem::TwoContainers { .. }
            | Problem::MissingChecksum { .. }
            | Problem::MissingLicenceText { .. } => "it is less complete than our own documents are",
        };
        notes.add(what, || problem.to_string());
    }
    (inventory, notes.finished())
}

/// A text that says something: not empty, not `NOASSERTION`, not `NONE`.
pub(crate) fn stated(text: Option<String>) -> Option<String> {
    text.filter(|text| !matches!(text.trim(), "" | "NOASSERTION" | "NONE"))
}

/// A licence of a foreign document; noted where it is no SPDX expression of today's list.
pub(crate) fn licence(text: Option<String>, of: &str, notes: &mut Notes) -> Option<License> {
    let text = stated(text)?;
    License::parse(&text)
        .map_err(|_| {
            notes.add("a licence that is no SPDX expression of today's list was left out", || {
                format!("{of}: {text}")
            });
        })
        .ok()
}

/// A purl of a foreign document, in canonical form.
pub(crate) fn purl(text: &str, of: &str, notes: &mut Notes) -> Option<Purl> {
    let purl = Purl::canonicalise(text).ok();
    match &purl {
        None => notes.add("what is no package URL was left out", || format!("{of}: {text}")),
        Some(purl) if purl.as_str() != text => {
            notes.add("a package URL was put into canonical form", || format!("{of}: {text}"));
        }
        Some(_) => {}
    }
    purl
}

/// A CPE 2.3 name of a foreign document.
pub(crate) fn cpe(text: &str, of: &str, notes: &mut Notes) -> Option<Cpe> {
    let cpe = Cpe::parse(text).ok();
    if cpe.is_none() {
        notes.add("what is no CPE 2.3 name was left out", || format!("{of}: {text}"));
    }
    cpe
}

/// A location of a foreign document.
pub(crate) fn location(text: Option<String>, of: &str, notes: &mut Notes) -> Option<Location> {
    let text = stated(text)?;
    let location = Location::parse(&text);
    if location.is_none() {
        notes.add("a location that is no absolute URI was left out", || format!("{of}: {text}"));
    }
    location
}

/// Adds a checksum of a foreign document.
pub(crate) fn checksum(sums: &mut Checksums, algorithm: &str, value: &str, of: &str, notes: &mut Notes) {
    match Algorithm::read(algorithm) {
        None => notes.add("a checksum other than SHA-1, SHA-256 and SHA-512 was left out", || {
            format!("{of}: {algorithm}")
        }),
        Some(algorithm) => {
            if !sums.add(algorithm, value) {
                notes.add("what cannot be a checksum, or contradicts one, was left out", || {
                    format!("{of}: {algorithm} {value}")
                });
            }
        }
    }
}

/// The path of a file in a foreign document: relative, without a `./` before it.
pub(crate) fn path(text: &str, notes: &mut Notes) -> Option<TreePath> {
    let relative = text.strip_prefix("./").unwrap_or_else(|| text.trim_start_matches('/'));
    let path = TreePath::parse(relative).ok();
    if path.is_none() {
        notes.add("a file whose name is no path was left out", || text.to_owned());
    }
    path
}
