// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `Packages`: the index of the binary packages of one suite, component and architecture.
//!
//! Format: one stanza for each package, the control file of the package with `Filename`, `Size` and `SHA256` added
//! (Debian Wiki, DebianRepository/Format, "Packages" indices).

use std::fmt;

use ashlar_digest::Sha256;

use crate::relation::{is_architecture, is_package_name, parse_dependencies, parse_provides};
use crate::{Alternatives, DebianError, Field, Provide, Stanza, Stanzas, Version, path};

/// How important the distribution holds a package; decides between providers of a virtual package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// `required`
    Required,
    /// `important`
    Important,
    /// `standard`
    Standard,
    /// `optional`, and everything else
    Optional,
}

/// One binary package of an index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinaryPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// Its architecture, or `all`.
    pub architecture: String,
    /// What must be there while it is used.
    pub depends: Vec<Alternatives>,
    /// What must be there before it is set up.
    pub pre_depends: Vec<Alternatives>,
    /// Virtual packages that it stands for.
    pub provides: Vec<Provide>,
    /// Whether others may use it without depending on it.
    pub essential: bool,
    /// How important the distribution holds it.
    pub priority: Priority,
    /// Name of the source package that it was built from.
    pub source: String,
    /// Version of that source package.
    pub source_version: Version,
    /// Path of the `.deb` below the archive's root.
    pub filename: String,
    /// Size of the `.deb` in bytes.
    pub size: u64,
    /// Digest of the `.deb`.
    pub sha256: Sha256,
}

/// Its name and version, as messages show it.
impl fmt::Display for BinaryPackage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.name, self.version)
    }
}

/// Reads an index of binary packages; `origin` names it in errors.
///
/// # Errors
/// [`DebianError::Control`] at the first line that breaks a rule.
pub fn parse_packages(origin: &str, bytes: &[u8]) -> Result<Vec<BinaryPackage>, DebianError> {
    Stanzas::new(origin, bytes)?.map(|stanza| read(&stanza?)).collect()
}

fn read(stanza: &Stanza<'_>) -> Result<BinaryPackage, DebianError> {
    let name = name(stanza)?;
    let version = version(stanza)?;
    let architecture = stanza.require("Architecture")?;
    if !is_architecture(architecture.value) {
        return Err(stanza.bad_value(&architecture, architecture.value, "an architecture"));
    }
    let (source, source_version) = match stanza.field("Source") {
        None => (name.clone(), version.clone()),
        Some(field) => source(stanza, &field, &version)?,
    };
    let filename = stanza.require("Filename")?;
    if path::check_relative(filename.value).is_err() {
        return Err(stanza.bad_value(&filename, filename.value, "a path below the archive's root"));
    }
    Ok(BinaryPackage {
        name,
        version,
        architecture: architecture.value.to_owned(),
        depends: dependencies(stanza, "Depends")?,
        pre_depends: dependencies(stanza, "Pre-Depends")?,
        provides: match stanza.field("Provides") {
            None => Vec::new(),
            Some(field) => parse_provides(field.value).map_err(|part| {
                stanza.bad_value(&field, part, "a list of packages, with `=` versions at most")
            })?,
        },
        essential: match stanza.field("Essential") {
            None => false,
            Some(field) => match field.value {
                "yes" => true,
                "no" => false,
                other => return Err(stanza.bad_value(&field, other, "`yes` or `no`")),
            },
        },
        priority: match stanza.get("Priority") {
            Some("required") => Priority::Required,
            Some("important") => Priority::Important,
            Some("standard") => Priority::Standard,
            _ => Priority::Optional,
        },
        source,
        source_version,
        filename: filename.value.to_owned(),
        size: size(stanza, &stanza.require("Size")?)?,
        sha256: sha256(stanza, &stanza.require("SHA256")?)?,
    })
}

pub(crate) fn name(stanza: &Stanza<'_>) -> Result<String, DebianError> {
    let field = stanza.require("Package")?;
    if is_package_name(field.value) {
        Ok(field.value.to_owned())
    } else {
        Err(stanza.bad_value(&field, field.value, "the name of a package"))
    }
}

pub(crate) fn version(stanza: &Stanza<'_>) -> Result<Version, DebianError> {
    let field = stanza.require("Version")?;
    field.value.parse().map_err(|_| stanza.bad_value(&field, field.value, "a version number"))
}

/// `name` or `name (version)`, where the versions differ.
fn source(
    stanza: &Stanza<'_>,
    field: &Field<'_>,
    binary: &Version,
) -> Result<(String, Version), DebianError> {
    let bad = || stanza.bad_value(field, field.value, "the name of a source package, perhaps with a version");
    let (name, version) = match field.value.split_once(" (") {
        None => (field.value, binary.clone()),
        Some((name, rest)) => {
            (name, rest.strip_suffix(')').and_then(|version| version.parse().ok()).ok_or_else(bad)?)
        }
    };
    if is_package_name(name) { Ok((name.to_owned(), version)) } else { Err(bad()) }
}

fn dependencies(stanza: &Stanza<'_>, name: &str) -> Result<Vec<Alternatives>, DebianError> {
    stanza.field(name).map_or_else(
        || Ok(Vec::new()),
        |field| {
            parse_dependencies(field.value).map_err(|part| stanza.bad_value(&field, part, "a dependency"))
        },
    )
}

fn size(stanza: &Stanza<'_>, field: &Field<'_>) -> Result<u64, DebianError> {
    parse_size(field.value).ok_or_else(|| stanza.bad_value(field, field.value, "a size in bytes"))
}

fn sha256(stanza: &Stanza<'_>, field: &Field<'_>) -> Result<Sha256, DebianError> {
    field.value.parse().map_err(|_| stanza.bad_value(field, field.value, "a SHA-256 digest in lowercase hex"))
}

/// Decimal digits only: `str::parse` would accept a sign.
pub(crate) fn parse_size(text: &str) -> Option<u64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ControlProblem;

    const RECORD: &str = "Package: gcc
Source: gcc-defaults (1.220)
Version: 4:14.2.0-1
Architecture: amd64
Provides: c-compiler, gcc-x86-64-linux-gnu (= 4:14.2.0-1)
Depends: cpp (= 4:14.2.0-1), gcc-14 (>= 14.2.0-6~) | x:any
Pre-Depends: libc6
Essential: no
Priority: standard
Filename: pool/main/g/gcc-defaults/gcc_14.2.0-1_amd64.deb
Size: 49564
SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
";

    #[test]
    fn a_record() {
        let text = RECORD.replace("x:any", "xx:any");
        let packages = parse_packages("Packages", format!("{text}\n{text}").as_bytes()).unwrap();
        assert_eq!(packages.len(), 2);
        let gcc = &packages[0];
        assert_eq!(
            (gcc.name.as_str(), gcc.version.as_str(), gcc.architecture.as_str()),
            ("gcc", "4:14.2.0-1", "amd64")
        );
        assert_eq!((gcc.source.as_str(), gcc.source_version.as_str()), ("gcc-defaults", "1.220"));
        assert_eq!((gcc.size, gcc.essential, gcc.priority), (49564, false, Priority::Standard));
        assert_eq!(gcc.depends.len(), 2);
        assert_eq!(gcc.depends[1][1].architecture.as_deref(), Some("any"));
        assert_eq!(gcc.pre_depends[0][0].name, "libc6");
        assert_eq!(gcc.provides[1].version.as_ref().unwrap().as_str(), "4:14.2.0-1");
    }

    #[test]
    fn each_bad_value_is_named_with_its_line() {
        let good = RECORD.replace("x:any", "xx:any");
        for (from, to, line) in [
            ("Package: gcc", "Package: ../gcc", 1),
            ("(1.220)", "(1.220", 2),
            ("Version: 4:14", "Version: v4:14", 3),
            ("amd64\nProvides", "amd64 i386\nProvides", 4),
            ("(= 4:14.2.0-1)\nDepends", "(>= 4:14.2.0-1)\nDepends", 5),
            ("xx:any", "xx [amd64]", 6),
            ("libc6", "libc6,,x", 7),
            ("Essential: no", "Essential: maybe", 8),
            ("Filename: pool", "Filename: ../pool", 10),
            ("Filename: pool", "Filename: /pool", 10),
            ("Size: 49564", "Size: +49564", 11),
            ("Size: 49564", "Size: 99999999999999999999", 11),
            ("e3b0c4", "E3B0C4", 12),
        ] {
            let text = good.replace(from, to);
            assert_ne!(text, good, "{from}");
            match parse_packages("Packages", text.as_bytes()) {
                Err(DebianError::Control { line: found, problem: ControlProblem::Value { .. }, .. }) => {
                    assert_eq!(found, line, "{to}");
                }
                other => panic!("{to}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_record_without_its_digest_is_refused() {
        for field in ["Package", "Version", "Architecture", "Filename", "Size", "SHA256"] {
            let text: String = RECORD
                .replace("x:any", "xx")
                .lines()
                .filter(|line| !line.starts_with(&format!("{field}:")))
                .map(|line| format!("{line}\n"))
                .collect();
            match parse_packages("Packages", text.as_bytes()) {
                Err(DebianError::Control {
                    line: 1, problem: ControlProblem::MissingField(name), ..
                }) => assert_eq!(name, field),
                other => panic!("{field}: {other:?}"),
            }
        }
    }
}
