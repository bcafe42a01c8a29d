// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `Sources`: the index of the source packages of one suite and component.
//!
//! Format: one stanza for each source package, its `.dsc` with `Package` for `Source` and `Directory` added
//! (Debian Wiki, DebianRepository/Format, "Sources" indices). Only `Checksums-Sha256` is believed.

use std::collections::BTreeSet;

use ashlar_digest::Sha256;

use crate::packages::{name, parse_size, version};
use crate::{ControlProblem, DebianError, Stanza, Stanzas, Version, path};

/// One source package of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourcePackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// The folder of its files, below the archive's root.
    pub directory: String,
    /// Its files, in the order of the index.
    pub files: Vec<SourceFile>,
}

/// One file of a source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceFile {
    /// Its name, without folder.
    pub name: String,
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

impl SourcePackage {
    /// The file of this name.
    #[must_use]
    pub fn file(&self, name: &str) -> Option<&SourceFile> {
        self.files.iter().find(|file| file.name == name)
    }

    /// Path of `file` below the archive's root.
    #[must_use]
    pub fn path_of(&self, file: &SourceFile) -> String {
        format!("{}/{}", self.directory, file.name)
    }
}

/// Reads an index of source packages; `origin` names it in errors.
///
/// # Errors
/// [`DebianError::Control`] at the first line that breaks a rule.
pub fn parse_sources(origin: &str, bytes: &[u8]) -> Result<Vec<SourcePackage>, DebianError> {
    Stanzas::new(origin, bytes)?.map(|stanza| read(&stanza?)).collect()
}

fn read(stanza: &Stanza<'_>) -> Result<SourcePackage, DebianError> {
    let directory = stanza.require("Directory")?;
    if path::check_relative(directory.value).is_err() {
        return Err(stanza.bad_value(&directory, directory.value, "a path below the archive's root"));
    }
    let mut files = Vec::new();
    let mut names = BTreeSet::new();
    for (line, (sha256, size, name)) in checksums(stanza, "Checksums-Sha256")? {
        if name.contains('/') {
            let problem = ControlProblem::Value { value: name.to_owned(), expected: "the name of a file" };
            return Err(stanza.problem(line, problem));
        }
        if !names.insert(name) {
            return Err(stanza.problem(line, ControlProblem::DuplicateName(name.to_owned())));
        }
        files.push(SourceFile { name: name.to_owned(), sha256, size });
    }
    Ok(SourcePackage {
        name: name(stanza)?,
        version: version(stanza)?,
        directory: directory.value.to_owned(),
        files,
    })
}

/// Line number, and what the line says: digest, size, relative path.
pub(crate) type Checksum<'a> = (usize, (Sha256, u64, &'a str));

/// Reads a table of `digest size path` lines, the form of `SHA256` and `Checksums-Sha256`.
pub(crate) fn checksums<'a>(
    stanza: &Stanza<'a>,
    name: &'static str,
) -> Result<Vec<Checksum<'a>>, DebianError> {
    let field = stanza.require(name)?;
    let Some(table) = field.value.strip_prefix('\n') else {
        return Err(stanza.bad_value(&field, field.value, "a table that begins on the next line"));
    };
    table
        .lines()
        .enumerate()
        .map(|(index, line)| {
            let number = field.line + index + 1;
            let words: Vec<&str> = line.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
            let read = || {
                let [digest, size, path] = words[..] else { return None };
                path::check_relative(path).ok()?;
                Some((digest.parse().ok()?, parse_size(size)?, path))
            };
            let value = || ControlProblem::Value { value: line.to_owned(), expected: "`sha256 size path`" };
            read().map(|entry| (number, entry)).ok_or_else(|| stanza.problem(number, value()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = "Package: libmnl
Binary: libmnl-dev, libmnl0
Version: 1.0.5-3
Directory: pool/main/libm/libmnl
Files:
 d41d8cd98f00b204e9800998ecf8427e 1970 libmnl_1.0.5-3.dsc
Checksums-Sha256:
 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 1970 libmnl_1.0.5-3.dsc
 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 314819 libmnl_1.0.5.orig.tar.bz2
";

    #[test]
    fn files_come_with_their_sha256() {
        let sources = parse_sources("Sources", RECORD.as_bytes()).unwrap();
        let file = sources[0].file("libmnl_1.0.5.orig.tar.bz2").unwrap();
        assert_eq!((file.size, file.sha256), (314_819, Sha256::of(b"abc")));
        assert_eq!(sources[0].path_of(file), "pool/main/libm/libmnl/libmnl_1.0.5.orig.tar.bz2");
        assert_eq!(sources[0].version.as_str(), "1.0.5-3");
        assert!(sources[0].file("x").is_none());
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        for (from, to, line) in [
            (" libmnl_1.0.5.orig", " ../libmnl_1.0.5.orig", 9),
            (" libmnl_1.0.5.orig", " x/libmnl_1.0.5.orig", 9),
            ("libmnl_1.0.5.orig.tar.bz2", "libmnl_1.0.5-3.dsc", 9),
            ("314819", "-1", 9),
            ("ba7816", "ba781", 9),
            ("Directory: pool", "Directory: /pool", 4),
        ] {
            let text = RECORD.replace(from, to);
            match parse_sources("Sources", text.as_bytes()) {
                Err(DebianError::Control { line: found, .. }) => assert_eq!(found, line, "{to}"),
                other => panic!("{to}: {other:?}"),
            }
        }
        let no_table = RECORD.replace("Checksums-Sha256", "Checksums-Sha1");
        assert!(parse_sources("Sources", no_table.as_bytes()).is_err());
    }
}
