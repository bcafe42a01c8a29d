// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The components that a Go program is linked from, and whether their checksums are those of a go.sum.

use std::collections::BTreeSet;

use ashlar_recipe::Purl;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::checksum::{Algorithm, Checksums, hex};
use crate::component::{Component, Kind};
use crate::error::SbomError;
use crate::go_build::{GoBuild, GoModule};

/// What a checksum of this sort begins with: of SHA-256, over the list of a module's files (`golang.org/x/mod/sumdb/dirhash`).
const HASH1: &str = "h1:";

impl GoBuild {
    /// The components that are linked in: Go's standard library, then the modules. The main module is the program itself.
    ///
    /// A module's checksum is that of the module's list of files, as syft gives it; licences, suppliers and copyright stand in
    /// the modules themselves, and whoever has those adds them.
    #[must_use]
    pub fn components(&self) -> Vec<Component> {
        let modules = self.modules.iter().map(|module| component(module.built()));
        self.standard_library().into_iter().chain(modules).collect()
    }

    /// Go's standard library, by the name under which the Go vulnerability database has it.
    fn standard_library(&self) -> Option<Component> {
        let version = self.go_version.split(' ').next()?.strip_prefix("go")?;
        let mut component = Component::new(Kind::Library, "stdlib");
        component.version = Some(version.to_owned());
        component.purl = Purl::canonicalise(&format!("pkg:golang/stdlib@{version}")).ok();
        Some(component)
    }
}

fn component(module: &GoModule) -> Component {
    let mut component = Component::new(Kind::Library, module.path.clone());
    component.version = Some(module.version.clone()).filter(|version| !version.is_empty());
    let at = component.version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
    component.purl = Purl::canonicalise(&format!("pkg:golang/{}{at}", module.path)).ok();
    component.checksums = h1(&module.sum).unwrap_or_default();
    component
}

/// A checksum of go.sum, which is a SHA-256 (golang.org/x/mod/sumdb/dirhash, `Hash1`).
pub(crate) fn h1(sum: &str) -> Option<Checksums> {
    let digest = STANDARD.decode(sum.strip_prefix(HASH1)?).ok()?;
    let mut checksums = Checksums::none();
    checksums.add(Algorithm::Sha256, &hex(&digest)).then_some(checksums)
}

/// The checksums of a go.sum: what the lock lets a build take.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoSums(BTreeSet<(String, String, String)>);

impl GoSums {
    /// Reads a go.sum: lines of path, version and checksum (`go help go.sum`; <https://go.dev/ref/mod#go-sum-files>).
    ///
    /// # Errors
    /// [`SbomError::GoLine`] for a line of another form.
    pub fn parse(text: &str) -> Result<Self, SbomError> {
        let mut sums = BTreeSet::new();
        for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let [path, version, sum] = fields.as_slice() else {
                let line = line.chars().take(80).collect();
                let reason = "a line has a path, a version and a checksum";
                return Err(SbomError::GoLine { number, reason, line });
            };
            sums.insert(((*path).to_owned(), (*version).to_owned(), (*sum).to_owned()));
        }
        Ok(Self(sums))
    }

    /// The modules of a program that the go.sum does not have, by path, version and checksum. A folder that replaces a module
    /// has no checksum, and is among them.
    #[must_use]
    pub fn unknown<'a>(&self, build: &'a GoBuild) -> Vec<&'a GoModule> {
        let is_known = |module: &GoModule| {
            let GoModule { path, version, sum, .. } = module.built().clone();
            self.0.contains(&(path, version, sum))
        };
        build.modules.iter().filter(|module| !is_known(module)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MODULES: &str = "path\texample.com/hello\nmod\texample.com/hello\t(devel)\t\n\
        dep\tgithub.com/BurntSushi/toml\tv1.5.0\th1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\n\
        dep\texample.com/old\tv1.0.0\n\
        =>\texample.com/new\tv2.0.0+incompatible\th1:AAAA\n";

    fn build() -> GoBuild {
        GoBuild { go_version: "go1.26.8 X:jsonv2".to_owned(), ..GoBuild::parse_modules(MODULES).unwrap() }
    }

    #[test]
    fn what_is_linked_in_is_named_as_the_vulnerability_database_names_it() {
        let components = build().components();
        let named = components.iter().map(|it| (it.title(), it.purl.as_ref().unwrap().to_string()));
        assert_eq!(
            named.collect::<Vec<_>>(),
            [
                ("stdlib 1.26.8".to_owned(), "pkg:golang/stdlib@1.26.8".to_owned()),
                (
                    "github.com/BurntSushi/toml v1.5.0".to_owned(),
                    "pkg:golang/github.com/burntsushi/toml@v1.5.0".to_owned()
                ),
                (
                    "example.com/new v2.0.0+incompatible".to_owned(),
                    "pkg:golang/example.com/new@v2.0.0%2Bincompatible".to_owned()
                ),
            ]
        );
        let sha256 = components[1].checksums.get(Algorithm::Sha256);
        assert!(sha256.unwrap().starts_with("5b9aae657fc6fdcb23"), "{sha256:?}");
        assert!(components[2].checksums.is_empty(), "a checksum that is none");
    }

    #[test]
    fn a_module_with_another_checksum_than_the_lock_s_is_found() {
        let sums = "github.com/BurntSushi/toml v1.5.0 h1:W5quZX/G/csjUnuI8SUYlsHs9M38FC7znL0lIO+DvMg=\n\
                    github.com/BurntSushi/toml v1.5.0/go.mod h1:x\n\nexample.com/new v2.0.0+incompatible h1:AAAA\n";
        let build = build();
        assert!(GoSums::parse(sums).unwrap().unknown(&build).is_empty());
        let other = GoSums::parse(&sums.replace("h1:W5", "h1:W6")).unwrap();
        assert_eq!(other.unknown(&build), [&build.modules[0]]);
        let error = GoSums::parse("a v1\n").unwrap_err();
        assert!(error.to_string().contains("line 1") && error.help().is_some(), "{error}");
    }
}
