// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads SPDX 2.2 and 2.3.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::TreePath;

use super::model::{File, Package, Relation, SpdxDocument, Sum};
use super::names::{EXECUTABLE, kind, verb};
use super::writer::ADVISORY;
use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::{Component, ComponentId, Kind};
use crate::document::Format;
use crate::error::SbomError;
use crate::note::Notes;
use crate::reading::{
    Elements, Reading, at_most, checksum, cpe, finish, licence, location, path, purl, stated,
};
use crate::relationship::Verb;
use crate::supplier::Supplier;
use crate::timestamp::Timestamp;

const FORMAT: Format = Format::Spdx23;

/// Reads a document.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, SbomError> {
    let document: SpdxDocument =
        serde_json::from_slice(bytes).map_err(|source| SbomError::Malformed { format: FORMAT, source })?;
    if !matches!(document.spdx_version.as_str(), "SPDX-2.2" | "SPDX-2.3") {
        return Err(SbomError::Version { format: FORMAT, found: document.spdx_version });
    }
    let stated = document.spdx_version.replace('-', " ");
    at_most(FORMAT, "packages", document.packages.len())?;
    at_most(FORMAT, "files", document.files.len())?;
    at_most(FORMAT, "relationships", document.relationships.len())?;
    let mut notes = Notes::default();
    let patches: BTreeSet<&str> = document
        .relationships
        .iter()
        .filter(|it| matches!(it.relationship_type.as_str(), "PATCH_APPLIED" | "PATCH_FOR"))
        .map(|it| it.spdx_element_id.as_str())
        .collect();
    let own_path = own_path(&document.packages, &mut notes);
    let mut elements = Elements::new(FORMAT);
    let mut has_files = Vec::new();
    for package in document.packages {
        let is_patch = patches.contains(package.id.as_str());
        has_files.push((package.id.clone(), package.has_files.clone()));
        let element = package.id.clone();
        elements.add(&element, component(package, is_patch, &mut notes), &mut notes)?;
    }
    let described = described(&document.id, &document.document_describes, &document.relationships, &elements);
    let (mut builder, ids) = elements.builder(document.name.as_deref(), &described, &mut notes)?;
    let paths = files(document.files, &ids, &mut builder, &mut notes)?;
    for licence in document.has_extracted_licensing_infos {
        builder.licence_text(licence.license_id, licence.extracted_text);
    }
    for (package, file) in has_files.iter().flat_map(|(id, files)| files.iter().map(move |file| (id, file))) {
        if let (Some(owner), Some(path)) = (ids.get(package), paths.get(file)) {
            builder.owns(owner, path.clone());
        }
    }
    for relation in &document.relationships {
        relate(relation, &document.id, &ids, &paths, &mut builder, &mut notes);
    }
    for other in &document.external_document_refs {
        notes.add("a reference to another document was left out", || {
            format!("{}: {}", other.external_document_id, other.spdx_document)
        });
    }
    let (inventory, notes) = finish(builder, notes);
    let creation = document.creation_info;
    let author = creation.iter().flat_map(|it| &it.creators).find_map(|creator| Supplier::read(creator));
    let created = creation.and_then(|creation| creation.created);
    Ok(Reading {
        format: FORMAT,
        stated,
        name: document.name,
        namespace: document.document_namespace,
        created: created.as_deref().and_then(Timestamp::read),
        author,
        own_path,
        inventory,
        notes,
    })
}

fn described(
    document: &str,
    listed: &[String],
    relations: &[Relation],
    elements: &Elements,
) -> Vec<ComponentId> {
    let said = relations.iter().filter_map(|it| match it.relationship_type.as_str() {
        "DESCRIBES" if it.spdx_element_id == document => Some(&it.related_spdx_element),
        "DESCRIBED_BY" if it.related_spdx_element == document => Some(&it.spdx_element_id),
        _ => None,
    });
    listed.iter().chain(said).filter_map(|element| elements.id(element)).cloned().collect()
}

/// The one file that all packages together leave out of what they verify.
fn own_path(packages: &[Package], notes: &mut Notes) -> Option<TreePath> {
    let codes = packages.iter().filter_map(|package| package.package_verification_code.as_ref());
    let mut excluded = codes.flat_map(|code| &code.package_verification_code_excluded_files);
    let first = excluded.next()?;
    excluded.next().is_none().then(|| path(first, notes))?
}

fn component(package: Package, is_patch: bool, notes: &mut Notes) -> Component {
    let of = package.name.clone();
    let comment = package.comment.unwrap_or_default();
    let kind = match kind(package.primary_package_purpose.as_deref()) {
        Kind::Other if is_patch || comment.lines().any(|line| line == "kind: patch") => Kind::Patch,
        kind => kind,
    };
    let mut component = Component::new(kind, package.name);
    component.version = package.version_info.filter(|version| !version.is_empty());
    component.supplier = package.supplier.as_deref().and_then(Supplier::read);
    component.declared = licence(package.license_declared, &of, notes);
    component.concluded = licence(package.license_concluded, &of, notes);
    component.copyright = stated(package.copyright_text);
    component.download = location(package.download_location, &of, notes);
    component.homepage = location(package.homepage, &of, notes);
    component.checksums = sums(&package.checksums, &of, notes);
    component.recipe = comment.lines().find_map(|line| line.strip_prefix("recipe: ")).map(str::to_owned);
    for reference in package.external_refs {
        let locator = reference.reference_locator;
        match reference.reference_type.rsplit('/').next() {
            Some("purl") if component.purl.is_some() => {
                notes
                    .add("a second package URL of one component was left out", || format!("{of}: {locator}"));
            }
            Some("purl") => component.purl = purl(&locator, &of, notes),
            Some("cpe23Type") => component.cpes.extend(cpe(&locator, &of, notes)),
            Some("advisory") if kind == Kind::Patch => {
                component.fixes.extend(locator.strip_prefix(ADVISORY).map(str::to_owned));
            }
            _ => notes.add("a reference other than a package URL and a CPE 2.3 name was left out", || {
                format!("{of}: {locator}")
            }),
        }
    }
    component
}

fn sums(listed: &[Sum], of: &str, notes: &mut Notes) -> Checksums {
    let mut sums = Checksums::none();
    for sum in listed {
        checksum(&mut sums, &sum.algorithm, &sum.checksum_value, of, notes);
    }
    sums
}

/// Adds the files, and gives their paths by their identifiers.
fn files(
    files: Vec<File>,
    ids: &BTreeMap<String, ComponentId>,
    builder: &mut InventoryBuilder,
    notes: &mut Notes,
) -> Result<BTreeMap<String, TreePath>, SbomError> {
    let mut paths = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for file in files {
        if ids.contains_key(&file.id) || !seen.insert(file.id.clone()) {
            return Err(SbomError::DuplicateElement { format: FORMAT, id: file.id });
        }
        if let Some(path) = path(&file.file_name, notes) {
            builder.file(path.clone(), sums(&file.checksums, &file.file_name, notes));
            if file.file_types.iter().any(|kind| kind == EXECUTABLE) {
                builder.executable(path.clone());
            }
            paths.insert(file.id, path);
        }
    }
    Ok(paths)
}

fn relate(
    relation: &Relation,
    document: &str,
    ids: &BTreeMap<String, ComponentId>,
    paths: &BTreeMap<String, TreePath>,
    builder: &mut InventoryBuilder,
    notes: &mut Notes,
) {
    let (mut from, mut to) = (&relation.spdx_element_id, &relation.related_spdx_element);
    if from == document || to == document {
        return;
    }
    let Some((verb, swapped)) = verb(&relation.relationship_type) else {
        notes.add("a relationship of another type was left out", || {
            format!("{from} {} {to}", relation.relationship_type)
        });
        return;
    };
    if swapped {
        std::mem::swap(&mut from, &mut to);
    }
    match (ids.get(from), ids.get(to), paths.get(to)) {
        (Some(from), Some(to), _) => builder.relate(from, verb, to),
        (Some(owner), None, Some(path)) if verb == Verb::Contains => builder.owns(owner, path.clone()),
        _ => notes.add("a relationship with something else than components was left out", || {
            format!("{from} {} {to}", relation.relationship_type)
        }),
    }
}
