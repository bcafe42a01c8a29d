// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on the records beside the image: they say something else than the release holds.

use serde_json::{Value, json};

use super::{assert_found, assert_only, genuine, resealed};
use crate::synthetic::{MODULES, Signing, Synthetic};

/// Asserts that a change of the JSON at `path` is told there, and only there.
fn told(path: &str, what: &str, change: fn(&mut Value)) {
    let mut release = genuine();
    release.edit(path, change);
    let report = resealed(release);
    assert_found(&report, path, what);
    assert_only(&report, &[path]);
}

#[test]
fn a_list_of_modules_that_loads_more_than_was_signed_is_told() {
    assert_eq!(MODULES[0].0, "usr/lib/modules/6.12/a.ko");
    told("modules.json", "which release.json does not list", |value| {
        value["load"] = json!(["/usr/lib/modules/rootkit.ko"]);
    });
    told("modules.json", "which release.json does not list", |value| {
        value["load"] = json!(["usr/lib/modules/6.12/a.ko"]);
    });
    told("modules.json", "twice", |value| {
        value["load"] = json!(["/usr/lib/modules/6.12/a.ko", "/usr/lib/modules/6.12/a.ko"]);
    });
    told("modules.json", "schema", |value| value["schema"] = 2.into());
    told("modules.json", "unknown field", |value| value["force"] = true.into());
    let mut release = genuine();
    release.edit("modules.json", |value| value["load"] = json!(["/usr/lib/modules/6.12/b.ko"]));
    assert!(resealed(release).findings.is_empty());
}

#[test]
fn a_record_of_signing_that_says_something_else_is_told() {
    const A: &str = "usr/lib/modules/6.12/a.ko";
    told("signing.json", "other modules than release.json", |value| {
        let fact = value["modules"].as_object_mut().unwrap().remove(A).unwrap();
        value["modules"]["usr/lib/modules/6.12/z.ko"] = fact;
    });
    told("signing.json", "other modules than release.json", |value| {
        drop(value["modules"].as_object_mut().unwrap().remove(A));
    });
    told("signing.json", "another signature of", |value| {
        value["modules"][A]["signature"] = "0".repeat(64).into();
    });
    told("signing.json", "another certificate signed", |value| value["modules"][A]["certificate"] = 1.into());
    told("signing.json", "does not have", |value| value["modules"][A]["module"] = "0".repeat(128).into());
    told("signing.json", "schema", |value| value["schema"] = 2.into());
    told("signing.json", "unknown field", |value| value["more"] = 1.into());
}

#[test]
fn a_keyless_record_that_names_the_certificate_of_another_module_is_told() {
    let mut release = Synthetic::new("1.0.0", &Signing::Keyless, None);
    release.edit("signing.json", |value| {
        let modules = value["modules"].as_object_mut().unwrap();
        let last = modules.values_mut().find(|fact| fact["certificate"] == 2).unwrap();
        last["certificate"] = 0.into();
    });
    let report = resealed(release);
    assert_found(&report, "signing.json", "another certificate signed");
    assert_only(&report, &["signing.json"]);
}

#[test]
fn a_list_of_extensions_that_is_not_of_those_in_the_folder_is_told() {
    told("extensions.json", "not the list", |value| value["extensions"] = json!([]));
    told("extensions.json", "not the list", |value| {
        value["extensions"][0]["root_hash"] = "0".repeat(64).into();
    });
    told("extensions.json", "not the list", |value| value["extensions"][0]["data_blocks"] = 2.into());
    told("extensions.json", "not the list", |value| value["release"] = "ashlar-qemu-0.9.0-x86_64".into());
}

#[test]
fn a_record_in_another_spelling_is_told() {
    for path in ["release.json", "modules.json", "signing.json", "inputs.json", "extensions.json"] {
        let mut release = genuine();
        let text = String::from_utf8(release.files[path].clone()).unwrap();
        release.files.insert(path.to_owned(), text.replacen(':', ": ", 1).into_bytes());
        assert_found(&resealed(release), path, "");
    }
}

#[test]
fn a_release_json_about_something_else_is_told() {
    for (key, value) in [
        ("release", "ashlar-qemu-0.9.0-x86_64"),
        ("project", "other"),
        ("image", "other"),
        ("version", "0.9.0"),
        ("platform", "other"),
        ("kind", "development"),
    ] {
        let mut release = genuine();
        release.edit_release_json(|json| json[key] = value.into());
        let report = resealed(release);
        assert_found(&report, "release.json", &format!("it states the {key} {value:?}"));
        assert_only(&report, &["release.json"]);
    }
}

#[test]
fn a_size_that_inputs_json_misstates_is_told() {
    let mut release = genuine();
    let source = release.files.keys().find(|path| path.starts_with("sources/")).unwrap().clone();
    release.edit("inputs.json", |value| value["inputs"][0]["size"] = 9.into());
    let report = resealed(release);
    assert_found(&report, &source, "inputs.json says that it has 9 bytes");
    assert_only(&report, &[&source]);
}

#[test]
fn what_could_not_be_compared_for_want_of_a_document_is_told_in_each_file() {
    let without = |path: &str| {
        let mut release = genuine();
        release.files.insert(path.to_owned(), b"{}\n".to_vec());
        resealed(release)
    };
    let report = without("release.json");
    for file in ["certificate.pem", "signatures", "signing.json", "extensions/tools.raw"] {
        assert_found(&report, file, "could not be compared");
    }
    let report = without("certificate.pem");
    assert_found(&report, "key-statement.intoto.json", "could not be checked");
    let signatures = report.findings.iter().filter(|finding| finding.file.starts_with("signatures/"));
    assert_eq!(signatures.filter(|finding| finding.what.contains("could not be checked")).count(), 3);
    assert_found(&without("inputs.json"), "provenance.intoto.jsonl", "could not be compared");
}
