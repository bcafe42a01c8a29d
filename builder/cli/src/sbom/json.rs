// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Documents, components and notes as JSON: one form, whichever format they were read from.

use ashlar_recipe::{License, Purl};
use ashlar_sbom::{Component, Note, Reading};
use serde_json::{Map, Value, json};

/// A component, with `null` for what nobody knows.
pub(crate) fn component_json(component: &Component) -> Value {
    let checksums: Map<String, Value> =
        component.checksums.iter().map(|(algorithm, sum)| (algorithm.to_string(), json!(sum))).collect();
    json!({
        "id": component.id().as_str(),
        "kind": component.kind.name(),
        "name": component.name,
        "version": component.version,
        "purl": component.purl.as_ref().map(Purl::as_str),
        "cpes": component.cpes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "supplier": component.supplier.as_ref().map(ToString::to_string),
        "declared_licence": component.declared.as_ref().map(License::as_str),
        "concluded_licence": component.concluded.as_ref().map(License::as_str),
        "copyright": component.copyright,
        "checksums": checksums,
        "download": component.download.as_ref().map(ToString::to_string),
        "homepage": component.homepage.as_ref().map(ToString::to_string),
        "recipe": component.recipe,
        "fixes": component.fixes,
    })
}

/// A whole document, but for its files, of which there is the number.
pub(crate) fn document_json(reading: &Reading) -> Value {
    let inventory = &reading.inventory;
    let relationships = inventory.relationships().iter();
    let relationships: Vec<Value> = relationships
        .map(|it| json!({"from": it.from.as_str(), "verb": it.verb.text(), "to": it.to.as_str()}))
        .collect();
    json!({
        "format": reading.format.to_string(),
        "name": reading.name,
        "namespace": reading.namespace,
        "created": reading.created.map(|created| created.to_string()),
        "author": reading.author.as_ref().map(ToString::to_string),
        "root": inventory.root().as_str(),
        "components": inventory.components().values().map(component_json).collect::<Vec<_>>(),
        "relationships": relationships,
        "files": inventory.files().len(),
        "notes": notes_json(&reading.notes),
    })
}

/// What was not taken over.
pub(crate) fn notes_json(notes: &[Note]) -> Value {
    let note = |note: &Note| json!({"what": note.what, "count": note.count, "example": note.example});
    notes.iter().map(note).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::samples;

    #[test]
    fn programs_get_every_component_and_how_they_are_related() {
        let reading = ashlar_sbom::read(&samples::document("1.2.5")).unwrap();
        let value = document_json(&reading);
        assert_eq!(
            (&value["format"], &value["author"]),
            (&json!("SPDX 2.3"), &json!("Organization: Ashlar"))
        );
        let components = value["components"].as_array().unwrap();
        let musl = components.iter().find(|component| component["name"] == "musl").unwrap();
        assert_eq!(musl["purl"], "pkg:generic/musl@1.2.5");
        assert_eq!(musl["declared_licence"], Value::Null);
        let links = |it: &&Value| it["verb"] == "links statically" && it["to"] == musl["id"];
        assert_eq!(value["relationships"].as_array().unwrap().iter().filter(links).count(), 1);
    }
}
