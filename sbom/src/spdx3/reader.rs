// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads SPDX 3.0.x documents whose elements lie side by side in one `@graph`, as ours do and as the serialisation of the
//! specification wants it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::artifact::{ARTIFACT, EXECUTABLE};
use super::build;
use super::element::{Element, Graph, references};
use super::names::{kind, relationship_type, verb};
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

const FORMAT: Format = Format::Spdx301;
/// What the context of every version that is read begins with.
const CONTEXT: &str = "https://spdx.org/rdf/3.0";
const LISTED: &str = "https://spdx.org/licenses/";

/// Reads a document.
pub(crate) fn read(bytes: &[u8]) -> Result<Reading, SbomError> {
    let graph: Graph =
        serde_json::from_slice(bytes).map_err(|source| SbomError::Malformed { format: FORMAT, source })?;
    if !references(Some(&graph.schema)).iter().any(|url| url.starts_with(CONTEXT)) {
        return Err(SbomError::Version { format: FORMAT, found: shortened(&graph.schema) });
    }
    at_most(FORMAT, "elements", graph.elements.len())?;
    let by_id = by_id(&graph.elements)?;
    let mut notes = Notes::default();
    let facts = Facts::of(&graph.elements);
    let mut elements = Elements::new(FORMAT);
    for (id, element) in by_id.iter().filter(|(_, element)| element.class == "software_Package") {
        elements.add(id, component(id, element, &facts, &mut notes), &mut notes)?;
    }
    let document = graph.elements.iter().find(|element| element.class == "SpdxDocument");
    let name = document.and_then(|document| document.name.clone());
    let described = described(&graph.elements, &elements);
    let (mut builder, ids) = elements.builder(name.as_deref(), &described, &mut notes)?;
    let paths = files(&by_id, &mut builder, &mut notes);
    for element in graph.elements.iter().filter(|element| element.license_text.is_some()) {
        let reference = element.name.clone().unwrap_or_default();
        builder.licence_text(reference, element.license_text.clone().unwrap_or_default());
    }
    let is_of_build = |element: &&Element| {
        let from = references(element.from.as_ref()).first().and_then(|id| by_id.get(id));
        from.is_some_and(|from| from.class == build::CLASS)
    };
    let said = graph.elements.iter().filter(|element| element.relationship_type.is_some());
    for element in said.filter(|element| !is_of_build(element)) {
        relate(element, &ids, &paths, &mut builder, &mut notes);
    }
    let (inventory, notes) = finish(builder, notes);
    let (created, creators) = creation(document, &graph.elements).unwrap_or_default();
    let namespace = document.and_then(|document| document.spdx_id.as_ref()?.split('#').next());
    let version = graph.elements.iter().find_map(|element| element.spec_version.as_deref());
    Ok(Reading {
        format: FORMAT,
        stated: format!("SPDX {}", version.unwrap_or("3.0")),
        name,
        namespace: namespace.map(str::to_owned),
        created: created.and_then(Timestamp::read),
        author: references(creators).first().and_then(|id| facts.suppliers.get(id)).cloned(),
        own_path: None,
        inventory,
        notes,
    })
}

/// A value for a message.
fn shortened(value: &Value) -> String {
    value.to_string().chars().take(100).collect()
}

fn by_id(elements: &[Element]) -> Result<BTreeMap<&str, &Element>, SbomError> {
    let mut result = BTreeMap::new();
    for element in elements {
        let Some(id) = element.spdx_id.as_deref().or(element.blank.as_deref()) else { continue };
        if result.insert(id, element).is_some() {
            return Err(SbomError::DuplicateElement { format: FORMAT, id: id.to_owned() });
        }
    }
    Ok(result)
}

/// The creation of the document, wherever it is written: its moment, and who is responsible for it.
fn creation<'a>(
    document: Option<&'a Element>,
    elements: &'a [Element],
) -> Option<(Option<&'a str>, Option<&'a Value>)> {
    match document?.creation_info.as_ref()? {
        Value::Object(inline) => {
            Some((inline.get("created").and_then(Value::as_str), inline.get("createdBy")))
        }
        reference => {
            let reference = reference.as_str()?;
            let known = |element: &&Element| {
                [element.blank.as_deref(), element.spdx_id.as_deref()].contains(&Some(reference))
            };
            let creation = elements.iter().find(known)?;
            Some((creation.created.as_deref(), creation.created_by.as_ref()))
        }
    }
}

/// What other elements say of components: who supplies them, and their licences.
struct Facts<'a> {
    suppliers: BTreeMap<&'a str, Supplier>,
    declared: BTreeMap<&'a str, &'a str>,
    concluded: BTreeMap<&'a str, &'a str>,
}

impl<'a> Facts<'a> {
    fn of(elements: &'a [Element]) -> Self {
        let mut suppliers = BTreeMap::new();
        let mut expressions = BTreeMap::new();
        for element in elements {
            let Some(id) = element.spdx_id.as_deref() else { continue };
            let name = element.name.as_deref().unwrap_or_default();
            let supplier = match element.class.as_str() {
                "Organization" => Supplier::called(Supplier::Organization, name),
                "Person" => Supplier::called(Supplier::Person, name),
                _ => None,
            };
            suppliers.extend(supplier.map(|supplier| (id, supplier)));
            if let Some(expression) = &element.license_expression {
                expressions.insert(id, expression.as_str());
            }
        }
        let licences = |kind: &str| {
            let said = elements.iter().filter(|element| element.relationship_type.as_deref() == Some(kind));
            let said = said.filter_map(|element| {
                let licence = *references(element.to.as_ref()).first()?;
                let listed = licence.strip_prefix(LISTED);
                let from = references(element.from.as_ref()).first().copied()?;
                Some((from, expressions.get(licence).copied().or(listed)?))
            });
            said.collect()
        };
        let (declared, concluded) = (licences("hasDeclaredLicense"), licences("hasConcludedLicense"));
        Self { suppliers, declared, concluded }
    }
}

fn component(id: &str, element: &Element, facts: &Facts<'_>, notes: &mut Notes) -> Component {
    let of = element.name.clone().unwrap_or_default();
    let mut component = Component::new(kind(element.primary_purpose.as_deref()), of.clone());
    component.version = element.package_version.clone().filter(|version| !version.is_empty());
    component.purl = element.package_url.as_deref().and_then(|text| purl(text, &of, notes));
    let supplier = references(element.supplied_by.as_ref());
    component.supplier = supplier.first().and_then(|id| facts.suppliers.get(id)).cloned();
    let known = |map: &BTreeMap<&str, &str>| map.get(id).map(|text| (*text).to_owned());
    component.declared = licence(known(&facts.declared), &of, notes);
    component.concluded = licence(known(&facts.concluded), &of, notes);
    component.copyright = stated(element.copyright_text.clone());
    component.checksums = sums(element, &of, notes);
    component.download = location(element.download_location.clone(), &of, notes);
    component.homepage = location(element.home_page.clone(), &of, notes);
    let comment = element.comment.as_deref().unwrap_or_default();
    component.recipe = comment.lines().find_map(|line| line.strip_prefix("recipe: ")).map(str::to_owned);
    for identifier in &element.external_identifier {
        let text = &identifier.identifier;
        match identifier.external_identifier_type.as_str() {
            "cpe23" => component.cpes.extend(cpe(text, &of, notes)),
            "packageUrl" if component.purl.is_none() => component.purl = purl(text, &of, notes),
            "packageUrl" if component.purl.as_ref().is_some_and(|purl| purl.as_str() == text) => {}
            "cve" if component.kind == Kind::Patch => component.fixes.extend([text.clone()]),
            kind => {
                notes.add("an identifier of another kind, or a second one, was left out", || {
                    format!("{of}: {kind} {text}")
                });
            }
        }
    }
    component
}

fn sums(element: &Element, of: &str, notes: &mut Notes) -> Checksums {
    let mut sums = Checksums::none();
    for hash in &element.verified_using {
        checksum(&mut sums, &hash.algorithm, &hash.hash_value, of, notes);
    }
    sums
}

fn described(elements: &[Element], known: &Elements) -> Vec<ComponentId> {
    let collections = elements.iter().filter(|element| element.root_element.is_some());
    let roots = collections.flat_map(|element| references(element.root_element.as_ref()));
    let describing = elements.iter().filter(|it| it.relationship_type.as_deref() == Some("describes"));
    let roots = roots.chain(describing.flat_map(|element| references(element.to.as_ref())));
    roots.filter_map(|root| known.id(root)).cloned().collect()
}

/// The files that a component is deployed in, and that nothing contains: they lie outside of the root.
fn outside<'a>(by_id: &BTreeMap<&str, &'a Element>) -> BTreeSet<&'a str> {
    let ends = |kind: &str| {
        let said = by_id.values().filter(|element| element.relationship_type.as_deref() == Some(kind));
        said.flat_map(|element| references(element.to.as_ref())).collect::<BTreeSet<&str>>()
    };
    let contained = ends(relationship_type(Verb::Contains).0);
    ends(ARTIFACT).into_iter().filter(|id| !contained.contains(id)).collect()
}

fn files<'a>(
    by_id: &BTreeMap<&'a str, &Element>,
    builder: &mut InventoryBuilder,
    notes: &mut Notes,
) -> BTreeMap<&'a str, ashlar_tree::TreePath> {
    let mut paths = BTreeMap::new();
    let outside = outside(by_id);
    for (id, element) in by_id.iter().filter(|(_, element)| element.class == "software_File") {
        if outside.contains(id) {
            continue;
        }
        let name = element.name.as_deref().unwrap_or_default();
        if let Some(path) = path(name, notes) {
            builder.file(path.clone(), sums(element, name, notes));
            if element.additional_purpose.iter().any(|purpose| purpose == EXECUTABLE) {
                builder.executable(path.clone());
            }
            paths.insert(*id, path);
        }
    }
    paths
}

fn relate(
    element: &Element,
    ids: &BTreeMap<String, ComponentId>,
    paths: &BTreeMap<&str, ashlar_tree::TreePath>,
    builder: &mut InventoryBuilder,
    notes: &mut Notes,
) {
    let kind = element.relationship_type.as_deref().unwrap_or_default();
    // Where a component is deployed follows from what owns and links.
    if matches!(kind, "hasDeclaredLicense" | "hasConcludedLicense" | "describes" | ARTIFACT) {
        return;
    }
    let from = references(element.from.as_ref()).first().copied().unwrap_or_default();
    let Some((verb, swapped)) = verb(kind) else {
        notes.add("a relationship of another type was left out", || format!("{from} {kind}"));
        return;
    };
    let several: BTreeSet<&str> = references(element.to.as_ref()).into_iter().collect();
    for to in several {
        let (from, to) = if swapped { (to, from) } else { (from, to) };
        match (ids.get(from), ids.get(to), paths.get(to)) {
            (Some(from), Some(to), _) => builder.relate(from, verb, to),
            (Some(owner), None, Some(path)) if verb == Verb::Contains => builder.owns(owner, path.clone()),
            _ => notes.add("a relationship with something else than components was left out", || {
                format!("{from} {kind} {to}")
            }),
        }
    }
}
