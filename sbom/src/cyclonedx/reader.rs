// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads CycloneDX 1.2 to 1.7.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Bom, Choice, Component as Element, Dependency, Metadata, Organisation};
use super::names::{DECLARED, EXECUTABLE, KIND, RECIPE, kind};
use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::{Component, ComponentId};
use crate::document::Format;
use crate::error::SbomError;
use crate::note::Notes;
use crate::reading::{
    Elements, Reading, at_most, checksum, cpe, finish, licence, location, path, purl, stated,
};
use crate::relationship::Verb;
use crate::supplier::Supplier;
use crate::timestamp::Timestamp;

const FORMAT: Format = Format::CycloneDx16;
const VERSIONS: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/// Reads a document.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, SbomError> {
    let bom: Bom =
        serde_json::from_slice(bytes).map_err(|source| SbomError::Malformed { format: FORMAT, source })?;
    if !VERSIONS.contains(&bom.spec_version.as_str()) || bom.bom_format != "CycloneDX" {
        return Err(SbomError::Version {
            format: FORMAT,
            found: format!("{} {}", bom.bom_format, bom.spec_version),
        });
    }
    let mut notes = Notes::default();
    let (root, created, author) = match bom.metadata {
        Some(metadata) => {
            let author = author(&metadata);
            (metadata.component, metadata.timestamp, author)
        }
        None => (None, None, None),
    };
    let mut flat = Flat::default();
    let root_element = root.map(|root| flat.add(root, None));
    for component in bom.components {
        flat.add_all(component, root_element.clone())?;
    }
    let mut elements = Elements::new(FORMAT);
    let mut files = Vec::new();
    let mut held: Vec<(Option<String>, String, bool)> = Vec::new();
    for Placed { element, reference, parent } in flat.placed {
        if is_file(&element) && root_element.as_ref() != Some(&reference) {
            files.push((element, parent));
            continue;
        }
        let component = component(element, &mut notes);
        held.push((parent, reference.clone(), component.kind.ships()));
        elements.add(&reference, component, &mut notes)?;
    }
    let described: Vec<ComponentId> =
        root_element.iter().filter_map(|root| elements.id(root)).cloned().collect();
    let (mut builder, ids) = elements.builder(None, &described, &mut notes)?;
    let root = builder.root().clone();
    let mut all_at_top: BTreeSet<&ComponentId> = BTreeSet::new();
    for (parent, reference, ships) in held {
        let container = parent.as_ref().and_then(|parent| ids.get(parent));
        let at_top = parent.is_none() || parent == root_element;
        match (container, ids.get(&reference)) {
            // What a component was made from stands at the top because it has to stand somewhere.
            (_, Some(_)) if at_top && !ships => {}
            (container, Some(id)) if *id != root => {
                if at_top {
                    all_at_top.insert(id);
                }
                builder.relate(container.unwrap_or(&root), Verb::Contains, id);
            }
            _ => {}
        }
    }
    for (element, parent) in files {
        let owner = parent.as_ref().and_then(|parent| ids.get(parent)).unwrap_or(&root);
        if let Some(path) = path(&element.name, &mut notes) {
            builder.file(path.clone(), sums(&element, &element.name, &mut notes));
            if element.properties.iter().any(|it| it.name == EXECUTABLE && it.value == "true") {
                builder.executable(path.clone());
            }
            builder.owns(owner, path);
        }
    }
    for dependency in &bom.dependencies {
        let needed: Option<BTreeSet<&ComponentId>> =
            dependency.depends_on.iter().map(|reference| ids.get(reference)).collect();
        // That it contains them says as much (root_needs.rs).
        if ids.get(&dependency.subject) == Some(&root) && needed.as_ref() == Some(&all_at_top) {
            continue;
        }
        depend(dependency, &ids, &mut builder, &mut notes);
    }
    let (inventory, notes) = finish(builder, notes);
    Ok(Reading {
        format: FORMAT,
        stated: format!("CycloneDX {}", bom.spec_version),
        name: None,
        namespace: bom.serial_number,
        created: created.as_deref().and_then(Timestamp::read),
        author,
        own_path: None,
        inventory,
        notes,
    })
}

fn author(metadata: &Metadata) -> Option<Supplier> {
    let person = metadata.authors.iter().find_map(|author| called(Supplier::Person, author.name.clone()));
    person.or_else(|| metadata.manufacturer.as_ref().and_then(supplier))
}

fn supplier(organisation: &Organisation) -> Option<Supplier> {
    let person = organisation.contact.iter().find_map(|contact| contact.name.clone());
    called(Supplier::Organization, organisation.name.clone()).or_else(|| called(Supplier::Person, person))
}

fn called(sort: fn(String) -> Supplier, name: Option<String>) -> Option<Supplier> {
    Supplier::called(sort, &stated(name)?)
}

/// A component without those inside of it, and what it is inside of.
struct Placed {
    element: Element,
    reference: String,
    parent: Option<String>,
}

/// Components taken out of each other.
#[derive(Default)]
struct Flat {
    placed: Vec<Placed>,
}

impl Flat {
    /// Adds one component; those inside of it stay there.
    fn add(&mut self, mut element: Element, parent: Option<String>) -> String {
        // A component that nobody refers to needs no name of its own; no reference of a document begins like this.
        let unnamed = || format!("\u{0}{}", self.placed.len());
        let reference = element.bom_ref.take().unwrap_or_else(unnamed);
        self.placed.push(Placed { element, reference: reference.clone(), parent });
        reference
    }

    fn add_all(&mut self, element: Element, parent: Option<String>) -> Result<(), SbomError> {
        let mut open = vec![(element, parent)];
        while let Some((mut element, parent)) = open.pop() {
            let inside = std::mem::take(&mut element.components);
            let reference = self.add(element, parent);
            open.extend(inside.into_iter().map(|element| (element, Some(reference.clone()))));
            at_most(FORMAT, "components", self.placed.len().saturating_add(open.len()))?;
        }
        Ok(())
    }
}

/// Whether a component is a file of the root, and not one that is a component of its own.
fn is_file(element: &Element) -> bool {
    let named = element.properties.iter().any(|property| property.name == KIND);
    element.component_type == "file" && element.purl.is_none() && element.cpe.is_none() && !named
}

fn component(element: Element, notes: &mut Notes) -> Component {
    let of = element.name.clone();
    let property = |name: &str| {
        let found = element.properties.iter().find(|property| property.name == name);
        found.map(|property| property.value.clone())
    };
    let mut component = Component::new(kind(&element.component_type, property(KIND).as_deref()), of.clone());
    component.version = element.version.clone().filter(|version| !version.is_empty());
    component.purl = element.purl.as_deref().and_then(|text| purl(text, &of, notes));
    component.cpes.extend(element.cpe.as_deref().and_then(|text| cpe(text, &of, notes)));
    component.supplier = element.supplier.as_ref().and_then(supplier);
    let (expression, is_concluded) = expression(&element.licenses);
    let found = licence(expression, &of, notes);
    if is_concluded {
        component.concluded = found;
        component.declared = licence(property(DECLARED), &of, notes);
    } else {
        component.declared = found;
    }
    component.copyright = stated(element.copyright.clone());
    component.checksums = sums(&element, &of, notes);
    let reference = |kind: &str| {
        let found = element.external_references.iter().find(|reference| reference.kind == kind);
        found.map(|reference| reference.url.clone())
    };
    component.download = location(reference("distribution"), &of, notes);
    component.homepage = location(reference("website"), &of, notes);
    component.recipe = property(RECIPE);
    component
}

/// One expression of all licences of a component, and whether it is the concluded one.
fn expression(licences: &[Choice]) -> (Option<String>, bool) {
    let is_concluded = licences.iter().any(|choice| {
        let inner = choice.license.as_ref().and_then(|licence| licence.acknowledgement.as_deref());
        choice.acknowledgement.as_deref().or(inner) == Some("concluded")
    });
    let parts: Vec<&String> = licences
        .iter()
        .filter_map(|choice| {
            let licence = choice.license.as_ref();
            let listed = licence.and_then(|licence| licence.id.as_ref().or(licence.name.as_ref()));
            choice.expression.as_ref().or(listed)
        })
        .collect();
    let text = match parts.as_slice() {
        [] => None,
        [single] => Some((*single).clone()),
        several => Some(several.iter().map(|part| format!("({part})")).collect::<Vec<_>>().join(" AND ")),
    };
    (text, is_concluded)
}

fn sums(element: &Element, of: &str, notes: &mut Notes) -> Checksums {
    let mut sums = Checksums::none();
    for hash in &element.hashes {
        checksum(&mut sums, &hash.alg, &hash.content, of, notes);
    }
    sums
}

fn depend(
    dependency: &Dependency,
    ids: &BTreeMap<String, ComponentId>,
    builder: &mut InventoryBuilder,
    notes: &mut Notes,
) {
    for needed in &dependency.depends_on {
        match (ids.get(&dependency.subject), ids.get(needed)) {
            (Some(from), Some(to)) => builder.relate(from, Verb::DependsOn, to),
            _ => notes.add("a relationship with something else than components was left out", || {
                format!("{} dependsOn {needed}", dependency.subject)
            }),
        }
    }
}
