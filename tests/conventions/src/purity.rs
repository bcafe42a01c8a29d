// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Pure crates take values and return values: no file, process, environment, clock or socket outside their tests.
//!
//! Reproducibility can be tested only where nothing leaks in. Clippy's `disallowed_methods` says the same of the
//! environment and the clock, everywhere but in the command line.

use std::collections::BTreeSet;

use crate::repository::{TextFile, assert_none, text_files};

/// Folders of pure crates.
const PURE: &[&str] = &[
    "builder/compare/src/",
    "builder/debian/src/",
    "builder/digest/src/",
    "builder/lint/src/",
    "builder/plan/src/",
    "builder/record/src/",
    "builder/tree/src/",
    "images/src/",
    "kernel-config/src/",
    "sbom/src/",
    "signing/attestation/src/",
    "signing/ceremony/format/src/",
    "signing/kernel-image/src/",
    "signing/openpgp/src/",
    "signing/secure-boot/src/",
    "signing/verifier/src/",
];

/// Modules of std with effects.
const EFFECTS: &[&str] = &["fs", "net", "process", "env", "os"];

/// Functions and types of std with effects that are used without their module's name.
const EFFECT_NAMES: &[&str] =
    &["SystemTime::now", "Instant::now", "TcpStream", "TcpListener", "UdpSocket", "UnixStream"];

/// The modules that only tests compile: `#[cfg(test)] mod name;`, with all below them.
fn test_modules(files: &[TextFile]) -> BTreeSet<String> {
    let mut result = BTreeSet::new();
    for file in files {
        let folder = match file.path.rsplit_once('/') {
            Some((folder, "lib.rs" | "main.rs" | "mod.rs")) => folder.to_owned(),
            _ => file.path.trim_end_matches(".rs").to_owned(),
        };
        let lines: Vec<&str> = file.text.lines().map(str::trim).collect();
        for pair in lines.windows(2).filter(|pair| pair[0] == "#[cfg(test)]") {
            let name = pair[1].trim_start_matches("pub(crate) ").strip_prefix("mod ");
            if let Some(name) = name.and_then(|name| name.strip_suffix(';')) {
                result.insert(format!("{folder}/{name}"));
            }
        }
    }
    result
}

/// The part of a file that is compiled outside tests.
fn without_tests(text: &str) -> &str {
    text.find("#[cfg(test)]\nmod tests {").map_or(text, |at| &text[..at])
}

fn uses_effect(line: &str) -> Option<&'static str> {
    let code = line.split("//").next().unwrap_or_default();
    let grouped = code.split_once("std::{").map_or("", |(_, group)| group);
    let named = |module: &&&str| {
        let path = code.split("std::").skip(1).any(|rest| {
            rest.strip_prefix(**module).is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric()))
        });
        path || grouped.split([',', '}', ':', ' ']).any(|word| word == **module)
    };
    EFFECTS.iter().find(named).or_else(|| EFFECT_NAMES.iter().find(|name| code.contains(**name))).copied()
}

fn violations(files: &[TextFile]) -> Vec<String> {
    let tests = test_modules(files);
    let mut result = Vec::new();
    for file in files {
        let module = file.path.trim_end_matches(".rs").trim_end_matches("/mod");
        let pure = file.is_rust() && PURE.iter().any(|folder| file.path.starts_with(folder));
        let test = tests.iter().any(|test| module == test || module.starts_with(&format!("{test}/")));
        if !pure || test {
            continue;
        }
        for (number, line) in (1..).zip(without_tests(&file.text).lines()) {
            if let Some(effect) = uses_effect(line) {
                result.push(format!("{}:{number}: {effect} in a pure crate", file.path));
            }
        }
    }
    result
}

#[test]
fn pure_crates_have_no_effects() {
    let files = text_files();
    for folder in PURE {
        assert!(files.iter().any(|file| file.path.starts_with(folder)), "{folder} is gone");
    }
    assert_none("effects in pure crates", &violations(&files));
}

#[test]
fn planted_effects_are_found() {
    for line in [
        "use std::fs;",
        "    std::fs::read(path)",
        "use std::{fmt, fs::File};",
        "use std::process::Command;",
        "    let now = SystemTime::now();",
    ] {
        let file = TextFile::planted("images/src/a.rs", line);
        assert_eq!(violations(&[file]).len(), 1, "{line}");
        assert!(violations(&[TextFile::planted("builder/store/src/a.rs", line)]).is_empty());
    }
    for line in ["use std::fmt;", "// std::fs is for others", "use std::time::SystemTime;", "offset::new()"] {
        assert!(violations(&[TextFile::planted("images/src/a.rs", line)]).is_empty(), "{line}");
    }
}

#[test]
fn tests_of_pure_crates_are_free() {
    let root = "#[cfg(test)]\nmod foreign;\nmod real;\n";
    let inline = "fn f() {}\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
    let effect = "use std::fs;\n";
    let files = [
        TextFile::planted("images/src/lib.rs", root),
        TextFile::planted("images/src/foreign.rs", effect),
        TextFile::planted("images/src/foreign/erofs.rs", effect),
        TextFile::planted("images/src/inline.rs", inline),
        TextFile::planted("images/src/real.rs", effect),
    ];
    assert_eq!(violations(&files), ["images/src/real.rs:1: fs in a pure crate"]);
}
