// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What every Rust file begins with, how long it may be, and what it never contains.

use crate::repository::{TextFile, assert_none, text_files};

/// The first line of every Rust file.
const LICENCE_LINE: &str = "// SPDX-License-Identifier: Apache-2.0 OR MIT";

/// No file is longer.
const LIMIT: usize = 500;

/// Longer files are listed (`cargo test -p ashlar-conventions -- --nocapture`): they are the next to split.
const LISTED: usize = 300;

/// Texts that no Rust file contains, and why.
const NEVER: &[(&str, &str)] = &[
    (concat!("#[", "allow("), "use #[expect(…, reason = \"…\")]: it fails when it is no longer needed"),
    (concat!("#![", "allow("), "use #![expect(…, reason = \"…\")]: it fails when it is no longer needed"),
    (concat!("to", "do!("), "unfinished code is not merged"),
    (concat!("unimple", "mented!("), "unfinished code is not merged"),
];

/// Words that mark unfinished work.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME"), concat!("X", "XX"), concat!("HA", "CK")];

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
}

fn violations(file: &TextFile) -> Vec<String> {
    let mut result = Vec::new();
    let path = &file.path;
    let lines: Vec<&str> = file.text.lines().collect();
    if lines.first() != Some(&LICENCE_LINE) {
        result.push(format!("{path}:1: the first line is not `{LICENCE_LINE}`"));
    }
    if !lines.get(1).is_some_and(|line| line.starts_with("//! ")) {
        result.push(format!("{path}:2: no //! that says what the file is for"));
    }
    if lines.len() > LIMIT {
        result.push(format!("{path}: {} lines, more than {LIMIT}", lines.len()));
    }
    for (number, line) in (1..).zip(lines) {
        let never = NEVER.iter().filter(|(text, _)| line.contains(text));
        result.extend(never.map(|(text, why)| format!("{path}:{number}: `{text}`: {why}")));
        if let Some(mark) = MARKS.iter().find(|mark| words(line).any(|word| word == **mark)) {
            result.push(format!("{path}:{number}: {mark}: open an issue instead"));
        }
    }
    result
}

#[test]
fn every_rust_file_has_its_form() {
    let files: Vec<TextFile> = text_files().into_iter().filter(TextFile::is_rust).collect();
    for (file, lines) in files.iter().map(|file| (file, file.text.lines().count())) {
        if lines > LISTED {
            println!("{}: {lines} lines", file.path);
        }
    }
    let found: Vec<String> = files.iter().flat_map(violations).collect();
    assert_none("Rust files", &found);
}

#[test]
fn planted_faults_are_found() {
    let good = format!("{LICENCE_LINE}\n//! What it is for.\nfn main() {{}}\n");
    assert_eq!(violations(&TextFile::planted("a.rs", &good)), Vec::<String>::new());
    let long = good.clone() + &"\n".repeat(LIMIT);
    for (text, message) in [
        ("//! No licence.\n".to_owned(), "a.rs:1: the first line"),
        (format!("{LICENCE_LINE}\nfn main() {{}}\n"), "a.rs:2: no //!"),
        (long, "a.rs: 503 lines"),
        (good.clone() + concat!("#[", "allow(dead_code)]\n"), "a.rs:4: `#["),
        (good.clone() + concat!("fn f() { to", "do!() }\n"), "a.rs:4: `to"),
        (good.clone() + concat!("fn f() { unimple", "mented!() }\n"), "a.rs:4: `unimple"),
        (good.clone() + concat!("// FIX", "ME: later\n"), "a.rs:4: FIX"),
        (good + concat!("// TO", "DO(me)\n"), "a.rs:4: TO"),
    ] {
        let found = violations(&TextFile::planted("a.rs", &text)).join("\n");
        assert!(found.contains(message), "{message:?} not in {found:?}");
    }
}
