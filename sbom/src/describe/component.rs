// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Facts to components.

use std::collections::BTreeSet;

use ashlar_digest::Sha256;
use ashlar_recipe::{Cpe, License, Purl};

use super::part::Brought;
use super::texts::Texts;
use super::{fact, kind_of};
use crate::checksum::{Algorithm, Checksums};
use crate::component::{Component, Kind};
use crate::error::SbomError;
use crate::facts::{BootFacts, Facts, RecipeFacts, RuntimeFacts, SourceFacts};
use crate::go_modules::h1;
use crate::location::Location;
use crate::supplier::Supplier;

/// Ecosystems whose scanners look a component up by the whole purl, and find none that has a qualifier of ours.
const UNCARRIED: [&str; 2] = ["golang", "cargo"];

/// The facts of a recipe that must be there.
pub(crate) fn facts_of<'a>(facts: &'a Facts, name: &str) -> Result<&'a RecipeFacts, SbomError> {
    fact(&format!("recipe {name}"), "nothing is said of it", facts.recipes.get(name))
}

/// The thing itself. Its licence is that of all its recipes together.
pub(crate) fn root(facts: &Facts) -> Result<Component, SbomError> {
    let mut component = Component::new(Kind::OperatingSystem, facts.name.clone());
    let what = format!("image {}", facts.name);
    component.version = Some(facts.version.clone());
    component.supplier = Some(supplier(&what, &facts.supplier)?);
    let purl = format!("pkg:generic/{}@{}", facts.name, facts.version);
    component.purl = Some(fact(&what, "its name and version make no purl", Purl::canonicalise(&purl).ok())?);
    Ok(component)
}

/// A container image that lies in the root.
pub(crate) fn container(facts: &Facts, name: &str, checksums: Checksums) -> Result<Component, SbomError> {
    let what = format!("container {name}");
    let of = fact(&what, "nothing is said of it", facts.containers.get(name))?;
    let mut component = Component::new(Kind::Container, name);
    component.version = Some(of.version.clone());
    component.supplier = Some(supplier(&what, &facts.supplier)?);
    let purl = carried(&what, &format!("pkg:generic/{name}@{}", of.version), &facts.carrier)?;
    component.purl = Some(purl);
    component.checksums = checksums;
    Ok(component)
}

/// A recipe, as `carrier` has it.
pub(crate) fn recipe(
    facts: &Facts,
    texts: &Texts<'_>,
    name: &str,
    carrier: &str,
    brought: &Brought,
) -> Result<Component, SbomError> {
    let what = format!("recipe {name}");
    let of = facts_of(facts, name)?;
    let boots = facts.boot.values().any(|boot| boot.recipe == name);
    let purl = carried(&what, &of.purl, carrier)?;
    let is_go = purl.ecosystem() == "golang";
    // Scanners look a Go module up by its name, which is its path.
    let title = if is_go { purl.full_name() } else { name.to_owned() };
    let mut component = Component::new(kind_of(boots || brought.has_executables()), title);
    let go_version =
        of.purl.split(['#', '?']).next().and_then(|text| text.rsplit_once('@')).map(|(_, version)| version);
    component.version = Some(go_version.filter(|_| is_go).unwrap_or(&of.version).to_owned());
    component.purl = Some(purl);
    component.cpes = of.cpe.iter().map(|text| cpe(&what, text)).collect::<Result<_, _>>()?;
    component.supplier = Some(supplier(&what, &of.supplier)?);
    component.declared = Some(license(&what, &of.license)?);
    let own_module =
        component.version.as_ref().filter(|_| is_go).map(|version| format!("{}@{version}", component.name));
    let mut found = texts.of_recipe(name, own_module.as_deref());
    if let Some(package) = &of.seed_package {
        found.add(texts.of_package(package)?);
    }
    component.concluded = found.concluded(component.declared.as_ref());
    component.copyright = found.copyright();
    component.homepage = Location::parse(&of.homepage);
    component.recipe = Some(name.to_owned());
    let module = brought.programs().iter().filter_map(|program| program.go.as_ref()?.main.as_ref());
    match of.sources.first() {
        Some(first) => {
            component.checksums = sha256(&what, first)?;
            component.download = location(first);
        }
        None => {
            let package = of.seed_package.as_ref().map(|package| package_checksums(facts, &what, package));
            component.checksums = module
                .filter_map(|module| h1(&module.sum))
                .next()
                .or(package.transpose()?)
                .or_else(|| brought.only_file().cloned())
                .unwrap_or_default();
        }
    }
    Ok(component)
}

/// A recipe of which nothing ships: others were built with it.
pub(crate) fn recipe_as_tool(facts: &Facts, name: &str) -> Result<Component, SbomError> {
    let what = format!("recipe {name}");
    let of = facts_of(facts, name)?;
    let mut component = Component::new(Kind::Tool, name);
    component.version = Some(of.version.clone());
    component.purl =
        Some(fact(&what, &format!("{} is no purl", of.purl), Purl::canonicalise(&of.purl).ok())?);
    component.supplier = Some(supplier(&what, &of.supplier)?);
    component.declared = Some(license(&what, &of.license)?);
    component.homepage = Location::parse(&of.homepage);
    component.recipe = Some(name.to_owned());
    Ok(component)
}

/// A library that a compiler brings.
pub(crate) fn runtime(
    facts: &Facts,
    texts: &Texts<'_>,
    of: &RuntimeFacts,
    carrier: &str,
) -> Result<Component, SbomError> {
    let what = format!("{} of seed set {}", of.name, of.set);
    let mut component = Component::new(Kind::Library, of.name.clone());
    component.version = Some(of.version.clone());
    component.purl =
        Some(carried(&what, &format!("pkg:{}/{}@{}", of.ecosystem, of.name, of.version), carrier)?);
    component.cpes = of.cpe.iter().map(|text| cpe(&what, text)).collect::<Result<_, _>>()?;
    component.supplier = Some(supplier(&what, &of.supplier)?);
    component.declared = Some(license(&what, &of.license)?);
    let found = texts.of_package(&of.package)?;
    component.concluded = found.concluded(component.declared.as_ref());
    component.copyright = found.copyright();
    component.homepage = Location::parse(&of.homepage);
    component.checksums = package_checksums(facts, &what, &of.package)?;
    Ok(component)
}

/// The checksums of a package of the seed.
fn package_checksums(facts: &Facts, what: &str, package: &str) -> Result<Checksums, SbomError> {
    let package = facts.tools.values().find(|tool| tool.name == package);
    digest(what, &fact(what, "the lock does not have its package", package)?.sha256)
}

/// A file that boots. The initramfs holds the root's own hash, so no document in the root can hold its checksums.
pub(crate) fn boot_file(
    facts: &Facts,
    texts: &Texts<'_>,
    boot: &BootFacts,
    carrier: &str,
    checksums: Option<&Checksums>,
) -> Result<Component, SbomError> {
    let what = format!("{} of recipe {}", boot.file, boot.recipe);
    let of = facts_of(facts, &boot.recipe)?;
    let mut component = Component::new(Kind::File, boot.file.rsplit('/').next().unwrap_or(&boot.file));
    component.version = Some(of.version.clone());
    component.supplier = Some(supplier(&what, &of.supplier)?);
    component.declared = Some(license(&what, &of.license)?);
    let found = texts.of_recipe(&boot.recipe, None);
    component.concluded = found.concluded(component.declared.as_ref());
    component.copyright = found.copyright();
    component.homepage = Location::parse(&of.homepage);
    // Without a CPE: the recipe's component is what a scanner matches.
    let purl = format!("pkg:generic/{}@{}#{}", boot.recipe, of.version, boot.file);
    component.purl = Some(carried(&what, &purl, carrier)?);
    component.checksums = checksums.cloned().unwrap_or_default();
    Ok(component)
}

/// An upstream file.
pub(crate) fn source(of: &SourceFacts) -> Result<Component, SbomError> {
    let mut component = Component::new(Kind::Source, of.name.clone());
    component.checksums = sha256(&of.name, of)?;
    component.download = location(of);
    Ok(component)
}

pub(crate) fn patch(recipe: &str, name: &str, fixes: &BTreeSet<String>) -> Component {
    let mut component = Component::new(Kind::Patch, format!("{recipe}/{name}"));
    component.fixes.clone_from(fixes);
    component
}

/// `purl` with the carrier, where its ecosystem bears that (DESIGN §10).
fn carried(what: &str, purl: &str, carrier: &str) -> Result<Purl, SbomError> {
    let wrong = |reason: &str| SbomError::Fact { what: what.to_owned(), reason: format!("{purl}: {reason}") };
    let parsed = Purl::canonicalise(purl).map_err(|_| wrong("it is no purl"))?;
    if UNCARRIED.contains(&parsed.ecosystem()) {
        return Ok(parsed);
    }
    let (before, subpath) =
        purl.split_once('#').map_or((purl, None), |(before, after)| (before, Some(after)));
    let separator = if before.contains('?') { '&' } else { '?' };
    let subpath = subpath.map(|path| format!("#{path}")).unwrap_or_default();
    Purl::canonicalise(&format!("{before}{separator}in={carrier}{subpath}"))
        .map_err(|_| wrong("it takes no qualifier"))
}

pub(crate) fn cpe(what: &str, text: &str) -> Result<Cpe, SbomError> {
    fact(what, &format!("{text} is no CPE"), Cpe::parse(text).ok())
}

pub(crate) fn license(what: &str, text: &str) -> Result<License, SbomError> {
    fact(what, &format!("{text} is no licence expression"), License::parse(text).ok())
}

pub(crate) fn supplier(what: &str, text: &str) -> Result<Supplier, SbomError> {
    fact(what, &format!("{text} is no supplier"), Supplier::read(text))
}

fn location(source: &SourceFacts) -> Option<Location> {
    source.location.as_deref().and_then(Location::parse)
}

fn sha256(what: &str, source: &SourceFacts) -> Result<Checksums, SbomError> {
    digest(what, &source.sha256)
}

pub(crate) fn digest(what: &str, text: &str) -> Result<Checksums, SbomError> {
    let mut checksums = Checksums::none();
    let is_one = text.parse::<Sha256>().is_ok() && checksums.add(Algorithm::Sha256, text);
    fact(what, &format!("{text} is no SHA-256"), is_one.then_some(checksums))
}
