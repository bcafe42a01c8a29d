// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Fuzz targets: each file is one that cargo builds, each that cargo builds is a file, and each states a property.

use std::collections::BTreeSet;
use std::fs;

use toml::Table;

use crate::repository::{TextFile, assert_none, root, text_files};

const FOLDER: &str = "fuzz/fuzz_targets/";

/// Ways to state a property; the last is what several targets share.
const PROPERTIES: &[&str] = &["assert!(", "assert_eq!(", "check_toml_file("];

fn violations(manifest: &Table, files: &[TextFile]) -> Vec<String> {
    let listed: BTreeSet<(String, String)> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|target| {
            let text = |key: &str| target[key].as_str().unwrap().to_owned();
            (text("name"), format!("fuzz/{}", text("path")))
        })
        .collect();
    let targets: Vec<&TextFile> = files.iter().filter(|file| file.path.starts_with(FOLDER)).collect();
    let found: BTreeSet<(String, String)> = targets
        .iter()
        .map(|file| {
            let name = file.path.trim_start_matches(FOLDER).trim_end_matches(".rs");
            (name.to_owned(), file.path.clone())
        })
        .collect();
    let mut result = Vec::new();
    result.extend(found.difference(&listed).map(|(_, path)| format!("{path} is not in fuzz/Cargo.toml")));
    result.extend(listed.difference(&found).map(|(name, path)| format!("{name}: {path} is not there")));
    for file in targets {
        if !file.text.contains("fuzz_target!(") {
            result.push(format!("{} is no fuzz target", file.path));
        }
        if !PROPERTIES.iter().any(|property| file.text.contains(property)) {
            result.push(format!("{} states no property", file.path));
        }
    }
    result
}

#[test]
fn every_fuzz_target_is_built_and_states_a_property() {
    let manifest = fs::read_to_string(root().join("fuzz/Cargo.toml")).unwrap().parse().unwrap();
    assert_none("fuzz targets", &violations(&manifest, &text_files()));
}

#[test]
fn planted_targets_are_found() {
    let manifest: Table = "[[bin]]\nname = \"a\"\npath = \"fuzz_targets/a.rs\"\n\
                           [[bin]]\nname = \"gone\"\npath = \"fuzz_targets/gone.rs\"\n"
        .parse()
        .unwrap();
    let target = |name: &str, body: &str| TextFile::planted(&format!("{FOLDER}{name}.rs"), body);
    let files = [
        target("a", "fuzz_target!(|bytes: &[u8]| assert!(parse(bytes)));"),
        target("b", "fuzz_target!(|bytes: &[u8]| drop(parse(bytes)));"),
        target("c", "assert!(true);"),
    ];
    assert_eq!(
        violations(&manifest, &files),
        [
            "fuzz/fuzz_targets/b.rs is not in fuzz/Cargo.toml",
            "fuzz/fuzz_targets/c.rs is not in fuzz/Cargo.toml",
            "gone: fuzz/fuzz_targets/gone.rs is not there",
            "fuzz/fuzz_targets/b.rs states no property",
            "fuzz/fuzz_targets/c.rs is no fuzz target",
        ]
    );
}
