// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Extensions on the machine: the release's own, another release's, and damaged ones.

use std::fs;
use std::path::Path;

use ashlar_module_signature::append;
use ashlar_system_tests::{Folder, scratch_root};
use serde_json::{Value, json};

use crate::boots::boot;
use crate::publication::{Publication, document, id};
use crate::read_back::Reader;
use crate::scene::Scene;

const EXTENSION: &str = "extensions/rapiddisk.raw";

/// Boots the first release with another file as its extension, and gives the report.
fn with_extension(file: &Path) -> Value {
    with_extensions(&[file])
}

/// As [`with_extension`], with these disks in this order.
fn with_extensions(files: &[&Path]) -> Value {
    let first = Publication::get().first();
    let mut words = vec!["--release", first.to_str().unwrap()];
    words.extend(files.iter().flat_map(|file| ["--extension", file.to_str().unwrap()]));
    boot(&words).1
}

fn failures(report: &Value) -> String {
    let failures = report["status"]["failures"].as_array().unwrap_or_else(|| panic!("{report}"));
    failures.iter().map(|failure| format!("{}: {}\n", failure["operation"], failure["error"])).collect()
}

#[test]
fn a_release_uses_its_extension_and_loads_the_extensions_module() {
    let first = Publication::get().first();
    let report = with_extension(&first.join(EXTENSION));
    assert_eq!(report["findings"], json!([]), "{report}");
    let listed = document(&first, "extensions.json");
    let status = &report["status"];
    assert_eq!(
        status["extensions"],
        json!([{"name": "rapiddisk", "root_hash": listed["extensions"][0]["root_hash"]}])
    );
    assert!(status["modules_loaded"].as_array().unwrap().contains(&json!("rapiddisk")), "{report}");
}

#[test]
fn the_modules_of_an_extension_are_signed_by_the_key_of_the_release() {
    let first = Publication::get().first();
    let folder = Folder::below(&scratch_root());
    let extracted = folder.join("extension");
    let paths = Reader::of(Scene::get()).paths(&first.join(EXTENSION), &extracted);
    let signing = document(&first, "signing.json");
    let modules: Vec<&String> = paths.keys().filter(|path| path.ends_with(".ko")).collect();
    assert_eq!(modules.len(), 2, "{paths:?}");
    for path in modules {
        let digest =
            signing["modules"][path]["module"].as_str().unwrap_or_else(|| panic!("{path}: {signing}"));
        let signature = fs::read(first.join(format!("signatures/{digest}.p7s"))).unwrap();
        let file = fs::read(extracted.join(path)).unwrap();
        let unsigned = &file[..file.len() - signature.len() - 40];
        assert_eq!(ashlar_module_signature::ModuleDigest::of(unsigned).to_string(), digest, "{path}");
        assert_eq!(append(unsigned, &signature).unwrap(), file, "{path}");
    }
}

#[test]
fn an_extension_of_another_release_is_refused_and_both_are_named() {
    let report = with_extension(&Publication::get().second().join(EXTENSION));
    let failures = failures(&report);
    assert!(failures.contains(&id("1.0.0")) && failures.contains(&id("1.1.0")), "{report}");
    assert_eq!(report["status"]["extensions"], json!([]), "{report}");
    let loaded = report["status"]["modules_loaded"].as_array().unwrap();
    assert!(!loaded.contains(&json!("rapiddisk")), "{report}");
    let findings = report["findings"].to_string();
    assert!(findings.contains("the extension rapiddisk is attached, but not in use"), "{report}");
}

/// An attacker who relabels it: the descriptor says what the release wants to hear, and the content is the other's.
#[test]
fn an_extension_of_another_release_with_a_forged_descriptor_is_not_read() {
    let publication = Publication::get();
    let [own, others] =
        [publication.first(), publication.second()].map(|path| fs::read(path.join(EXTENSION)).unwrap());
    let (content, descriptor) = (&others[..others.len() - 4096], &own[own.len() - 4096..]);
    damaged(&[content, descriptor].concat());
}

/// What a disk says of itself ends no search: the genuine one behind it is found and used.
#[test]
fn a_forged_disk_before_the_genuine_one_is_told_and_changes_nothing_else() {
    let publication = Publication::get();
    let genuine = publication.first().join(EXTENSION);
    let mut bytes = fs::read(&genuine).unwrap();
    bytes[4096] ^= 1;
    let folder = Folder::below(&scratch_root());
    let forged = folder.join("forged.raw");
    fs::write(&forged, bytes).unwrap();
    let report = with_extensions(&[&forged, &genuine]);
    assert!(failures(&report).contains("rapiddisk"), "{report}");
    assert_eq!(report["status"]["extensions"][0]["name"], "rapiddisk", "{report}");
    let loaded = report["status"]["modules_loaded"].as_array().unwrap();
    assert!(loaded.contains(&json!("rapiddisk")), "{report}");
}

#[test]
fn a_flipped_byte_of_an_extension_is_reported() {
    let bytes = fs::read(Publication::get().first().join(EXTENSION)).unwrap();
    let listed = document(&Publication::get().first(), "extensions.json");
    let hash_offset = usize::try_from(listed["extensions"][0]["hash_offset"].as_u64().unwrap()).unwrap();
    // The superblock of the file system, what is in the files, and the hash tree.
    for position in [1030, hash_offset / 2, hash_offset + 4096 + 8] {
        let mut bytes = bytes.clone();
        bytes[position] ^= 1;
        damaged(&bytes);
    }
}

/// Boots with these bytes as the extension: it is named as damaged, not in use, and none of its modules is loaded.
fn damaged(bytes: &[u8]) {
    let folder = Folder::below(&scratch_root());
    let file = folder.join("rapiddisk.raw");
    fs::write(&file, bytes).unwrap();
    let report = with_extension(&file);
    let failures = failures(&report);
    assert!(failures.contains("rapiddisk"), "{report}");
    assert_eq!(report["status"]["extensions"], json!([]), "{report}");
    let loaded = report["status"]["modules_loaded"].as_array().unwrap();
    assert!(!loaded.contains(&json!("rapiddisk")), "{report}");
    // The root itself is as it was.
    assert_eq!(report["status"]["verity_status"], "verified", "{report}");
}
