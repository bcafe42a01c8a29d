// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Names of files and folders of code: none that says nothing (docs/glossary.md).
//!
//! A function without a home is a missing type; a module for such functions grows without end.

use crate::repository::{TextFile, assert_none, text_files};

/// Never a word of a module's name.
const NEVER: &[&str] = &[
    "util",
    "utils",
    "utilities",
    "helper",
    "helpers",
    "common",
    "misc",
    "manager",
    "context",
    "imp",
    "stuff",
    "shared",
];

/// Never a module's whole name.
const NEVER_ALONE: &[&str] = &["info", "data"];

fn violation(file: &TextFile) -> Option<String> {
    let module = file.path.strip_suffix(".rs")?;
    let word = module.split('/').find_map(|name| {
        NEVER_ALONE
            .iter()
            .find(|word| **word == name)
            .or_else(|| NEVER.iter().find(|word| name.split(['_', '-']).any(|part| part == **word)))
    })?;
    Some(format!("{}: `{word}` says nothing about what is in it", file.path))
}

#[test]
fn every_module_has_a_telling_name() {
    let found: Vec<String> = text_files().iter().filter_map(violation).collect();
    assert_none("names of modules", &found);
}

#[test]
fn planted_names_are_found() {
    for path in [
        "x/src/utils.rs",
        "x/src/common/mod.rs",
        "x/src/build_context.rs",
        "x/src/data.rs",
        "misc/src/lib.rs",
    ] {
        assert!(violation(&TextFile::planted(path, "")).is_some(), "{path}");
    }
    for path in ["x/src/commons.rs", "x/src/data_blocks.rs", "x/helpers/README.md"] {
        assert_eq!(violation(&TextFile::planted(path, "")), None);
    }
}
