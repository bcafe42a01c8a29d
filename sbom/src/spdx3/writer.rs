// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Writes SPDX 3.0.1. The `@context` is a plain string, because syft knows a document by it; a package's purl stands in
//! `software_packageUrl`, because syft reads it there; no source that others are generated from has a purl, because syft
//! drops the subject of `generates` (docs/design/sbom.md).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::artifact::{ARTIFACT, artifacts, outside_id, purposes};
use super::build::{self, Build, builds};
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
/// What the builder says of these is all that there is (BSI TR-03183-2 asks for it). Not of static links, which are by what
/// there was to link.
const COMPLETE: [&str; 3] = ["contains", "dependsOn", "hasDynamicLink"];
/// The profiles that a document conforms to; `build` where it has a build.
const PROFILES: [&str; 4] = ["build", "core", "simpleLicensing", "software"];

/// The document of `inventory`.
pub(crate) fn write(document: &Document, inventory: &Inventory) -> Result<Vec<u8>, SbomError> {
    let namespace = document.namespace(&to_json(&graph("", document, inventory))?);
    to_json(&graph(&namespace, document, inventory))
}

fn graph(namespace: &str, document: &Document, inventory: &Inventory) -> Graph {
    let mut elements = Elements {
        namespace,
        all: BTreeMap::new(),
        licences: BTreeSet::new(),
        makers: BTreeMap::new(),
        by_builder: document.by_builder,
        lists_files: !inventory.files().is_empty(),
        root: inventory.root().as_str(),
    };
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
    if document.by_builder {
        elements.makers(inventory);
    }
    let author = elements.agent(&document.author);
    for (id, component) in inventory.components() {
        elements.component(id, component, inventory);
    }
    for (path, file) in inventory.files() {
        let element = Element {
            name: Some(format!("/{path}")),
            verified_using: hashes(&file.checksums),
            additional_purpose: purposes(path, file.executable, document.by_builder),
            ..of("software_File")
        };
        elements.add(&file_id(path), element);
    }
    let deployed = if document.by_builder { artifacts(inventory) } else { BTreeMap::new() };
    for (id, paths) in deployed {
        if let Some(component) = inventory.components().get(id).filter(|_| paths.contains(&outside_id(id))) {
            let element = Element {
                name: Some(component.name.clone()),
                verified_using: hashes(&component.checksums),
                additional_purpose: vec!["firmware".to_owned()],
                ..of("software_File")
            };
            elements.add(&outside_id(id), element);
        }
        let files: Vec<String> = paths.iter().map(|id| elements.iri(id)).collect();
        elements.relate(id.as_str(), ARTIFACT, &files, None);
    }
    for ((from, verb), to) in relationships(inventory) {
        elements.relationship(&from, verb, to);
    }
    let builds = builds(inventory);
    let build_type = format!("{}/build/recipe", document.namespace_base);
    for (recipe, build) in &builds {
        elements.build(recipe, build, &build_type);
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
        profile_conformance: PROFILES.into_iter().filter(|it| *it != "build" || !builds.is_empty()).collect(),
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
    makers: BTreeMap<Supplier, String>,
    by_builder: bool,
    lists_files: bool,
    root: &'a str,
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
        let external_identifier = self.makers.get(supplier).map(|home| identifier("urlScheme", home.clone()));
        let element = Element {
            name: Some(supplier.name().to_owned()),
            external_identifier: external_identifier.into_iter().collect(),
            ..of(class)
        };
        self.add(&id, element)
    }

    /// Takes down where each supplier can be found: the first home of what it makes.
    fn makers(&mut self, inventory: &Inventory) {
        for component in inventory.components().values() {
            if let (Some(supplier), Some(home)) = (&component.supplier, &component.homepage) {
                let home = home.to_string();
                let known = self.makers.entry(supplier.clone()).or_insert_with(|| home.clone());
                *known = home.min(known.clone());
            }
        }
    }

    fn component(&mut self, id: &ComponentId, component: &Component, inventory: &Inventory) {
        let supplied_by = component.supplier.as_ref().map(|supplier| Value::from(self.agent(supplier)));
        let element = Element {
            name: Some(component.name.clone()),
            comment: component.recipe.as_ref().map(|recipe| format!("recipe: {recipe}")),
            external_identifier: identifiers(component),
            verified_using: hashes(&component.checksums),
            originated_by: supplied_by
                .iter()
                .filter(|_| self.by_builder)
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
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

    fn build(&mut self, recipe: &str, build: &Build, build_type: &str) {
        let id = named("build", recipe, recipe);
        let element = Element {
            name: Some(format!("build of {}", build.name)),
            build_type: Some(build_type.to_owned()),
            build_id: Some(build.name.clone()),
            ..of(build::CLASS)
        };
        self.add(&id, element);
        for (kind, to) in build.relationships() {
            let to: Vec<String> = to.iter().map(|id| self.iri(id)).collect();
            if !to.is_empty() {
                self.relate(&id, kind, &to, Some("build"));
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

    /// The root also contains the documents in it, which none of them can list in full.
    fn completeness(&self, from: &str, kind: &str) -> Option<&'static str> {
        let is_known =
            self.by_builder && COMPLETE.contains(&kind) && (kind != "contains" || self.lists_files);
        is_known.then_some(if kind == "contains" && from == self.root { "incomplete" } else { "complete" })
    }

    fn relate(&mut self, from: &str, kind: &str, to: &[String], scope: Option<&'static str>) {
        let class = if scope.is_some() { "LifecycleScopedRelationship" } else { "Relationship" };
        let element = Element {
            from: Some(Value::from(self.iri(from))),
            relationship_type: Some(kind.to_owned()),
            to: Some(json!(to)),
            completeness: self.completeness(from, kind),
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
    let cpes = component.cpes.iter().map(|cpe| identifier("cpe23", cpe.to_string()));
    cpes.chain(component.fixes.iter().map(|cve| identifier("cve", cve.clone()))).collect()
}

fn identifier(kind: &str, text: String) -> ExternalIdentifier {
    ExternalIdentifier {
        class: "ExternalIdentifier".to_owned(),
        external_identifier_type: kind.to_owned(),
        identifier: text,
    }
}

fn hashes(checksums: &Checksums) -> Vec<Hash> {
    let hash = |(algorithm, text): (Algorithm, &str)| Hash {
        class: "Hash".to_owned(),
        algorithm: algorithm.spdx().to_lowercase(),
        hash_value: text.to_owned(),
    };
    checksums.iter().map(hash).collect()
}
