// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Readers of foreign bytes: each public one is called by a fuzz target, or stands here with the reason why not.

use crate::repository::{TextFile, assert_none, text_files};

/// Folders of the crates that read what strangers wrote.
const FOLDERS: &[&str] = &[
    "builder/compare/src/",
    "builder/debian/src/",
    "builder/fetch/src/",
    "builder/lint/src/",
    "builder/plan/src/",
    "builder/recipe/src/",
    "builder/record/src/",
    "builder/tree/src/",
    "images/src/",
    "kernel-config/src/",
    "release/audit/src/",
    "release/bundle/src/",
    "sbom/src/",
    "signing/attestation/src/",
    "signing/ceremony/format/src/",
    "signing/kernel-image/src/",
    "signing/openpgp/src/",
    "signing/secure-boot/src/",
    "signing/verifier/src/",
];

/// Folders of programs that read them: what is a crate's own there is called by targets that take in its file.
const PROGRAMS: &[&str] = &["os/init/src/", "os/kernel-state/src/"];

/// What the name of a reader begins with.
const VERBS: &[&str] = &[
    "decode",
    "decompress",
    "detach",
    "find_",
    "from_",
    "lower_from_",
    "of_program",
    "parse",
    "read",
    "split",
    "unpack",
];

/// Readers without a target of their own.
const EXCEPT: &[(&str, &str)] = &[
    ("BundlePath::parse", "manifests and sums consist of them"),
    ("Compressor::parse", "one of a few words in an image definition"),
    ("GoProxies::parse", "the environment of who runs the tool"),
    ("ModuleDigest::parse", "so many hexadecimal digits"),
    ("ModuleKind::parse", "one of two words in a lock"),
    ("Owner::read", "every text is one of its two kinds"),
    ("RsaSigner::from_primes", "a key that the agent makes itself"),
    ("SecureBootKey::from_pem", "the own key of who releases"),
    ("Sha256::parse", "so many hexadecimal digits"),
    ("Symbol::parse", "configurations consist of them"),
    ("read_check::read_all", "it looks whether bytes can be read, and at none of them"),
    ("System::parse", "one of a few words in a recipe"),
    ("Template::parse", "a template of the project, written by who defines the image"),
];

/// `Type::function` or `function` of every public reader in a file.
fn readers(file: &TextFile) -> Vec<String> {
    let text = &file.text;
    let code = text.find("#[cfg(test)]\nmod tests {").map_or(&**text, |at| &text[..at]);
    let is_program = PROGRAMS.iter().any(|folder| file.path.starts_with(folder));
    let beginnings: &[&str] = if is_program { &["pub(crate) fn ", "pub(super) fn "] } else { &["pub fn "] };
    let module = file.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    let (mut result, mut of) = (Vec::new(), None);
    for (at, line) in code.match_indices('\n').map(|(at, _)| (at + 1, code[at + 1..].lines().next())) {
        let line = line.unwrap_or_default();
        if line.starts_with("impl") {
            of = implemented(line);
        } else if line.starts_with('}') {
            of = None;
        }
        let line = line.trim_start();
        let Some(rest) = beginnings.iter().find_map(|beginning| line.strip_prefix(beginning)) else {
            continue;
        };
        let name: &str = rest.split(['(', '<']).next().unwrap_or_default();
        let signature = code[at..].split('{').next().unwrap_or_default();
        let takes = ["[u8]", "str,", "str)", "impl Read", ": R,", ": R)"];
        let reads = VERBS.iter().any(|verb| name.starts_with(verb))
            // Of the others, whoever takes so many bytes takes a number.
            && (takes.iter().any(|bytes| signature.contains(bytes)) || is_program && signature.contains("[u8;"))
            && !signature.contains("self");
        if reads {
            result.push(match of {
                Some(of) => format!("{of}::{name}"),
                None if is_program => format!("{module}::{name}"),
                None => name.to_owned(),
            });
        }
    }
    result
}

/// The type that an `impl` line is about.
fn implemented(line: &str) -> Option<&str> {
    let mut depth = 0;
    let after_parameters = line.strip_prefix("impl")?.trim_start_matches(|c| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        depth > 0 || c == '>' || c == ' '
    });
    let subject = after_parameters.split_once(" for ").map_or(after_parameters, |(_, subject)| subject);
    subject.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// What targets call, without type parameters.
fn calls(files: &[TextFile]) -> String {
    let targets = files
        .iter()
        .filter(|file| file.path.starts_with("fuzz/fuzz_targets/") || file.path.starts_with("fuzz/src/"));
    let text: String = targets.map(|file| file.text.as_str()).collect();
    let mut parts = text.split("::<");
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str(part.split_once('>').map_or(part, |(_, rest)| rest));
    }
    result
}

fn violations(files: &[TextFile], except: &[(&str, &str)]) -> Vec<String> {
    let calls = calls(files);
    let is_called = |reader: &str| {
        calls.match_indices(reader).any(|(at, _)| {
            let before = calls[..at].chars().next_back();
            let after = calls[at + reader.len()..].chars().next();
            let ends = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric() && c != '_');
            ends(before) && ends(after)
        })
    };
    let mut result = Vec::new();
    let mut seen = Vec::new();
    let folders = || FOLDERS.iter().chain(PROGRAMS);
    for file in files.iter().filter(|file| folders().any(|folder| file.path.starts_with(folder))) {
        for reader in readers(file) {
            let excepted = except.iter().any(|(name, _)| *name == reader);
            if is_called(&reader) == excepted {
                let what = if excepted { "is an exception, and called by a" } else { "is called by no" };
                result.push(format!("{}: {reader} {what} fuzz target", file.path));
            }
            seen.push(reader);
        }
    }
    let gone = except.iter().filter(|(name, _)| !seen.iter().any(|reader| reader == name));
    result.extend(gone.map(|(name, _)| format!("{name} is an exception, and no reader")));
    result
}

#[test]
fn every_reader_of_foreign_bytes_is_fuzzed() {
    let files = text_files();
    for folder in FOLDERS.iter().chain(PROGRAMS) {
        assert!(files.iter().any(|file| file.path.starts_with(folder)), "{folder} is gone");
    }
    assert_none("readers of foreign bytes", &violations(&files, EXCEPT));
}

#[test]
fn planted_readers_are_found() {
    let library = "//! x\nimpl<'a, R: Read> Fruit<'a, R> {\n    pub fn parse(text: &str) -> Self {}\n    pub fn from_der(\n        der: &[u8],\n\
                   \x20   ) -> Self {}\n    pub fn parse_more(&self, text: &str) {}\n}\nimpl From<A> for Bread {\n\
                   \x20   pub fn from_json(bytes: &[u8]) -> Self {}\n}\npub fn read_all<R: Read>(reader: R) {}\n\
                   pub fn make(text: &str) {}\nfn parse_own(text: &str) {}\n#[cfg(test)]\nmod tests {\n\
                   \x20   pub fn parse(text: &str) {}\n}\n";
    let program = "//! x\npub(crate) fn parse(text: &str) {}\npub(super) fn parse_line(text: &str) {}\nfn parse_own(text: &str) {}\n";
    let target = "fuzz_target!(|b: &[u8]| { Fruit::<u8>::from_der(b); XFruit::parse(b); read_all(b); list::parse(b); Other::parse_line(b) });";
    let files = [
        TextFile::planted("images/src/a.rs", library),
        TextFile::planted("builder/store/src/a.rs", library),
        TextFile::planted("os/init/src/list.rs", program),
        TextFile::planted("fuzz/fuzz_targets/a.rs", target),
    ];
    assert_eq!(
        violations(&files, &[("read_all", "why"), ("gone", "why")]),
        [
            "images/src/a.rs: Fruit::parse is called by no fuzz target",
            "images/src/a.rs: Bread::from_json is called by no fuzz target",
            "images/src/a.rs: read_all is an exception, and called by a fuzz target",
            "os/init/src/list.rs: list::parse_line is called by no fuzz target",
            "gone is an exception, and no reader",
        ]
    );
}
