// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Unsafe code: a few files of the repository, and no others.
//!
//! Cargo cannot mix `lints.workspace = true` with a lint of one crate, so the workspace denies and each root forbids.

use crate::repository::{TextFile, assert_none, text_files};
use crate::workspaces::all_members;

/// Roots of the crates that have a file with unsafe code; they deny it, so that only that file can expect it.
const DENYING_ROOTS: &[&str] =
    &["builder/sandbox/src/lib.rs", "os/init/src/main.rs", "signing/ceremony/agent/src/main.rs"];

/// The files with unsafe code.
const UNSAFE_FILES: &[&str] = &[
    "builder/sandbox/src/syscall.rs",
    "os/init/src/syscall.rs",
    "signing/ceremony/agent/src/secret_memory.rs",
    "signing/ceremony/agent/src/syscall.rs",
];

fn root_violations(roots: &[String], files: &[TextFile]) -> Vec<String> {
    let roots = roots.iter().filter(|root| !DENYING_ROOTS.contains(&root.as_str()));
    roots
        .filter(|root| {
            let file = files.iter().find(|file| file.path == **root);
            !file.is_some_and(|file| file.text.contains("#![forbid(unsafe_code)]"))
        })
        .map(|root| format!("{root} lacks #![forbid(unsafe_code)]"))
        .collect()
}

fn file_violations(files: &[TextFile]) -> Vec<String> {
    let expectation = concat!("expect(", "unsafe_code");
    let mut result = Vec::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        if UNSAFE_FILES.contains(&file.path.as_str()) {
            let blocks = file.text.lines().filter(|line| line.contains(concat!("unsafe", " {"))).count();
            let reasons = file.text.matches("SAFETY:").count();
            if reasons < blocks {
                result.push(format!("{}: {blocks} unsafe blocks, {reasons} times SAFETY:", file.path));
            }
        } else if file.text.contains(expectation) {
            result.push(format!("{} expects unsafe code", file.path));
        }
    }
    result
}

#[test]
fn every_root_forbids_unsafe_code() {
    let roots: Vec<String> = all_members().into_iter().flat_map(|member| member.roots).collect();
    assert_none("roots of crates", &root_violations(&roots, &text_files()));
}

#[test]
fn unsafe_code_stays_in_its_files() {
    let files = text_files();
    for path in UNSAFE_FILES {
        assert!(files.iter().any(|file| file.path == *path), "{path} is gone: remove it from the list");
    }
    assert_none("unsafe code", &file_violations(&files));
}

#[test]
fn planted_unsafe_code_is_found() {
    let root = TextFile::planted("x/src/lib.rs", "//! X.\n");
    assert_eq!(
        root_violations(&["x/src/lib.rs".to_owned(), "x/src/main.rs".to_owned()], &[root]),
        ["x/src/lib.rs lacks #![forbid(unsafe_code)]", "x/src/main.rs lacks #![forbid(unsafe_code)]"]
    );
    let elsewhere = concat!("#![expect(", "unsafe_code, reason = \"no\")]");
    let unexplained = concat!("fn f() { unsafe", " { g() } }");
    let files = [TextFile::planted("x/src/a.rs", elsewhere), TextFile::planted(UNSAFE_FILES[0], unexplained)];
    assert_eq!(
        file_violations(&files),
        [
            "x/src/a.rs expects unsafe code".to_owned(),
            format!("{}: 1 unsafe blocks, 0 times SAFETY:", UNSAFE_FILES[0])
        ]
    );
}
