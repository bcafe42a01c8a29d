// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes SPDX 3.0.1. The `@context` is a plain string, because syft knows a document by it; a package's purl stands in
//! `software_packageUrl`, because syft reads it there; no source that others are generated from has a purl, because syft
//! drops the subject of `generates` (docs/design/sbom.md).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::element::{DictionaryEntry, Element, ExternalIdentifier, Graph, Hash};
use super::names::{purpose, relationship_type};
use crate::checksum::{Algorithm, Checksums};
use crate::component::{Component, ComponentId, slug};
use crate::document::{Document, to_json};
use crate::error::SbomError;
use crate::inventory::Inventory;
use crate::licences::references_of;
use crate::owned_file::file_id;
use crate::relationship::Verb;
use crate::supplier::Supplier;

const CONTEXT: &str = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
const CREATION: &str = "_:creation";

/// The document of `inventory`.
pub(crate) fn write(document: &Document, inventory: &Inventory) -> Result<Vec<u8>, SbomError> {
    let namespace = document.namespace(&to_json(&graph("", document, inventory))?);
    to_json(&graph(&namespace, document, inventory))
}

fn graph(namespace: &str, document: &Document, inventory: &Inventory) -> Graph {
    let mut elements = Elements { namespace, all: BTreeMap::new(), licences: BTreeSet::new() };
    let author = elements.agent(&document.author);
    let tool =
        Element { name: Some(format!("{}-{}", document.tool.name, document.tool.version)), ..of("Tool") };
    let tool = elements.add("tool", tool);
    for (reference, text) in inventory.licence_texts() {
        let element = Element {
            name: Some(reference.clone()),
            license_text: Some(text.clone()),
            ..of("simplelicensing_SimpleLicensingText")
        };
        elements.add(&text_id(reference), element);
    }
    for (id, component) in inventory.components() {
        elements.component(id, component, inventory);
    }
    for (path, file) in inventory.files() {
        let element = Element {
            name: Some(format!("/{path}")),
            verified_using: hashes(&file.checksums),
            ..of("software_File")
        };
        elements.add(&file_id(path), element);
    }
    for ((from, verb), to) in relationships(inventory) {
        elements.relationship(&from, verb, to);
    }
    let data_licence = elements.licence("CC0-1.0", inventory);
    let all: Vec<String> = elements.all.keys().map(|id| elements.iri(id)).collect();
    let sbom = Element {
        root_element: Some(json!([elements.iri(inventory.root().as_str())])),
        element: all,
        sbom_type: vec!["build"],
        ..of("software_Sbom")
    };
    let sbom = elements.add("sbom", sbom);
    let whole = Element {
        name: Some(document.name.clone()),
        root_element: Some(json!([sbom])),
        profile_conformance: vec!["core", "simpleLicensing", "software"],
        data_license: Some(data_licence),
        ..of("SpdxDocument")
    };
    elements.add("document", whole);
    let creation = Element {
        class: "CreationInfo".to_owned(),
        blank: Some(CREATION.to_owned()),
        spec_version: Some("3.0.1".to_owned()),
        created: Some(document.created.to_string()),
        created_by: Some(json!([author])),
        created_using: vec![tool],
        ..Element::default()
    };
    Graph {
        schema: Value::from(CONTEXT),
        elements: std::iter::once(creation).chain(elements.all.into_values()).collect(),
    }
}

/// What is said of each subject with each type, with our verb where the type is one of ours: files are contained too.
fn relationships(inventory: &Inventory) -> BTreeMap<(String, Verb), BTreeSet<String>> {
    let mut result: BTreeMap<(String, Verb), BTreeSet<String>> = BTreeMap::new();
    for relationship in inventory.relationships() {
        let (_, swapped) = relationship_type(relationship.verb);
        let (from, to) = (relationship.from.to_string(), relationship.to.to_string());
        let (from, to) = if swapped { (to, from) } else { (from, to) };
        result.entry((from, relationship.verb)).or_default().insert(to);
    }
    for (path, file) in inventory.files() {
        result.entry((file.owner.to_string(), Verb::Contains)).or_default().insert(file_id(path));
    }
    result
}

/// The elements so far, by the last part of their identifiers.
struct Elements<'a> {
    namespace: &'a str,
    all: BTreeMap<String, Element>,
    licences: BTreeSet<String>,
}

impl Elements<'_> {
    fn iri(&self, id: &str) -> String {
        format!("{}#{id}", self.namespace)
    }

    fn add(&mut self, id: &str, mut element: Element) -> String {
        let iri = self.iri(id);
        element.spdx_id = Some(iri.clone());
        element.creation_info = Some(Value::from(CREATION));
        self.all.insert(id.to_owned(), element);
        iri
    }

    fn agent(&mut self, supplier: &Supplier) -> String {
        let class = match supplier {
            Supplier::Organization(_) => "Organization",
            Supplier::Person(_) => "Person",
        };
        let id = named("agent", &supplier.to_string(), supplier.name());
        self.add(&id, Element { name: Some(supplier.name().to_owned()), ..of(class) })
    }

    fn component(&mut self, id: &ComponentId, component: &Component, inventory: &Inventory) {
        let supplied_by = component.supplier.as_ref().map(|supplier| Value::from(self.agent(supplier)));
        let element = Element {
            name: Some(component.name.clone()),
            comment: component.recipe.as_ref().map(|recipe| format!("recipe: {recipe}")),
            external_identifier: identifiers(component),
            verified_using: hashes(&component.checksums),
            supplied_by,
            primary_purpose: Some(purpose(component.kind).to_owned()),
            copyright_text: component.copyright.clone(),
            package_version: component.version.clone(),
            package_url: component.purl.as_ref().map(ToString::to_string),
            download_location: component.download.as_ref().map(ToString::to_string),
            home_page: component.homepage.as_ref().map(ToString::to_string),
            ..of("software_Package")
        };
        self.add(id.as_str(), element);
        for (licence, kind) in
            [(&component.declared, "hasDeclaredLicense"), (&component.concluded, "hasConcludedLicense")]
        {
            if let Some(licence) = licence {
                let to = self.licence(licence.as_str(), inventory);
                self.relate(id.as_str(), kind, &[to], None);
            }
        }
    }

    /// The element of a licence expression, which components share.
    fn licence(&mut self, expression: &str, inventory: &Inventory) -> String {
        let id = named("licence", expression, expression);
        if self.licences.insert(expression.to_owned()) {
            let texts = ashlar_recipe::License::parse(expression).map_or_else(
                |_| Vec::new(),
                |licence| {
                    let known = |reference: &&str| inventory.licence_texts().contains_key(*reference);
                    let entry = |reference: &str| DictionaryEntry {
                        class: "DictionaryEntry",
                        key: reference.to_owned(),
                        value: self.iri(&text_id(reference)),
                    };
                    references_of(&licence).filter(known).map(entry).collect()
                },
            );
            let element = Element {
                license_expression: Some(expression.to_owned()),
                custom_id_to_uri: texts,
                ..of("simplelicensing_LicenseExpression")
            };
            self.add(&id, element);
        }
        self.iri(&id)
    }

    fn relationship(&mut self, from: &str, verb: Verb, to: BTreeSet<String>) {
        let to: Vec<String> = to.iter().map(|id| self.iri(id)).collect();
        let scope = (verb == Verb::BuiltWith).then_some("build");
        self.relate(from, relationship_type(verb).0, &to, scope);
    }

    fn relate(&mut self, from: &str, kind: &str, to: &[String], scope: Option<&'static str>) {
        let class = if scope.is_some() { "LifecycleScopedRelationship" } else { "Relationship" };
        let element = Element {
            from: Some(Value::from(self.iri(from))),
            relationship_type: Some(kind.to_owned()),
            to: Some(json!(to)),
            scope,
            ..of(class)
        };
        self.add(&format!("relationship-{from}-{kind}"), element);
    }
}

fn of(class: &str) -> Element {
    Element { class: class.to_owned(), ..Element::default() }
}

/// An identifier of something that is known by a text.
fn named(kind: &str, identity: &str, name: &str) -> String {
    let digest = ashlar_digest::Sha256::of(identity.as_bytes()).to_string();
    format!("{kind}-{}-{}", slug(name), &digest[..12])
}

fn text_id(reference: &str) -> String {
    named("text", reference, reference)
}

fn identifiers(component: &Component) -> Vec<ExternalIdentifier> {
    let identifier = |kind: &str, text: String| ExternalIdentifier {
        class: "ExternalIdentifier".to_owned(),
        external_identifier_type: kind.to_owned(),
        identifier: text,
    };
    let cpes = component.cpes.iter().map(|cpe| identifier("cpe23", cpe.to_string()));
    cpes.chain(component.fixes.iter().map(|cve| identifier("cve", cve.clone()))).collect()
}

fn hashes(checksums: &Checksums) -> Vec<Hash> {
    let hash = |(algorithm, text): (Algorithm, &str)| Hash {
        class: "Hash".to_owned(),
        algorithm: algorithm.spdx().to_lowercase(),
        hash_value: text.to_owned(),
    };
    checksums.iter().map(hash).collect()
}
