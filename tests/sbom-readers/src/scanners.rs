// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Whichever format a user gives to grype or syft, they see the same image in it, and say nothing else.

use std::collections::BTreeMap;

use ashlar_sbom::{Component, Format, Inventory, Kind};

use crate::given;
use crate::records::{Record, Subject};
use crate::samples::{self, VULNERABLE, Written};
use crate::scan::{Components, Matches, Scanners};

/// The documents that say what ships, three of each: those of the sample, and those of a real image and its extensions.
fn shipped(scanners: &Scanners) -> Vec<Vec<Written>> {
    let sample = samples::shipped(scanners.folder(), &VULNERABLE);
    std::iter::once(sample).chain(given::shipped().into_values()).collect()
}

/// What the one in SPDX 2.3 says.
fn inventory(documents: &[Written]) -> Inventory {
    let original = documents.iter().find(|it| it.format == Format::Spdx23).unwrap();
    given::reading(original).inventory
}

#[test]
fn grype_finds_the_same_in_every_format() {
    let Some(scanners) = Scanners::ready() else { return };
    for documents in shipped(&scanners) {
        let found: Vec<_> = documents.iter().map(|document| scanners.matches(document)).collect();
        for (document, (matches, complaints)) in documents.iter().zip(&found) {
            assert_eq!(*complaints, Vec::<String>::new(), "{}", document.path());
            assert_eq!(*matches, found[0].0, "{}", document.path());
        }
    }
}

/// As scanners look up a component, if they do: Go modules and crates by name, others by CPE.
fn subject(component: &Component) -> Option<(Subject, &'static str)> {
    let purl = component.purl.as_ref().map(ToString::to_string).unwrap_or_default();
    let named = |ecosystem| Subject::Name { ecosystem, name: component.name.clone() };
    if purl.starts_with("pkg:golang/") {
        return Some((named("go-module"), "govulndb"));
    }
    if purl.starts_with("pkg:cargo/") {
        return Some((named("rust-crate"), "rustsec"));
    }
    let cpe = component.cpes.first()?.to_string();
    let words: Vec<&str> = cpe.split(':').map(|word| word.trim_start_matches('/')).collect();
    let word = |at: usize| words[at].to_owned();
    Some((Subject::Cpe { part: word(2), vendor: word(3), product: word(4) }, "nvd"))
}

/// Records by which every version of everything in `inventory` that can be looked up is vulnerable, and what has to be found.
fn records_of_all(inventory: &Inventory) -> (Vec<Record>, Matches) {
    let mut records: BTreeMap<String, Record> = BTreeMap::new();
    let mut expected = Matches::new();
    for component in inventory.components().values() {
        let Some((subject, provider)) = subject(component) else { continue };
        let number = records.len() + 1;
        let record = records.entry(format!("{subject:?}")).or_insert_with(|| Record {
            id: format!("CVE-1999-{number:04}"),
            provider,
            aliases: Vec::new(),
            subject,
            order: "",
            ranges: Vec::new(),
        });
        let version = component.version.clone().unwrap();
        expected.insert((record.id.clone(), component.name.clone(), version));
    }
    (records.into_values().collect(), expected)
}

#[test]
fn everything_that_can_be_looked_up_is_found_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let sample = samples::shipped(folder.path(), &VULNERABLE);
    for documents in std::iter::once(sample).chain(given::shipped().into_values()) {
        let (records, expected) = records_of_all(&inventory(&documents));
        assert!(!expected.is_empty(), "{documents:?}");
        let Some(scanners) = Scanners::knowing(&records) else { return };
        for document in &documents {
            let (matches, complaints) = scanners.matches(document);
            assert_eq!(matches, expected, "{}", document.path());
            assert_eq!(complaints, Vec::<String>::new(), "{}", document.path());
        }
    }
}

/// What syft takes for no component where a CycloneDX document has it: the root, which stands in the metadata, files, container
/// images and firmware.
fn passed_over(inventory: &Inventory) -> Components {
    let no_component =
        |kind| matches!(kind, Kind::OperatingSystem | Kind::File | Kind::Container | Kind::Firmware);
    let passed_over = inventory.components().values().filter(|it| no_component(it.kind));
    passed_over
        .map(|it| {
            // Otherwise a scanner would find less in one format than in the others.
            assert_eq!(subject(it), None, "{} {:?}", it.name, it.version);
            let purl = it.purl.as_ref().map(ToString::to_string);
            (it.name.clone(), it.version.clone().unwrap_or_default(), purl.unwrap_or_default(), None)
        })
        .collect()
}

#[test]
fn syft_reads_the_same_components_from_every_format() {
    let Some(scanners) = Scanners::ready() else { return };
    for documents in shipped(&scanners) {
        let inventory = inventory(&documents);
        let passed_over = passed_over(&inventory);
        for document in &documents {
            let (mut components, complaints) = scanners.components(document);
            assert_eq!(complaints, Vec::<String>::new(), "{}", document.path());
            if document.format == Format::CycloneDx16 {
                assert!(components.is_disjoint(&passed_over), "{}", document.path());
                components.extend(passed_over.clone());
            }
            let expected: Components = inventory
                .components()
                .values()
                .map(|it| {
                    let purl = it.purl.as_ref().map(ToString::to_string).unwrap_or_default();
                    let cpe = it.cpes.first().map(ToString::to_string);
                    (it.name.clone(), it.version.clone().unwrap_or_default(), purl, cpe)
                })
                .collect();
            assert_eq!(components, expected, "{}", document.path());
        }
    }
}

/// What grype says of a document with packages of Debian, which the tools of a build are; only lists of tools have them.
const NO_DISTRIBUTION: &str = "Unable to determine the OS distribution of some packages.";

#[test]
fn lists_of_files_and_of_what_was_built_are_read_without_an_error() {
    let Some(scanners) = Scanners::ready() else { return };
    let mut documents = samples::all(scanners.folder());
    documents.extend(given::documents(scanners.folder()).into_values().flatten());
    for document in &documents {
        let (components, complaints) = scanners.components(document);
        assert!(!components.is_empty(), "{}", document.path());
        assert_eq!(complaints, Vec::<String>::new(), "{}", document.path());
        let (_, mut complaints) = scanners.matches(document);
        if components.iter().any(|(_, _, purl, _)| purl.starts_with("pkg:deb/")) {
            complaints.retain(|line| !line.contains(NO_DISTRIBUTION));
        }
        assert_eq!(complaints, Vec::<String>::new(), "{}", document.path());
    }
}
