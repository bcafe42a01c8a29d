// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What programs of other people find in a root: coreutils and findutils, Go, binutils.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read as _;
use std::path::Path;

use ashlar_foreign::{available, succeeds};

use super::Module;

/// Where the loader of the root looks for libraries.
const LIBRARIES: &str = "usr/lib";

/// What lies in a root, by path without a slash at its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// SHA-1, SHA-256 and SHA-512 of each regular file.
    pub files: BTreeMap<String, [String; 3]>,
    /// The modules that each program of Go was linked from, the standard library too.
    pub modules: BTreeMap<String, BTreeSet<Module>>,
    /// The files that the loader needs for each program or library; a name that leads nowhere stands for itself.
    pub links: BTreeMap<String, BTreeSet<String>>,
}

impl Found {
    /// Counts what is in `root`; none where a program that counts is missing, so that the test has to skip.
    ///
    /// # Panics
    /// If a program fails, or is missing in CI.
    #[must_use]
    pub fn of(root: &Path) -> Option<Self> {
        let programs =
            [("find", "--version"), ("sha256sum", "--version"), ("readelf", "--version"), ("go", "version")];
        if !programs.iter().all(|(program, version)| available(program, &[version])) {
            return None;
        }
        let sums = ["sha1sum", "sha256sum", "sha512sum"].map(|program| sums(root, program));
        let files: BTreeMap<String, [String; 3]> =
            sums[0].keys().map(|path| (path.clone(), sums.each_ref().map(|all| all[path].clone()))).collect();
        let links = links(root, files.keys());
        Some(Self { files, modules: modules(root), links })
    }
}

/// The digest of each regular file, by one of the programs of coreutils: `DIGEST  ./PATH`, a zero byte behind each.
fn sums(root: &Path, program: &str) -> BTreeMap<String, String> {
    let ended = succeeds(root, "find", &[".", "-type", "f", "-exec", program, "--zero", "{}", "+"]);
    let text = ended.text();
    let line = |line: &str| {
        let (digest, path) = line.split_once("  ./").unwrap_or_else(|| panic!("{program}: {line}"));
        (path.to_owned(), digest.to_owned())
    };
    text.split('\0').filter(|it| !it.is_empty()).map(line).collect()
}

/// `go version -m` passes over what no Go built. A replacement stands in the line behind what it replaces.
fn modules(root: &Path) -> BTreeMap<String, BTreeSet<Module>> {
    let mut result: BTreeMap<String, Vec<Module>> = BTreeMap::new();
    let mut program = String::new();
    for line in succeeds(root, "go", &["version", "-m", "."]).text().lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words[..] {
            ["", "mod" | "dep", name, version, ..] => {
                result.entry(program.clone()).or_default().push((name.to_owned(), version.to_owned()));
            }
            ["", "=>", name, version, ..] => {
                let replaced = result.get_mut(&program).and_then(|all| all.last_mut());
                *replaced.expect("a replacement replaces something") = (name.to_owned(), version.to_owned());
            }
            ["", ..] => {}
            _ => {
                let (path, version) =
                    line.rsplit_once(": go").unwrap_or_else(|| panic!("go version: {line}"));
                program = path.trim_start_matches("./").to_owned();
                result.entry(program.clone()).or_default().push(("stdlib".to_owned(), version.to_owned()));
            }
        }
    }
    // What was built in its own checkout has no version that anybody could look up.
    let versioned = |all: Vec<Module>| all.into_iter().filter(|(_, version)| version != "(devel)").collect();
    result.into_iter().map(|(path, all)| (path, versioned(all))).collect()
}

fn links<'a>(root: &Path, files: impl Iterator<Item = &'a String>) -> BTreeMap<String, BTreeSet<String>> {
    let mut result = BTreeMap::new();
    for path in files.filter(|path| is_elf(&root.join(path))) {
        let text = succeeds(root, "env", &["LC_ALL=C", "readelf", "-d", "-W", path]).text();
        let needed: BTreeSet<String> = text
            .lines()
            .filter(|line| line.contains("(NEEDED)"))
            .map(|line| {
                let name = line.split_once('[').and_then(|(_, rest)| rest.strip_suffix(']'));
                resolved(root, name.unwrap_or_else(|| panic!("readelf: {line}")))
            })
            .collect();
        if !needed.is_empty() {
            result.insert(path.clone(), needed);
        }
    }
    result
}

fn is_elf(path: &Path) -> bool {
    let mut magic = [0; 4];
    File::open(path).and_then(|mut file| file.read_exact(&mut magic)).is_ok() && magic == *b"\x7fELF"
}

/// The file in `root` that a library's name leads to.
fn resolved(root: &Path, name: &str) -> String {
    let inside = || {
        let root = fs::canonicalize(root).ok()?;
        let path = fs::canonicalize(root.join(LIBRARIES).join(name)).ok()?;
        Some(path.strip_prefix(root).ok()?.to_str()?.to_owned())
    };
    inside().unwrap_or_else(|| name.to_owned())
}
