// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar.lock`: what the names in recipes and seed sets mean, down to the bytes.
//!
//! TOML, written by `ashlar lock` alone, in a fixed order, so that its diff reads as what changed:
//!
//! ```toml
//! version = 1
//! [[suite]]         # each suite that was trusted, when, and by whose signature
//! [[package]]       # each seed package: suite that won and why, file, size, sha256
//! [[file]]          # each file of a Debian source package that a recipe names
//! [[module]]        # each file that a go.sum of a recipe pins: its h1 there, and what it is by our digest
//! [set]             # seed set → its packages
//! [epoch]           # recipe → newest date inside its own archives, seconds since 1970
//! ```
//!
//! Trust is judged when the lock is written; afterwards the digests decide (DESIGN §6).

use std::collections::BTreeMap;

use ashlar_digest::{DigestError, SourceDigest};
use serde::{Deserialize, Serialize};

/// The version of the format that this code reads and writes.
pub const LOCK_VERSION: u32 = 1;

/// Why a text is no lock.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Not TOML, or not of this shape.
    #[error("read ashlar.lock: {message}")]
    Syntax {
        /// The parser's message, with line and column.
        message: String,
    },
    /// Written by another version of the tool.
    #[error("read ashlar.lock: it has version {found}, this tool reads version {LOCK_VERSION}")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A digest that is none.
    #[error("read ashlar.lock: sha256 of {name}")]
    Digest {
        /// Which entry.
        name: String,
        /// Why.
        #[source]
        cause: DigestError,
    },
    /// A module file that is neither zip nor go.mod.
    #[error("read ashlar.lock: {kind:?} of module {module} is neither mod nor zip")]
    ModuleKind {
        /// The module.
        module: String,
        /// The word found.
        kind: String,
    },
    /// An entry that is there twice: which one counts would be a matter of chance.
    #[error("read ashlar.lock: {name} is there twice")]
    Repeated {
        /// Which entry.
        name: String,
    },
    /// A set names a package that is not listed.
    #[error("read ashlar.lock: set {set:?} names {package:?}, which is not among its packages")]
    Dangling {
        /// The set.
        set: String,
        /// The package id.
        package: String,
    },
}

/// A suite of the archive as it was trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LockedSuite {
    /// Such as `trixie` or `trixie-security`.
    pub name: String,
    /// Digest of the signed Release file.
    pub release: String,
    /// `Date` of the Release, seconds since 1970.
    pub date: u64,
    /// Primary fingerprint of the key whose signature was accepted.
    pub signer: String,
}

/// One package of the seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedPackage {
    /// Package name.
    pub name: String,
    /// Debian version.
    pub version: String,
    /// Debian architecture, `amd64` or `all`.
    pub architecture: String,
    /// The suite that won.
    pub suite: String,
    /// Why it is here: a set that names it, or a package that depends on it.
    pub because: String,
    /// Path below the archive's base.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Digest of the .deb file.
    pub digest: SourceDigest,
}

impl LockedPackage {
    /// `name_version_architecture`, which names it within the lock.
    #[must_use]
    pub fn id(&self) -> String {
        format!("{}_{}_{}", self.name, self.version, self.architecture)
    }
}

/// One file of a Debian source package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedFile {
    /// Source package name.
    pub package: String,
    /// Its Debian version.
    pub version: String,
    /// File name.
    pub file: String,
    /// The suite whose Sources index named it.
    pub suite: String,
    /// Path below the archive's base.
    pub path: String,
    /// Bytes.
    pub size: u64,
    /// Digest of the file.
    pub digest: SourceDigest,
}

/// Which file of a Go module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ModuleKind {
    /// Its go.mod.
    Mod,
    /// All its files.
    Zip,
}

impl ModuleKind {
    /// The word for it in the lock.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mod => "mod",
            Self::Zip => "zip",
        }
    }

    /// Reads the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Mod, Self::Zip].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Names one file of a Go module within the lock: module, version, which file.
pub type ModuleId = (String, String, ModuleKind);

/// One file of a Go module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockedModule {
    /// The module's path.
    pub module: String,
    /// Its version.
    pub version: String,
    /// Which of its files.
    pub kind: ModuleKind,
    /// The hash that go.sum states, `h1:` and base64.
    pub h1: String,
    /// Bytes.
    pub size: u64,
    /// Digest of the file whose h1 that was found to be.
    pub digest: SourceDigest,
}

impl LockedModule {
    /// What names it within the lock.
    #[must_use]
    pub fn id(&self) -> ModuleId {
        (self.module.clone(), self.version.clone(), self.kind)
    }
}

/// The lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// Suites in the order of their names.
    pub suites: Vec<LockedSuite>,
    /// Seed packages by id.
    pub packages: BTreeMap<String, LockedPackage>,
    /// Files of source packages by (package, version, file).
    pub files: BTreeMap<(String, String, String), LockedFile>,
    /// Files of Go modules.
    pub modules: BTreeMap<ModuleId, LockedModule>,
    /// Package ids of each set, its dependency closure, ordered.
    pub sets: BTreeMap<String, Vec<String>>,
    /// Epoch of each recipe.
    pub epochs: BTreeMap<String, u64>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPackage {
    name: String,
    version: String,
    architecture: String,
    suite: String,
    because: String,
    path: String,
    size: u64,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    package: String,
    version: String,
    file: String,
    suite: String,
    path: String,
    size: u64,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawModule {
    module: String,
    version: String,
    kind: String,
    h1: String,
    size: u64,
    sha256: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    version: u32,
    #[serde(default)]
    set: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    epoch: BTreeMap<String, u64>,
    #[serde(default)]
    suite: Vec<LockedSuite>,
    #[serde(default)]
    file: Vec<RawFile>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    module: Vec<RawModule>,
    #[serde(default)]
    package: Vec<RawPackage>,
}

impl Lockfile {
    /// Reads the text of `ashlar.lock`.
    ///
    /// # Errors
    /// [`LockError`], saying where.
    pub fn parse(text: &str) -> Result<Self, LockError> {
        let syntax = |cause: toml::de::Error| LockError::Syntax { message: cause.to_string() };
        let version = toml::from_str::<toml::Table>(text)
            .map_err(syntax)?
            .get("version")
            .and_then(toml::Value::as_integer);
        if let Some(found) = version.and_then(|version| u32::try_from(version).ok())
            && found != LOCK_VERSION
        {
            return Err(LockError::Version { found });
        }
        let raw: Raw = toml::from_str(text).map_err(syntax)?;
        let digest = |name: &str, text: &str| {
            text.parse().map_err(|cause| LockError::Digest { name: name.to_owned(), cause })
        };
        let mut lock = Self { suites: raw.suite, sets: raw.set, epochs: raw.epoch, ..Self::default() };
        for package in raw.package {
            let digest = digest(&package.name, &package.sha256)?;
            let RawPackage { name, version, architecture, suite, because, path, size, .. } = package;
            let package = LockedPackage { name, version, architecture, suite, because, path, size, digest };
            let id = package.id();
            if lock.packages.insert(id.clone(), package).is_some() {
                return Err(LockError::Repeated { name: id });
            }
        }
        for file in raw.file {
            let digest = digest(&file.file, &file.sha256)?;
            let RawFile { package, version, file, suite, path, size, .. } = file;
            let locked = LockedFile { package, version, file, suite, path, size, digest };
            let key = (locked.package.clone(), locked.version.clone(), locked.file.clone());
            if lock.files.insert(key, locked).is_some() {
                return Err(LockError::Repeated { name: "a file of a source package".to_owned() });
            }
        }
        for raw in raw.module {
            let digest = digest(&raw.module, &raw.sha256)?;
            let RawModule { module, version, kind, h1, size, .. } = raw;
            let kind = ModuleKind::parse(&kind)
                .ok_or_else(|| LockError::ModuleKind { module: module.clone(), kind: kind.clone() })?;
            let locked = LockedModule { module, version, kind, h1, size, digest };
            lock.modules.insert(locked.id(), locked);
        }
        for (set, ids) in &lock.sets {
            if let Some(package) = ids.iter().find(|id| !lock.packages.contains_key(*id)) {
                return Err(LockError::Dangling { set: set.clone(), package: package.clone() });
            }
        }
        Ok(lock)
    }

    /// The text of `ashlar.lock`.
    ///
    /// # Errors
    /// [`LockError::Syntax`] if a value cannot be written as TOML.
    pub fn to_text(&self) -> Result<String, LockError> {
        let raw = Raw {
            version: LOCK_VERSION,
            set: self.sets.clone(),
            epoch: self.epochs.clone(),
            suite: self.suites.clone(),
            file: self
                .files
                .values()
                .map(|file| RawFile {
                    package: file.package.clone(),
                    version: file.version.clone(),
                    file: file.file.clone(),
                    suite: file.suite.clone(),
                    path: file.path.clone(),
                    size: file.size,
                    sha256: file.digest.to_string(),
                })
                .collect(),
            module: self
                .modules
                .values()
                .map(|module| RawModule {
                    module: module.module.clone(),
                    version: module.version.clone(),
                    kind: module.kind.as_str().to_owned(),
                    h1: module.h1.clone(),
                    size: module.size,
                    sha256: module.digest.to_string(),
                })
                .collect(),
            package: self
                .packages
                .values()
                .map(|package| RawPackage {
                    name: package.name.clone(),
                    version: package.version.clone(),
                    architecture: package.architecture.clone(),
                    suite: package.suite.clone(),
                    because: package.because.clone(),
                    path: package.path.clone(),
                    size: package.size,
                    sha256: package.digest.to_string(),
                })
                .collect(),
        };
        let body =
            toml::to_string_pretty(&raw).map_err(|cause| LockError::Syntax { message: cause.to_string() })?;
        Ok(format!(
            "# Written by `ashlar lock`. Do not edit: change recipes or seeds.toml and run it again.\n{body}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ashlar_digest::Sha256;

    fn sample() -> Lockfile {
        let package = LockedPackage {
            name: "make".into(),
            version: "4.4.1-2".into(),
            architecture: "amd64".into(),
            suite: "trixie".into(),
            because: "set base names it".into(),
            path: "pool/main/m/make/make_4.4.1-2_amd64.deb".into(),
            size: 463_184,
            digest: SourceDigest::new(Sha256::of(b"make")),
        };
        let file = LockedFile {
            package: "musl".into(),
            version: "1.2.5-3".into(),
            file: "musl_1.2.5.orig.tar.gz".into(),
            suite: "trixie".into(),
            path: "pool/main/m/musl/musl_1.2.5.orig.tar.gz".into(),
            size: 1,
            digest: SourceDigest::new(Sha256::of(b"musl")),
        };
        let module = LockedModule {
            module: "a.example/b".into(),
            version: "v1.0.0".into(),
            kind: ModuleKind::Zip,
            h1: "h1:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".into(),
            size: 2,
            digest: SourceDigest::new(Sha256::of(b"zip")),
        };
        let suite = LockedSuite {
            name: "trixie".into(),
            release: Sha256::of(b"r").to_string(),
            date: 7,
            signer: "AB".into(),
        };
        Lockfile {
            suites: vec![suite],
            sets: BTreeMap::from([("base".into(), vec![package.id()])]),
            packages: BTreeMap::from([(package.id(), package)]),
            files: BTreeMap::from([((file.package.clone(), file.version.clone(), file.file.clone()), file)]),
            modules: BTreeMap::from([(module.id(), module)]),
            epochs: BTreeMap::from([("musl".into(), 9)]),
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        let text = sample().to_text().unwrap();
        assert_eq!(Lockfile::parse(&text).unwrap(), sample(), "{text}");
    }

    #[test]
    fn a_lock_from_before_there_were_modules_is_read_and_written_as_it_was() {
        let text = Lockfile { modules: BTreeMap::new(), ..sample() }.to_text().unwrap();
        assert!(!text.contains("module"), "{text}");
        assert_eq!(Lockfile::parse(&text).unwrap().to_text().unwrap(), text);
    }

    #[test]
    fn a_lock_that_is_not_whole_is_refused() {
        let text = sample().to_text().unwrap();
        assert!(matches!(
            Lockfile::parse(&text.replace("version = 1\n", "version = 2\n")),
            Err(LockError::Version { found: 2 })
        ));
        assert!(matches!(
            Lockfile::parse(&text.replace("[\"make_", "[\"cake_")),
            Err(LockError::Dangling { .. })
        ));
        assert!(matches!(
            Lockfile::parse(&text.replace("sha256 = \"", "sha256 = \"x")),
            Err(LockError::Digest { .. })
        ));
        assert!(matches!(
            Lockfile::parse(&text.replace("kind = \"zip\"", "kind = \"exe\"")),
            Err(LockError::ModuleKind { .. })
        ));
        let package = text.find("[[package]]").map(|at| text[at..].to_owned()).unwrap();
        assert!(matches!(Lockfile::parse(&format!("{text}\n{package}")), Err(LockError::Repeated { .. })));
        assert!(matches!(Lockfile::parse(&text.replace("because", "cause")), Err(LockError::Syntax { .. })));
    }
}
