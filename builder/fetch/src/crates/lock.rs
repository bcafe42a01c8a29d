// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reading a `Cargo.lock` (versions 3 and 4): the registry crates below one named package.
//!
//! A dependency is written as `name`, `name version` or `name version (source)`, as short as is unambiguous.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::{Sha256, SourceDigest};
use serde::Deserialize;

use crate::FetchError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawLock {
    version: u32,
    #[serde(default)]
    package: Vec<RawPackage>,
    /// Patches that cargo found unused: part of the format, of no meaning here.
    #[serde(default, rename = "patch")]
    _patch: Option<toml::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPackage {
    name: String,
    version: String,
    source: Option<String>,
    checksum: Option<String>,
    #[serde(default)]
    dependencies: Vec<String>,
}

/// One crate of a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Crate {
    name: String,
    version: String,
    source: String,
    digest: SourceDigest,
}

impl Crate {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its version.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The registry, as the lock writes it (`registry+https://…`).
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The digest of its `.crate` file.
    #[must_use]
    pub const fn digest(&self) -> SourceDigest {
        self.digest
    }

    /// The name of its file: `<name>-<version>.crate`.
    #[must_use]
    pub fn file_name(&self) -> String {
        format!("{}-{}.crate", self.name, self.version)
    }
}

/// The registry crates that one package needs, sorted by name and version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CrateSet(Vec<Crate>);

impl CrateSet {
    /// Reads the closure of `package` from the text of a lock. `origin` names the text in errors.
    ///
    /// Every dependency that the lock records counts, for every platform and with development dependencies:
    /// cargo wants to see them all.
    ///
    /// # Errors
    /// [`FetchError::CargoLockSyntax`]; [`FetchError::CargoLock`] for a package that is not there, git sources,
    /// crates without a checksum, and dependencies that fit no or several packages.
    pub fn of_package(lock: &str, origin: &str, package: &str) -> Result<Self, FetchError> {
        let raw: RawLock = toml::from_str(lock).map_err(|source| FetchError::CargoLockSyntax {
            origin: origin.to_owned(),
            source: Box::new(source),
        })?;
        let fail = |problem: String| FetchError::CargoLock { origin: origin.to_owned(), problem };
        if !matches!(raw.version, 3 | 4) {
            return Err(fail(format!("version {} of the format; 3 and 4 are known", raw.version)));
        }
        let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, entry) in raw.package.iter().enumerate() {
            by_name.entry(&entry.name).or_default().push(index);
        }
        let find = |dependency: &str| {
            let mut words = dependency.splitn(3, ' ');
            let (name, version, source) = (words.next().unwrap_or_default(), words.next(), words.next());
            let fits = |index: &&usize| {
                let entry = &raw.package[**index];
                version.is_none_or(|version| version == entry.version)
                    && source.is_none_or(|text| {
                        entry.source.as_ref().is_some_and(|source| text == format!("({source})"))
                    })
            };
            let candidates = by_name.get(name).map_or(&[][..], Vec::as_slice);
            match candidates.iter().filter(fits).collect::<Vec<_>>().as_slice() {
                [only] => Ok(**only),
                [] => Err(fail(format!("no package {dependency:?}"))),
                [..] => Err(fail(format!("several packages {dependency:?}"))),
            }
        };
        let mut reached = BTreeSet::new();
        let mut open = vec![find(package)?];
        while let Some(index) = open.pop() {
            if reached.insert(index) {
                for dependency in &raw.package[index].dependencies {
                    open.push(find(dependency)?);
                }
            }
        }
        let mut crates = Vec::new();
        for index in reached {
            crates.extend(registry_crate(&raw.package[index]).map_err(fail)?);
        }
        crates.sort();
        Ok(Self(crates))
    }

    /// The crates.
    #[must_use]
    pub fn crates(&self) -> &[Crate] {
        &self.0
    }
}

/// Checks one entry; nothing for a path package, whose files are in the checkout.
fn registry_crate(raw: &RawPackage) -> Result<Option<Crate>, String> {
    let RawPackage { name, version, .. } = raw;
    let Some(source) = &raw.source else { return Ok(None) };
    if !source.starts_with("registry+") && !source.starts_with("sparse+") {
        return Err(format!("{name} {version} comes from {source}: only registries are supported"));
    }
    // Both become parts of file names and of a manifest.
    let plain = |text: &str, more: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c))
    };
    if !plain(name, "-_") || !plain(version, "-.+") {
        return Err(format!("{name:?} {version:?} is no name and version of a crate"));
    }
    let checksum = raw.checksum.as_ref().ok_or_else(|| format!("{name} {version} has no checksum"))?;
    let digest: Sha256 =
        checksum.parse().map_err(|error| format!("the checksum of {name} {version}: {error}"))?;
    Ok(Some(Crate {
        name: name.clone(),
        version: version.clone(),
        source: source.clone(),
        digest: SourceDigest::new(digest),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    fn entry(head: &str, source: &str, dependencies: &str) -> String {
        let (name, version) = head.split_once(' ').unwrap();
        let source = match source {
            "path" => String::new(),
            "registry" => {
                format!("source = \"registry+https://r.example/index\"\nchecksum = \"{DIGEST}\"\n")
            }
            other => format!("source = \"{other}\"\n"),
        };
        format!(
            "[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}dependencies = [{dependencies}]\n"
        )
    }

    fn names(lock: &str, package: &str) -> Result<Vec<String>, String> {
        let lock = format!("version = 4\n{lock}");
        let set = CrateSet::of_package(&lock, "Cargo.lock", package).map_err(|error| error.to_string())?;
        Ok(set.crates().iter().map(Crate::file_name).collect())
    }

    #[test]
    fn the_closure_goes_through_path_packages_and_leaves_out_the_rest() {
        let lock = [
            entry("app 0.1.0", "path", r#""inner", "a 2.0.0""#),
            entry("inner 0.1.0", "path", r#""a 1.0.0 (registry+https://r.example/index)""#),
            entry("a 1.0.0", "registry", ""),
            entry("a 2.0.0", "registry", r#""b""#),
            entry("b 1.0.0+x", "registry", r#""a 2.0.0""#),
            entry("unrelated 1.0.0", "registry", ""),
        ]
        .concat();
        assert_eq!(names(&lock, "app").unwrap(), ["a-1.0.0.crate", "a-2.0.0.crate", "b-1.0.0+x.crate"]);
    }

    #[test]
    fn what_cannot_be_verified_is_refused() {
        let table = [
            (entry("app 0.1.0", "path", r#""a""#), "no package \"a\""),
            (entry("app 0.1.0", "git+https://g.example/x#abc", ""), "only registries"),
            (entry("app 0.1.0", "registry+https://r.example/index", ""), "has no checksum"),
            (entry("other 0.1.0", "path", ""), "no package"),
            ([entry("app 1.0.0", "registry", ""), entry("app 2.0.0", "registry", "")].concat(), "several"),
        ];
        for (lock, problem) in table {
            let error = names(&lock, "app").unwrap_err();
            assert!(error.contains(problem), "{error} for {problem}");
        }
    }

    #[test]
    fn a_dependency_with_more_than_a_source_in_brackets_is_refused() {
        let krate = entry("a 1.0.0", "registry", "");
        for source in ["(registry+https://r.example/index) x", "((registry+https://r.example/index))", "x"] {
            let lock = [entry("app 0.1.0", "path", &format!("\"a 1.0.0 {source}\"")), krate.clone()].concat();
            assert!(names(&lock, "app").unwrap_err().contains("no package"), "{source}");
        }
    }

    #[test]
    fn a_name_that_would_leave_the_folder_is_refused() {
        let lock = [entry("app 0.1.0", "path", r#""../x""#), entry("../x 1.0.0", "registry", "")].concat();
        assert!(names(&lock, "app").unwrap_err().contains("is no name"));
    }

    #[test]
    fn other_versions_of_the_format_are_refused() {
        for lock in ["version = 2\n", "version = 5\n", "[[package]]\nname = \"a\"\nversion = \"1\"\n"] {
            assert!(CrateSet::of_package(lock, "Cargo.lock", "a").is_err(), "{lock}");
        }
    }
}
