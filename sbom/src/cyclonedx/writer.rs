// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes CycloneDX 1.6. What the root contains stands at the top, what those contain inside of them; every kind of link
//! and need is `dependsOn`. See `unsaid.rs` for what gets lost.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::TreePath;

use super::model::{
    Bom, Choice, Component as Element, Contact, Dependency, ExternalReference, Hash, Lifecycle, Metadata,
    Organisation, Property, Tools,
};
use super::names::{DECLARED, EXECUTABLE, KIND, RECIPE, component_type};
use super::root_needs;
use crate::checksum::{Algorithm, Checksums};
use crate::component::{Component, ComponentId};
use crate::containment;
use crate::document::{Document, to_json};
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::owned_file::{OwnedFile, file_id};
use crate::supplier::Supplier;

/// Components stand inside of each other this deep at most; JSON readers give up somewhere beyond.
pub(crate) const DEPTH: usize = 16;

/// The document of `inventory`.
pub(crate) fn write(document: &Document, inventory: &Inventory) -> Result<Vec<u8>, SbomError> {
    let mut bom = bom(document, inventory);
    bom.serial_number = Some(serial_number(&to_json(&bom)?));
    to_json(&bom)
}

/// A UUID made of a digest of the document: version 8 of RFC 9562, whose bits are the maker's own.
fn serial_number(body: &[u8]) -> String {
    let digest = ashlar_digest::Sha256::of(body);
    let mut bytes: [u8; 16] = std::array::from_fn(|at| digest.as_bytes()[at]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = crate::checksum::hex(&bytes);
    format!("urn:uuid:{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

fn bom(document: &Document, inventory: &Inventory) -> Bom {
    let (components, root) = (inventory.components(), inventory.root());
    let tree = containment::tree(root, components.keys(), inventory.relationships(), DEPTH);
    let nesting = Nesting { inventory, tree, files: inventory.files_by_owner() };
    let tool = Element {
        component_type: "application".to_owned(),
        name: document.tool.name.clone(),
        version: Some(document.tool.version.clone()),
        ..Element::default()
    };
    let (authors, manufacturer) = match &document.author {
        Supplier::Person(name) => (vec![Contact { name: Some(name.clone()) }], None),
        author @ Supplier::Organization(_) => (Vec::new(), Some(organisation(author))),
    };
    Bom {
        bom_format: "CycloneDX".to_owned(),
        spec_version: "1.6".to_owned(),
        serial_number: None,
        version: 1,
        metadata: Some(Metadata {
            timestamp: Some(document.created.to_string()),
            lifecycles: vec![Lifecycle { phase: "build" }],
            tools: Tools { components: vec![tool] },
            authors,
            component: components.get(root).map(|component| element(root, component, true)),
            manufacturer,
        }),
        components: nesting.inside(root),
        dependencies: dependencies(inventory),
    }
}

struct Nesting<'a> {
    inventory: &'a Inventory,
    tree: BTreeMap<&'a ComponentId, Vec<&'a ComponentId>>,
    files: BTreeMap<&'a ComponentId, Vec<(&'a TreePath, &'a OwnedFile)>>,
}

impl Nesting<'_> {
    /// What stands inside of `id`: components with all that is inside of them, and files.
    fn inside(&self, id: &ComponentId) -> Vec<Element> {
        let held = self.tree.get(id).into_iter().flatten();
        let held = held.filter_map(|id| {
            let mut element = element(id, self.inventory.components().get(*id)?, false);
            element.components = self.inside(id);
            Some(element)
        });
        let files = self.files.get(id).into_iter().flatten();
        held.chain(files.map(|(path, file)| file_element(path, file))).collect()
    }
}

fn file_element(path: &TreePath, file: &OwnedFile) -> Element {
    Element {
        component_type: "file".to_owned(),
        bom_ref: Some(file_id(path)),
        name: format!("/{path}"),
        hashes: hashes(&file.checksums),
        properties: file.executable.then(|| property(EXECUTABLE, "true")).into_iter().collect(),
        ..Element::default()
    }
}

fn element(id: &ComponentId, component: &Component, is_root: bool) -> Element {
    let (component_type, tells_kind) = component_type(component.kind, is_root);
    let reference = |kind: &str, url: &crate::location::Location| ExternalReference {
        kind: kind.to_owned(),
        url: url.to_string(),
    };
    let download = component.download.iter().map(|url| reference("distribution", url));
    let homepage = component.homepage.iter().map(|url| reference("website", url));
    Element {
        component_type: component_type.to_owned(),
        bom_ref: Some(id.to_string()),
        supplier: component.supplier.as_ref().map(organisation),
        name: component.name.clone(),
        version: component.version.clone(),
        hashes: hashes(&component.checksums),
        licenses: licences(component),
        copyright: component.copyright.clone(),
        cpe: component.cpes.first().map(ToString::to_string),
        purl: component.purl.as_ref().map(ToString::to_string),
        external_references: download.chain(homepage).collect(),
        components: Vec::new(),
        properties: properties(component, tells_kind),
    }
}

fn organisation(supplier: &Supplier) -> Organisation {
    match supplier {
        Supplier::Organization(name) => Organisation { name: Some(name.clone()), contact: Vec::new() },
        Supplier::Person(name) => {
            Organisation { name: None, contact: vec![Contact { name: Some(name.clone()) }] }
        }
    }
}

fn licences(component: &Component) -> Vec<Choice> {
    let acknowledgement = if component.concluded.is_some() { "concluded" } else { "declared" };
    let choice = |licence: &ashlar_recipe::License| Choice {
        license: None,
        expression: Some(licence.as_str().to_owned()),
        acknowledgement: Some(acknowledgement.to_owned()),
    };
    component.licence().map(choice).into_iter().collect()
}

fn properties(component: &Component, tells_kind: bool) -> Vec<Property> {
    let kind = (!tells_kind).then(|| property(KIND, component.kind.name()));
    let declared = component.declared.as_ref().filter(|_| component.concluded.is_some());
    let declared = declared.map(|licence| property(DECLARED, licence.as_str()));
    let recipe = component.recipe.as_ref().map(|recipe| property(RECIPE, recipe));
    kind.into_iter().chain(declared).chain(recipe).collect()
}

fn property(name: &str, value: &str) -> Property {
    Property { name: name.to_owned(), value: value.to_owned() }
}

fn hashes(checksums: &Checksums) -> Vec<Hash> {
    let hash = |(algorithm, text): (Algorithm, &str)| Hash {
        alg: algorithm.cyclonedx().to_owned(),
        content: text.to_owned(),
    };
    checksums.iter().map(hash).collect()
}

/// One entry for each component: an empty one says that it needs nothing.
fn dependencies(inventory: &Inventory) -> Vec<Dependency> {
    let mut needs: BTreeMap<&ComponentId, BTreeSet<&ComponentId>> = BTreeMap::new();
    for relationship in inventory.relationships().iter().filter(|it| it.verb.is_dependency()) {
        needs.entry(&relationship.from).or_default().insert(&relationship.to);
    }
    let root = inventory.root();
    if !needs.contains_key(root) {
        needs.insert(root, root_needs::at_top(inventory));
    }
    let in_image = inventory.components().iter().filter(|(id, it)| it.kind.ships() || needs.contains_key(id));
    in_image
        .map(|(id, _)| Dependency {
            subject: id.to_string(),
            depends_on: needs.get(id).into_iter().flatten().map(ToString::to_string).collect(),
        })
        .collect()
}
