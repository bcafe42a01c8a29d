// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is known of Go modules and crates beside name and version: licences by their texts, suppliers by where they are kept.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::{License, Purl};
use serde::Deserialize;

use super::component::{cpe, digest, license, supplier};
use super::fact;
use super::program::Program;
use super::texts::Texts;
use crate::component::{Component, Kind};
use crate::crate_list::CrateList;
use crate::error::SbomError;
use crate::facts::{Facts, RecipeFacts, RuntimeFacts};
use crate::location::Location;
use crate::supplier::Supplier;

/// Sites that keep what others make, each below its name.
const SITES: [&str; 4] = ["github.com", "gitlab.com", "codeberg.org", "bitbucket.org"];
/// Whose modules the Go project keeps below a name of its own.
const GO: &str = "golang.org";

/// A module that a program of `recipe` was linked from.
pub(crate) fn module(texts: &Texts<'_>, recipe: &str, mut component: Component) -> Component {
    let version = component.version.as_deref().unwrap_or_default();
    let found = texts.of_module(recipe, &format!("{}@{version}", component.name));
    component.declared = found.concluded(None);
    component.concluded = component.declared.clone();
    component.copyright = found.copyright();
    component.supplier = Some(owner(&component.name));
    component.homepage = Location::parse(&format!("https://{}", component.name));
    component
}

/// Go's standard library, of which `runtime` tells the rest.
pub(crate) fn standard_library(
    facts: &Facts,
    texts: &Texts<'_>,
    runtime: &RuntimeFacts,
    mut component: Component,
) -> Result<Component, SbomError> {
    let what = format!("{} of seed set {}", runtime.name, runtime.set);
    let found = texts.of_package(&runtime.package)?;
    component.supplier = Some(supplier(&what, &runtime.supplier)?);
    component.declared = Some(license(&what, &runtime.license)?);
    component.concluded = found.concluded(component.declared.as_ref());
    component.copyright = found.copyright();
    component.homepage = Location::parse(&runtime.homepage);
    // A scanner believes a CPE's version before the component's.
    let version = component.version.clone().unwrap_or_default();
    if let Some(text) = &runtime.cpe {
        component.cpes.extend(cpe(&what, text)?.with_version(&version).ok());
    }
    if let Some(package) = facts.tools.values().find(|tool| tool.name == runtime.package) {
        component.checksums = digest(&what, &package.sha256)?;
    }
    Ok(component)
}

/// Checks that programs of `recipe` say what they were linked from, and that it is nothing but what its go.sum and its Cargo.lock have.
///
/// # Errors
/// [`SbomError::Fact`] with the first that is not there, or not with the same checksum.
pub(crate) fn check_locked(recipe: &str, facts: &RecipeFacts, programs: &[Program]) -> Result<(), SbomError> {
    let unknown = |what: String, lock: &str| {
        let reason = format!("a program of it was linked from {what}, which its {lock} does not have");
        Err(SbomError::Fact { what: format!("recipe {recipe}"), reason })
    };
    let has = |ending: &str| facts.modules.iter().any(|source| source.name.ends_with(ending));
    let says_nothing = |program: &&Program| {
        (has(".crate") && program.crates.is_none()) || (has(".zip") && program.go.is_none())
    };
    if programs.iter().any(|program| says_nothing(&program)) {
        let reason = "a program of it does not say which modules or crates it was linked from".to_owned();
        return Err(SbomError::Fact { what: format!("recipe {recipe}"), reason });
    }
    let of = |file: String| facts.modules.iter().find(move |source| source.name == file);
    for module in
        programs.iter().flat_map(|program| &program.go).flat_map(|go| go.modules.iter().chain(&go.main))
    {
        let module = module.built();
        // A folder of the source has no checksum; it is the recipe's own.
        let locked =
            of(format!("{}@{}.zip", module.path, module.version)).and_then(|source| source.h1.as_deref());
        if !module.sum.is_empty() && locked != Some(&module.sum) {
            return unknown(format!("{} {} {}", module.path, module.version, module.sum), "go.sum");
        }
    }
    for linked in programs.iter().flat_map(|program| &program.crates).flat_map(CrateList::components) {
        let version = linked.version.as_deref().unwrap_or_default();
        if of(format!("{}-{version}.crate", linked.name)).is_none() {
            return unknown(linked.title(), "Cargo.lock");
        }
    }
    Ok(())
}

/// The crates of recipe `name` whose libraries are among `stems`, by what Cargo calls them: `lib<crate>-<hash>.rlib`.
/// Libraries of no crate of its Cargo.lock are its own.
///
/// # Errors
/// [`SbomError::Fact`] for a crate that its Cargo.lock has in several versions: the hash does not tell which it is.
pub(crate) fn crates_in<'a>(
    name: &str,
    recipe: &RecipeFacts,
    stems: impl Iterator<Item = &'a str>,
) -> Result<Vec<Component>, SbomError> {
    let libraries: BTreeSet<&str> =
        stems.filter_map(|stem| stem.rsplit_once('-').map(|(name, _)| name)).collect();
    let mut linked: BTreeMap<&str, Component> = BTreeMap::new();
    for file in recipe.modules.iter().filter_map(|source| source.name.strip_suffix(".crate")) {
        let Some(at) = version_at(file) else { continue };
        let (crate_name, version) = (&file[..at - 1], &file[at..]);
        if !libraries.contains(crate_name.replace('-', "_").as_str()) {
            continue;
        }
        let what = format!("recipe {name}");
        let mut component = Component::new(Kind::Library, crate_name);
        component.version = Some(version.to_owned());
        let purl = format!("pkg:cargo/{crate_name}@{version}");
        component.purl = Some(fact(&what, &format!("{purl} is no purl"), Purl::canonicalise(&purl).ok())?);
        if linked.insert(crate_name, component).is_some() {
            let reason =
                format!("its Cargo.lock has {crate_name} in several versions, and its library is in one");
            return Err(SbomError::Fact { what, reason });
        }
    }
    Ok(linked.into_values().collect())
}

/// Where in `<name>-<version>` the version begins: no name has a hyphen before a digit and then a dot.
fn version_at(file: &str) -> Option<usize> {
    let hyphens = file.match_indices('-').map(|(at, _)| at + 1);
    hyphens.into_iter().find(|at| {
        let mut rest = file[*at..].split('.');
        rest.next().is_some_and(|major| !major.is_empty() && major.bytes().all(|byte| byte.is_ascii_digit()))
            && rest.next().is_some()
    })
}

/// A crate that a program of `recipe` was linked from.
pub(crate) fn linked_crate(
    texts: &Texts<'_>,
    recipe: (&str, &RecipeFacts),
    mut component: Component,
) -> Result<Component, SbomError> {
    let version = component.version.clone().unwrap_or_default();
    let file = format!("{}-{version}.crate", component.name);
    if let Some(source) = recipe.1.modules.iter().find(|source| source.name == file) {
        component.checksums = digest(&file, &source.sha256)?;
    }
    let name = format!("{}-{version}", component.name);
    let Some((manifest, found)) = texts.of_crate(recipe.0, &name) else { return Ok(component) };
    let manifest: Manifest = toml::from_slice(manifest).map_err(|cause| SbomError::Fact {
        what: file.clone(),
        reason: format!("its Cargo.toml: {}", cause.message()),
    })?;
    let package = manifest.package;
    // Old crates write a slash for a choice (Cargo's reference, `license`).
    let declared = package.license.map(|text| text.replace('/', " OR "));
    component.declared = declared.and_then(|text| License::parse(&text).ok());
    component.concluded = found.concluded(component.declared.as_ref());
    component.copyright = found.copyright();
    let repository = package.repository.or(package.homepage);
    component.homepage = repository.as_deref().and_then(Location::parse);
    let kept = repository.as_deref().and_then(|url| url.split_once("://")).map(|(_, rest)| owner(rest));
    let author = || package.authors.first().map(|author| Supplier::Person(author.clone()));
    component.supplier = kept.or_else(author);
    Ok(component)
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    license: Option<String>,
    repository: Option<String>,
    homepage: Option<String>,
    #[serde(default)]
    authors: Vec<String>,
}

/// Who keeps what lies at `path`: the account at a site, or the site that is somebody's own.
fn owner(path: &str) -> Supplier {
    let mut parts = path.trim_start_matches("www.").split('/');
    let site = parts.next().unwrap_or_default();
    let name = match parts.next() {
        Some(account) if SITES.contains(&site) => account,
        _ if site == GO => "The Go Authors",
        _ => site,
    };
    Supplier::Organization(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_supplier_is_whoever_keeps_the_source() {
        for (path, name) in [
            ("github.com/containerd/log", "containerd"),
            ("golang.org/x/net", "The Go Authors"),
            ("dario.cat/mergo", "dario.cat"),
            ("github.com", "github.com"),
            ("www.github.com/serde-rs/serde", "serde-rs"),
        ] {
            assert_eq!(owner(path), Supplier::Organization(name.to_owned()), "{path}");
        }
    }
}
