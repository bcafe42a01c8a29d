// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The three formats say the same: what each gives back when it is read, and what each says in its own words.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use serde_json::Value;

use crate::Unsaid;
use crate::cyclonedx::{sayable, unsaid};
use crate::document::{Format, write};
use crate::inventory::Inventory;
use crate::reading::read;
use crate::samples::{document, inventories, inventory};

fn json(format: Format, inventory: &Inventory) -> Value {
    serde_json::from_slice(&write(format, &document(), inventory).unwrap()).unwrap()
}

/// Name → purl, first CPE and hashes of each component, read by nothing of ours.
type Facts = BTreeMap<String, (String, String, BTreeSet<String>)>;

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn texts<'a>(values: &'a Value, key: &'a str) -> impl Iterator<Item = String> + 'a {
    values.as_array().into_iter().flatten().map(move |value| text(&value[key]))
}

fn facts_of_spdx2(value: &Value) -> Facts {
    let facts = |package: &Value| {
        let locator = |kind: &str| {
            let all = package["externalRefs"].as_array().into_iter().flatten();
            all.filter(|it| it["referenceType"] == kind).map(|it| text(&it["referenceLocator"])).next()
        };
        let hashes = texts(&package["checksums"], "checksumValue").collect();
        let facts = (locator("purl").unwrap_or_default(), locator("cpe23Type").unwrap_or_default(), hashes);
        (text(&package["name"]), facts)
    };
    value["packages"].as_array().unwrap().iter().map(facts).collect()
}

fn facts_of_spdx3(value: &Value) -> Facts {
    let all = value["@graph"].as_array().unwrap().iter().filter(|it| it["type"] == "software_Package");
    let facts = |package: &Value| {
        let mut identifiers = package["externalIdentifier"].as_array().into_iter().flatten();
        let cpe = identifiers.find(|it| it["externalIdentifierType"] == "cpe23");
        let cpe = cpe.map(|it| text(&it["identifier"])).unwrap_or_default();
        let hashes = texts(&package["verifiedUsing"], "hashValue").collect();
        (text(&package["name"]), (text(&package["software_packageUrl"]), cpe, hashes))
    };
    all.map(facts).collect()
}

fn facts_of_cyclonedx(value: &Value) -> Facts {
    let mut open = vec![&value["metadata"]["component"]];
    open.extend(value["components"].as_array().unwrap());
    let mut facts = Facts::new();
    while let Some(component) = open.pop() {
        open.extend(component["components"].as_array().into_iter().flatten());
        let name = text(&component["name"]);
        if component["type"] != "file" || !name.starts_with('/') {
            let hashes = texts(&component["hashes"], "content").collect();
            facts.insert(name, (text(&component["purl"]), text(&component["cpe"]), hashes));
        }
    }
    facts
}

#[test]
fn all_three_formats_name_the_same_components_purls_cpes_and_hashes() {
    let inventory = inventory();
    let expected: Facts = inventory
        .components()
        .values()
        .map(|it| {
            let purl = it.purl.as_ref().map(ToString::to_string).unwrap_or_default();
            let cpe = it.cpes.first().map(ToString::to_string).unwrap_or_default();
            let hashes = it.checksums.iter().map(|(_, text)| text.to_owned()).collect();
            (it.name.clone(), (purl, cpe, hashes))
        })
        .collect();
    assert_eq!(expected.len(), 12);
    assert_eq!(facts_of_spdx2(&json(Format::Spdx23, &inventory)), expected);
    assert_eq!(facts_of_spdx3(&json(Format::Spdx301, &inventory)), expected);
    assert_eq!(facts_of_cyclonedx(&json(Format::CycloneDx16, &inventory)), expected);
}

#[test]
fn what_cyclonedx_loses_is_counted_and_the_page_lists_all_of_it() {
    let lost = unsaid(&inventory());
    assert_eq!(
        lost,
        BTreeMap::from([
            (Unsaid::FurtherCpe, 1),
            (Unsaid::LinkKind, 4),
            (Unsaid::GeneratedFrom, 1),
            (Unsaid::PatchedBy, 1),
            (Unsaid::PatchFixes, 1),
            (Unsaid::BuiltWith, 1),
            (Unsaid::LicenceText, 1),
        ])
    );
    let page = include_str!("../../docs/design/sbom.md");
    let (_, table) = page.split_once("## What CycloneDX cannot say").unwrap();
    let table = table.split("\n## ").next().unwrap();
    let rows: BTreeSet<&str> =
        table.lines().filter_map(|line| line.strip_prefix("| ")?.split(" |").next()).skip(1).collect();
    assert_eq!(rows, Unsaid::ALL.into_iter().map(Unsaid::text).collect());
}

#[test]
fn documents_of_ours_are_read_without_a_note() {
    let inventory = inventory();
    for format in Format::ALL {
        let reading = read(&write(format, &document(), &inventory).unwrap()).unwrap();
        assert_eq!(reading.format, format);
        assert_eq!(reading.created, Some(document().created));
        assert!(reading.notes.is_empty(), "{format}: {:?}", reading.notes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn spdx_gives_back_every_inventory(inventory in inventories()) {
        for format in [Format::Spdx23, Format::Spdx301] {
            let reading = read(&write(format, &document(), &inventory).unwrap()).unwrap();
            prop_assert_eq!(&reading.inventory, &inventory, "{}: {:?}", format, reading.notes);
        }
    }

    #[test]
    fn cyclonedx_gives_back_every_inventory_but_for_what_it_says_that_it_loses(inventory in inventories()) {
        let reading = read(&write(Format::CycloneDx16, &document(), &inventory).unwrap()).unwrap();
        prop_assert_eq!(&reading.inventory, &sayable(&inventory), "{:?}", reading.notes);
        prop_assert_eq!(unsaid(&inventory).is_empty(), sayable(&inventory) == inventory);
    }

    #[test]
    fn the_order_in_which_things_are_added_reaches_no_byte(inventory in inventories()) {
        for format in Format::ALL {
            let bytes = write(format, &document(), &inventory).unwrap();
            let again = read(&bytes).unwrap().inventory;
            prop_assert_eq!(write(format, &document(), &again).unwrap(), bytes);
        }
    }
}
