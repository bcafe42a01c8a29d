// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Documents of strangers: what they leave out, repeat, contradict, and what is no document at all.

use proptest::prelude::*;

use crate::document::{Format, write};
use crate::reading::{MAX_BYTES, Reading, read};
use crate::samples::{document, inventory};
use crate::{Kind, SbomError, Verb};

fn spdx2(packages: &str, rest: &str) -> Result<Reading, SbomError> {
    let document = format!(
        r#"{{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"x","packages":[{packages}]{rest}}}"#
    );
    read(document.as_bytes())
}

fn spdx3(elements: &str) -> Result<Reading, SbomError> {
    let schema = "https://spdx.org/rdf/3.0.1/spdx-context.jsonld";
    read(format!(r#"{{"@context":"{schema}","@graph":[{elements}]}}"#).as_bytes())
}

fn cyclonedx(rest: &str) -> Result<Reading, SbomError> {
    read(format!(r#"{{"bomFormat":"CycloneDX","specVersion":"1.5"{rest}}}"#).as_bytes())
}

fn package(id: &str) -> String {
    format!(r#"{{"SPDXID":"SPDXRef-{id}","name":"{id}","versionInfo":"1"}}"#)
}

fn relation(from: &str, kind: &str, to: &str) -> String {
    format!(
        r#"{{"spdxElementId":"SPDXRef-{from}","relationshipType":"{kind}","relatedSpdxElement":"SPDXRef-{to}"}}"#
    )
}

fn notes(reading: &Reading) -> String {
    reading.notes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn refused(result: Result<Reading, SbomError>, part: &str) {
    let error = result.unwrap_err();
    let message = error.to_string();
    assert!(message.contains(part), "{part:?} not in {message:?}");
    assert!(error.help().is_some(), "{message}: no next step");
}

#[test]
fn what_is_no_document_is_refused_with_the_next_step() {
    for bytes in [&b""[..], b"{", b"SPDXVersion: SPDX-2.3\n", b"<bom/>"] {
        refused(read(bytes), "as JSON");
    }
    refused(read(b"{\"spdxVersion\":\"SPDX-2.3\",\"x\":\"\xff\"}"), "byte 31 is no UTF-8");
    for bytes in [&b"{}"[..], b"[]", b"7", b"null", b"{\"spdx\":1}"] {
        refused(read(bytes), "tell the format");
    }
    refused(read(b"{\"spdxVersion\":\"SPDX-1.2\",\"SPDXID\":\"x\"}"), "it is \"SPDX-1.2\"");
    refused(read(b"{\"@context\":\"https://schema.example/\",\"@graph\":[]}"), "which is not read");
    refused(read(b"{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"9\"}"), "which is not read");
    refused(read(b"{\"spdxVersion\":7,\"SPDXID\":\"x\"}"), "SPDX 2.3 document");
}

#[test]
fn a_document_longer_than_the_limit_is_not_even_parsed() {
    refused(read(&vec![b' '; MAX_BYTES + 1]), "more than the");
}

#[test]
fn brackets_without_end_do_not_overflow_the_stack() {
    refused(read(&vec![b'['; 1_000_000]), "as JSON");
    let open = "{\"components\":[".repeat(200_000);
    refused(read(format!("{{\"bomFormat\":\"CycloneDX\",\"x\":{open}").as_bytes()), "as JSON");
}

#[test]
fn documents_about_nothing_are_refused() {
    refused(spdx2("", ""), "describes no component");
    refused(spdx3(""), "describes no component");
    refused(cyclonedx(""), "describes no component");
    refused(cyclonedx(r#","components":null"#), "describes no component");
}

#[test]
fn one_identifier_for_two_elements_is_refused() {
    refused(spdx2(&format!("{0},{0}", package("a")), ""), "two of its elements");
    let file = r#","files":[{"SPDXID":"SPDXRef-a","fileName":"./a","checksums":[]}]"#;
    refused(spdx2(&package("a"), file), "two of its elements");
    let element = r#"{"type":"software_Package","spdxId":"urn:a","name":"a"}"#;
    refused(spdx3(&format!("{element},{element}")), "two of its elements");
    let component = r#"{"type":"library","bom-ref":"a","name":"a"}"#;
    refused(cyclonedx(&format!(r#","components":[{component},{component}]"#)), "two of its elements");
}

#[test]
fn unknown_fields_and_values_are_passed_over_and_what_was_lost_is_noted() {
    let packages = r#"{"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1","x-new":{"y":[1]},
        "supplier":"NOASSERTION","licenseDeclared":"GPL","licenseConcluded":"NOASSERTION",
        "checksums":[{"algorithm":"MD5","checksumValue":"00"},{"algorithm":"SHA1","checksumValue":"no"}],
        "externalRefs":[
            {"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:Cargo/a@1"},
            {"referenceCategory":"PACKAGE_MANAGER","referenceType":"purl","referenceLocator":"pkg:cargo/b@1"},
            {"referenceCategory":"SECURITY","referenceType":"cpe23Type","referenceLocator":"cpe:/a:x"},
            {"referenceCategory":"OTHER","referenceType":"swh","referenceLocator":"swh:1"}]}"#;
    let reading = spdx2(packages, r#","relationships":null,"documentDescribes":["SPDXRef-a"]"#).unwrap();
    let root = &reading.inventory.components()[reading.inventory.root()];
    assert_eq!(root.purl.as_ref().unwrap().as_str(), "pkg:cargo/a@1");
    assert_eq!((&root.supplier, &root.declared, root.checksums.is_empty()), (&None, &None, true));
    let notes = notes(&reading);
    for part in [
        "no SPDX expression of today's list was left out: a: GPL",
        "a checksum other than",
        "cannot be a checksum",
        "a second package URL of one component was left out: a: pkg:cargo/b@1",
        "canonical form: a: pkg:Cargo/a@1",
        "no CPE 2.3 name was left out",
        "a reference other than",
    ] {
        assert!(notes.contains(part), "{part:?} not in {notes}");
    }
}

#[test]
fn a_document_that_describes_none_or_several_is_about_itself() {
    let both = format!("{},{}", package("a"), package("b"));
    let several = spdx2(&both, r#","documentDescribes":["SPDXRef-a","SPDXRef-b"]"#).unwrap();
    let root = &several.inventory.components()[several.inventory.root()];
    assert_eq!((root.name.as_str(), root.kind), ("x", Kind::Other));
    assert_eq!(several.inventory.related(several.inventory.root(), Verb::Contains).count(), 2);
    assert!(notes(&several).contains("one stands for the document"));
    assert_eq!(spdx2(&both, "").unwrap().inventory.components().len(), 3);
}

#[test]
fn circles_are_read_and_written_in_every_format() {
    let all = format!("{},{},{}", package("a"), package("b"), package("c"));
    let circle = [
        relation("a", "CONTAINS", "b"),
        relation("b", "CONTAINS", "c"),
        relation("c", "CONTAINS", "b"),
        relation("a", "DEPENDS_ON", "b"),
        relation("b", "DEPENDS_ON", "a"),
        relation("a", "DEPENDS_ON", "a"),
        relation("a", "DEPENDS_ON", "gone"),
    ]
    .join(",");
    let rest = format!(r#","documentDescribes":["SPDXRef-a"],"relationships":[{circle}]"#);
    let reading = spdx2(&all, &rest).unwrap();
    let notes = notes(&reading);
    assert!(notes.contains("contain each other") && notes.contains("itself was left out"), "{notes}");
    assert!(notes.contains("something else than components was left out"), "{notes}");
    assert_eq!(reading.inventory.relationships().len(), 5);
    assert!(crate::unsaid(&reading.inventory).contains_key(&crate::Unsaid::Containment));
    for format in Format::ALL {
        let again = read(&write(format, &document(), &reading.inventory).unwrap()).unwrap();
        assert_eq!(again.inventory.components(), reading.inventory.components(), "{format}");
    }
}

#[test]
fn documents_that_one_refers_to_are_noted() {
    let one = |id: &str| {
        format!(
            r#"{{"externalDocumentId":"DocumentRef-{id}","spdxDocument":"https://x.example/{id}",
            "checksum":{{"algorithm":"SHA1","checksumValue":"00"}}}}"#
        )
    };
    let refs = format!(r#","externalDocumentRefs":[{},{}]"#, one("os"), one("b"));
    let notes = notes(&spdx2(&package("a"), &(refs + r#","documentDescribes":["SPDXRef-a"]"#)).unwrap());
    let told =
        "a reference to another document was left out: DocumentRef-os: https://x.example/os (and 1 more)";
    assert_eq!(notes, told);
}

#[test]
fn relationships_of_other_types_are_counted_and_not_listed() {
    let many = vec![relation("a", "VARIANT_OF", "a"); 500].join(",");
    let rest = format!(r#","documentDescribes":["SPDXRef-a"],"relationships":[{many}]"#);
    let reading = spdx2(&package("a"), &rest).unwrap();
    assert_eq!(reading.notes.len(), 1);
    assert_eq!(reading.notes[0].count, 500);
    assert!(reading.notes[0].to_string().ends_with("SPDXRef-a VARIANT_OF SPDXRef-a (and 499 more)"));
}

#[test]
fn files_of_nobody_of_two_and_outside_of_the_root_are_dealt_with() {
    let file =
        |id: &str, name: &str| format!(r#"{{"SPDXID":"SPDXRef-{id}","fileName":"{name}","checksums":[]}}"#);
    let files =
        [file("1", "/etc/a"), file("2", "./b"), file("3", "../../etc/shadow"), file("4", "")].join(",");
    let owned = [relation("a", "CONTAINS", "2"), relation("b", "CONTAINS", "2")].join(",");
    let rest = format!(r#","documentDescribes":["SPDXRef-a"],"files":[{files}],"relationships":[{owned}]"#);
    let reading = spdx2(&format!("{},{}", package("a"), package("b")), &rest).unwrap();
    let paths: Vec<String> = reading.inventory.files().keys().map(ToString::to_string).collect();
    assert_eq!(paths, ["b", "etc/a"]);
    let notes = notes(&reading);
    for part in ["name is no path was left out: ../../etc/shadow", "became the root's", "both bring /b"] {
        assert!(notes.contains(part), "{part:?} not in {notes}");
    }
    // Nothing of it has the SHA-1 that SPDX 2.3 wants.
    refused(write(Format::Spdx23, &document(), &reading.inventory).map(|_| reading.clone()), "has no SHA-1");
    assert!(write(Format::CycloneDx16, &document(), &reading.inventory).is_ok());
}

#[test]
fn containment_deeper_than_readers_go_is_flattened_and_counted() {
    let names: Vec<String> = (0..3000).map(|number| format!("n{number}")).collect();
    let all: Vec<String> = names.iter().map(|name| package(name)).collect();
    let chain: Vec<String> = names.windows(2).map(|pair| relation(&pair[0], "CONTAINS", &pair[1])).collect();
    let rest = format!(r#","documentDescribes":["SPDXRef-n0"],"relationships":[{}]"#, chain.join(","));
    let reading = spdx2(&all.join(","), &rest).unwrap();
    let bytes = write(Format::CycloneDx16, &document(), &reading.inventory).unwrap();
    assert_eq!(read(&bytes).unwrap().inventory.components().len(), 3000);
    assert!(crate::unsaid(&reading.inventory)[&crate::Unsaid::Containment] > 2900);
}

#[test]
fn suppliers_without_a_name_and_fixes_of_what_is_no_patch_are_none_in_every_format() {
    let elements = |name: &str| {
        format!(
            r#"{{"type":"Organization","spdxId":"urn:o","name":"{name}"}},
            {{"type":"software_Package","spdxId":"urn:a","name":"a","suppliedBy":"urn:o","externalIdentifier":[
            {{"type":"ExternalIdentifier","externalIdentifierType":"cve","identifier":"CVE-2026-0001"}}]}}"#
        )
    };
    for (name, expected) in [("", None), (" ", None), (" A\\t", Some("A"))] {
        let inventory = spdx3(&elements(name)).unwrap().inventory;
        let supplier = inventory.components().values().find_map(|it| it.supplier.as_ref());
        assert_eq!(supplier.map(|supplier| supplier.name()), expected, "{name:?}");
        assert!(inventory.components().values().all(|it| it.fixes.is_empty()));
        let organisation = format!(r#""supplier":{{"name":"{name}"}}"#);
        let component = format!(r#","components":[{{"type":"library","name":"a",{organisation}}}]"#);
        let inventory = cyclonedx(&component).unwrap().inventory;
        let supplier = inventory.components().values().find_map(|it| it.supplier.as_ref());
        assert_eq!(supplier.map(|supplier| supplier.name()), expected, "{name:?}");
    }
}

#[test]
fn licences_of_cyclonedx_become_one_expression() {
    let licences = r#"[{"license":{"id":"MIT"}},{"license":{"id":"ISC"}}]"#;
    let component = format!(r#","components":[{{"type":"library","name":"a","licenses":{licences}}}]"#);
    let reading = cyclonedx(&component).unwrap();
    let declared: Vec<&str> = reading
        .inventory
        .components()
        .values()
        .filter_map(|it| Some(it.declared.as_ref()?.as_str()))
        .collect();
    assert_eq!(declared, ["(MIT) AND (ISC)"]);
}

#[test]
fn an_element_that_stands_in_place_of_a_reference_is_followed() {
    let elements = r#"{"type":"SpdxDocument","spdxId":"urn:d","name":"d","creationInfo":
            {"type":"CreationInfo","created":"2026-11-23T00:00:00Z"},"rootElement":["urn:a"]},
        {"type":"software_Package","spdxId":"urn:a","name":"a","creationInfo":"_:c"},
        {"type":"software_Package","spdxId":"urn:b","name":"b"},
        {"type":"Relationship","spdxId":"urn:r","from":"urn:a","relationshipType":"dependsOn","to":"urn:b"},
        {"type":"Relationship","spdxId":"urn:l","from":"urn:a","relationshipType":"hasDeclaredLicense",
         "to":["https://spdx.org/licenses/MIT"]}"#;
    let reading = spdx3(elements).unwrap();
    assert_eq!(reading.created.unwrap().to_string(), "2026-11-23T00:00:00Z");
    assert_eq!(reading.inventory.relationships().len(), 1);
    let root = &reading.inventory.components()[reading.inventory.root()];
    assert_eq!(root.declared.as_ref().unwrap().as_str(), "MIT");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        for mark in ["\"spdxVersion\":", "\"@context\":", "\"bomFormat\":"] {
            drop(read(&[b"{", mark.as_bytes(), &bytes].concat()));
        }
        drop(read(&bytes));
    }

    #[test]
    fn a_spoiled_document_of_ours_is_read_or_refused(
        format in prop::sample::select(Format::ALL.to_vec()), at in any::<prop::sample::Index>(),
        cut in 0..40_usize, filler in "[\\[\\]{}\",:a-z0-9]{0,6}",
    ) {
        let mut bytes = write(format, &document(), &inventory()).unwrap();
        let at = at.index(bytes.len());
        let end = (at + cut).min(bytes.len());
        bytes.splice(at..end, filler.bytes());
        if let Ok(reading) = read(&bytes) {
            // Whatever was read can be written, compared and joined.
            for format in Format::ALL {
                drop(write(format, &document(), &reading.inventory));
            }
            drop(crate::lint(&reading.inventory));
            drop(crate::difference(&inventory(), &reading.inventory).to_string());
            drop(crate::merge(crate::Component::new(Kind::Other, "both"), &[inventory(), reading.inventory]));
        }
    }
}
