// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `seeds.toml`: the archive that is trusted, and the sets of its binary packages that bootstrap every build.
//! Syntax: docs/recipe-format.md, "seed sets".

use std::collections::BTreeMap;

use ashlar_tree::{Mode, TreePath};

use crate::attribute::mode;
use crate::code::Code;
use crate::cpe::Cpe;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::file::SourceFile;
use crate::license::License;
use crate::location::{Fingerprint, ProjectPath, Url, tree_path};
use crate::name::SetName;
use crate::purl::Purl;
use crate::read::{Parsed, Scope, any, boolean, distinct, line, list, parse_document, table, text};
use crate::recipe::{report_repeated, supplier};
use crate::suggest::did_you_mean;

/// One `seeds.toml`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedSets {
    /// The archive; absent in a project that only uses sets of its imports, or none.
    pub archive: Option<Archive>,
    /// The sets.
    pub sets: BTreeMap<SetName, SeedSet>,
}

/// `[archive]`: whose signatures count, and which suites are looked into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The file that holds the archive's keys.
    pub keyring: ProjectPath,
    /// The folder of the project that names it, from the main project's: what `keyring` is relative to.
    pub folder: String,
    /// The primary keys of it that may sign.
    pub keyrings: Vec<Fingerprint>,
    /// The suites, most preferred first.
    pub suites: Vec<Suite>,
}

/// A suite of the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suite {
    /// Its code name, such as `trixie`.
    pub name: String,
    /// The archive that holds it: the last folder of a mirror's base URL, such as `debian-security`.
    pub archive: String,
    /// Its components.
    pub components: Vec<String>,
    /// Whether only packages that a set takes by name (`backports`) may come from it.
    pub named_only: bool,
}

/// `[set.<name>]`: packages, and what their maintainer scripts would have set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedSet {
    /// Its name.
    pub name: SetName,
    /// The packages that are asked for; what they depend on comes along.
    pub packages: Vec<String>,
    /// Packages that may come from a suite that is `named-only`.
    pub backports: Vec<String>,
    /// Packages that are left out although something depends on them.
    pub exclude: Vec<String>,
    /// Other sets that come along.
    pub include: Vec<SetName>,
    /// Links that maintainer scripts would have made.
    pub links: Vec<SeedLink>,
    /// Files that maintainer scripts would have made.
    pub files: Vec<SeedFile>,
    /// What its compilers copy into what they make.
    pub runtimes: Vec<Runtime>,
}

/// One `[[set.<name>.runtime]]`: a library that a compiler links into programs by itself. It is a component of whatever has such a
/// program, in the version that the lock has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// The package of the set that has it.
    pub package: String,
    /// How SBOM and VEX call it, without a version.
    pub purl: Purl,
    /// Its licence.
    pub license: License,
    /// Who supplies it (SPDX 2.3 §7.5).
    pub supplier: String,
    /// Where its home is.
    pub homepage: Url,
    /// Its CPE; the version of it does not count.
    pub cpe: Option<Cpe>,
}

/// One `[[set.<name>.link]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedLink {
    /// Where it is.
    pub path: TreePath,
    /// Where it points, as written.
    pub target: String,
}

/// One `[[set.<name>.file]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeedFile {
    /// Where it is.
    pub path: TreePath,
    /// What it holds.
    pub content: String,
    /// Its mode.
    pub mode: Mode,
}

impl SeedSets {
    /// Checks the text of a `seeds.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: SourceFile) -> Result<Self, Diagnostics> {
        Self::parse_document(file).map(|parsed| parsed.value)
    }

    /// `name` and all sets that it includes, each once, included ones first.
    /// Sets that do not exist are left out: [`crate::RecipeSet`] has refused them.
    #[must_use]
    pub fn closure(&self, name: &SetName) -> Vec<&SeedSet> {
        let mut out = Vec::new();
        self.collect(name, &mut Vec::new(), &mut out);
        out
    }

    fn collect<'s>(&'s self, name: &SetName, open: &mut Vec<SetName>, out: &mut Vec<&'s SeedSet>) {
        let Some(set) = self.sets.get(name) else { return };
        if open.contains(name) || out.iter().any(|done| done.name == *name) {
            return;
        }
        open.push(name.clone());
        for included in &set.include {
            self.collect(included, open, out);
        }
        open.pop();
        out.push(set);
    }

    pub(crate) fn parse_document(file: SourceFile) -> Result<Parsed<Self>, Diagnostics> {
        parse_document(file, |scope| {
            let archive = scope.optional("archive", table(Archive::read));
            let sets = scope.optional("set", |value| {
                value.map(SetName::parse, |name, value| value.table(|scope| SeedSet::read(name, scope)))
            });
            Some(Self { archive, sets: sets.unwrap_or_default().into_iter().collect() })
        })
    }
}

impl Archive {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let keyring = scope.optional("keyring", text(ProjectPath::parse));
        let keyrings = scope.required("keyrings", distinct(Fingerprint::parse));
        let suites = scope.required("suites", list(table(Suite::read)));
        if let Some(suites) = &suites {
            report_repeated(scope, "suites", suites.iter().map(|suite| suite.name.as_str()));
        }
        Some(Self {
            keyring: keyring.or_else(|| ProjectPath::parse("seeds/keyring.pgp").ok())?,
            folder: String::new(),
            keyrings: keyrings?,
            suites: suites?,
        })
    }
}

impl Suite {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(line));
        let archive = scope.required("archive", text(line));
        let components = scope.optional("components", distinct(line));
        let named_only = scope.optional("named-only", boolean).unwrap_or(false);
        Some(Self {
            name: name?,
            archive: archive?,
            components: components.unwrap_or_else(|| vec!["main".to_owned()]),
            named_only,
        })
    }
}

impl SeedSet {
    fn read(name: &SetName, scope: &Scope<'_, '_>) -> Option<Self> {
        let packages = scope.array_of("packages", package);
        let backports = scope.array_of("backports", package);
        let exclude = scope.array_of("exclude", package);
        let include = scope.array_of("include", SetName::parse);
        let links = scope.array("link", table(SeedLink::read));
        let files = scope.array("file", table(SeedFile::read));
        let runtimes = scope.array("runtime", table(Runtime::read));
        if let (Some(packages), Some(exclude)) = (&packages, &exclude) {
            for (index, excluded) in exclude.iter().enumerate() {
                if packages.contains(excluded) {
                    let message = format!("`{excluded}` is asked for and excluded at once");
                    scope.report(&format!("exclude[{index}]"), Invalid::new(Code::Duplicate, message));
                }
            }
        }
        Some(Self {
            name: name.clone(),
            packages: packages?,
            backports: backports?,
            exclude: exclude?,
            include: include?,
            links: links?,
            files: files?,
            runtimes: runtimes?,
        })
    }
}

impl Runtime {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let package = scope.required("package", text(package));
        let purl = scope.required("purl", text(Purl::parse));
        let license = scope.required("license", text(License::parse));
        let supplier = scope.required("supplier", text(supplier));
        let homepage = scope.required("homepage", text(Url::parse));
        let cpe = scope.optional("cpe", text(Cpe::parse));
        Some(Self {
            package: package?,
            purl: purl?,
            license: license?,
            supplier: supplier?,
            homepage: homepage?,
            cpe,
        })
    }
}

impl SeedLink {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(tree_path));
        let target = scope.required("target", text(line));
        Some(Self { path: path?, target: target? })
    }
}

impl SeedFile {
    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let path = scope.required("path", text(tree_path));
        let content = scope.required("content", text(any));
        let mode = scope.optional("mode", text(mode)).unwrap_or(Mode::PLAIN);
        Some(Self { path: path?, content: content?, mode })
    }
}

/// Debian policy §5.6.7.
pub(crate) fn package(found: &str) -> Result<String, Invalid> {
    let first = found.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let rest = found.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "+-.".contains(c));
    if first && rest && found.len() >= 2 {
        return Ok(found.to_owned());
    }
    Err(Invalid::new(Code::Name, format!("{found:?} is no name of a Debian package")))
}

/// What to say about a set that does not exist.
pub(crate) fn unknown_set<'s>(name: &SetName, sets: impl Iterator<Item = &'s SetName>) -> Invalid {
    Invalid::new(Code::UnknownSet, format!("there is no seed set `{name}`")).help(did_you_mean(
        name.as_str(),
        "seed sets",
        sets.map(SetName::as_str),
    ))
}
