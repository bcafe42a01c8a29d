// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which component no scanner could match, or would match wrongly, and why; and what an auditor would miss.
//!
//! The rules are those by which grype looks components up (docs/design/sbom.md lists where each was read).

use std::collections::BTreeMap;
use std::fmt;

use ashlar_recipe::{Cpe, Purl};

use crate::component::{Component, ComponentId, Kind};
use crate::inventory::Inventory;
use crate::relationship::Verb;

mod name;

/// What is wrong with a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flaw {
    /// No version: grype takes every vulnerability of that name for one of it.
    NoVersion,
    /// A version that scanners take for none.
    VersionUnknown,
    /// No purl: no VEX statement can name it, and no ecosystem is searched.
    NoPurl,
    /// A purl of no ecosystem, and no CPE: there is nothing to search by.
    NothingToSearchBy,
    /// The same of what is made by whoever makes the whole.
    OwnPart,
    /// A purl with another version than the component's.
    PurlVersion,
    /// A name that is not the one in the purl, by which the ecosystem is searched.
    PurlName,
    /// A purl with a distribution: scanners would judge it as that distribution's.
    PurlDistribution,
    /// A Go module whose version its build did not know.
    GoDevelopment,
    /// A CPE with another version than the component's.
    CpeVersion,
    /// A CPE that says more than vendor, product and version: the records that say less are not found by it.
    CpeTooNarrow,
    /// A kernel version with a suffix, which counts as one before the same without.
    KernelSuffix,
    /// Another component has the same purl: one VEX statement mutes both.
    SamePurl(ComponentId),
    /// Others are generated from it, so scanners drop it.
    DroppedByScanners,
    /// A root that scanners take for what is scanned, and not for a component.
    RootIsSource,
    /// Nobody is named as its supplier.
    NoSupplier,
    /// No licence was concluded.
    NoConcludedLicence,
    /// No licence is declared.
    NoDeclaredLicence,
    /// No checksum.
    NoChecksum,
}

impl Flaw {
    /// Whether a scanner misses something, or finds what is not there. The others are what an auditor misses.
    #[must_use]
    pub const fn misleads_scanners(&self) -> bool {
        !matches!(
            self,
            Self::OwnPart
                | Self::NoSupplier
                | Self::NoConcludedLicence
                | Self::NoDeclaredLicence
                | Self::NoChecksum
        )
    }

    /// The next step to take.
    #[must_use]
    pub const fn help(&self) -> &'static str {
        match self {
            Self::NoVersion | Self::VersionUnknown => "state its upstream version",
            Self::NoPurl => "state a purl, `pkg:generic/<name>@<version>` where no ecosystem has it",
            Self::NothingToSearchBy => "state the CPE by which vulnerability databases call it",
            Self::OwnPart => "state a CPE as soon as a published record has one",
            Self::PurlVersion => "write the same version in the purl",
            Self::PurlName => "name it as its ecosystem does: a Go module by its path, a crate by its name",
            Self::PurlDistribution => {
                "leave the qualifier `distro` and distributions' purls to their packages"
            }
            Self::GoDevelopment => "build it from a module with a version, or state its version and a CPE",
            Self::CpeVersion => "write the same version in the CPE",
            Self::CpeTooNarrow => "write `*` for everything after the version",
            Self::KernelSuffix => "keep a local version out of it",
            Self::SamePurl(_) => "say which carrier holds each, by a qualifier: `?in=os`",
            Self::DroppedByScanners => "describe the source as a component of its own, without purl and CPE",
            Self::RootIsSource => "make the root an operating system",
            Self::NoSupplier => "state upstream's supplier",
            Self::NoConcludedLicence => "conclude it from the licence texts in the source",
            Self::NoDeclaredLicence => "state the licence that upstream declares",
            Self::NoChecksum => "state the checksum of the file that it is or comes as",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoVersion => {
                "it has no version: a scanner reports every vulnerability that its name ever had"
            }
            Self::VersionUnknown => "its version is a word for none: a scanner searches nothing",
            Self::NoPurl => "it has no purl: no VEX statement can name it",
            Self::NothingToSearchBy => {
                "no scanner can match it: its purl is of no ecosystem, and it has no CPE"
            }
            Self::OwnPart => {
                "no scanner can match it: it is made by who makes the whole, and no database knows it"
            }
            Self::PurlVersion => "its purl has another version",
            Self::PurlName => "no scanner can match it: its name is not the one in its purl",
            Self::PurlDistribution => "a scanner judges it as a package of a distribution",
            Self::GoDevelopment => "no scanner can match it: its build did not know its version",
            Self::CpeVersion => "its CPE has another version: a scanner believes the CPE",
            Self::CpeTooNarrow => {
                "no scanner can match it: its CPE says more than vendor, product and version"
            }
            Self::KernelSuffix => "its version has a suffix: a scanner takes it for an earlier one",
            Self::SamePurl(other) => {
                return write!(f, "{other} has the same purl: a VEX statement about one mutes both");
            }
            Self::DroppedByScanners => "others are generated from it: a scanner drops it",
            Self::RootIsSource => "a scanner takes the root for what it scans, and drops it",
            Self::NoSupplier => "it has no supplier",
            Self::NoConcludedLicence => "it has no concluded licence",
            Self::NoDeclaredLicence => "it has no declared licence",
            Self::NoChecksum => "it has no checksum",
        })
    }
}

/// A flaw of a component.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The component.
    pub id: ComponentId,
    /// Its name and version.
    pub title: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; {}", self.title, self.flaw, self.flaw.help())
    }
}

/// Everything that is wrong with the components that ship, sorted by component. What they were made from is not scanned.
#[must_use]
pub fn lint(inventory: &Inventory) -> Vec<Finding> {
    let mut purls: BTreeMap<&str, &ComponentId> = BTreeMap::new();
    let mut findings = Vec::new();
    let maker = inventory.components().get(inventory.root()).and_then(|root| root.supplier.clone());
    for (id, component) in inventory.components().iter().filter(|(_, it)| it.kind.ships()) {
        let mut flaws = flaws(component);
        if component.supplier.is_some() && component.supplier == maker {
            flaws.iter_mut().filter(|it| **it == Flaw::NothingToSearchBy).for_each(|it| *it = Flaw::OwnPart);
        }
        if let Some(purl) = &component.purl {
            flaws.extend(purls.insert(purl.as_str(), id).map(|other| Flaw::SamePurl(other.clone())));
        }
        if id == inventory.root() && matches!(component.kind, Kind::Container | Kind::File) {
            flaws.push(Flaw::RootIsSource);
        }
        findings.extend(flaws.into_iter().map(|flaw| finding(id, component, flaw)));
    }
    for relationship in inventory.relationships().iter().filter(|it| it.verb == Verb::GeneratedFrom) {
        let source = inventory.components().get(&relationship.to).filter(|source| source.is_matchable());
        findings.extend(source.map(|source| finding(&relationship.to, source, Flaw::DroppedByScanners)));
    }
    findings.sort();
    findings.dedup();
    findings
}

fn finding(id: &ComponentId, component: &Component, flaw: Flaw) -> Finding {
    Finding { id: id.clone(), title: component.title(), flaw }
}

fn flaws(component: &Component) -> Vec<Flaw> {
    let mut flaws = missing(component);
    // The OS itself is in no database, and a file that boots is an arrangement of what is.
    let is_searched = !matches!(component.kind, Kind::OperatingSystem | Kind::File | Kind::Container);
    match component.version.as_deref() {
        None if is_searched => flaws.push(Flaw::NoVersion),
        Some(version) if matches!(version.to_ascii_lowercase().as_str(), "unknown" | "noassertion") => {
            flaws.push(Flaw::VersionUnknown);
        }
        _ => {}
    }
    match &component.purl {
        None if component.kind != Kind::File => flaws.push(Flaw::NoPurl),
        None => {}
        Some(purl) => flaws.extend(flaws_of_purl(component, purl)),
    }
    let ecosystem = component.purl.as_ref().map(Purl::ecosystem);
    // Nothing is filed under the first word of these; their findings come by CPE alone.
    let of_nobody =
        matches!(ecosystem, None | Some("generic" | "github" | "gitlab" | "bitbucket" | "oci" | "docker"));
    if is_searched && component.cpes.is_empty() && of_nobody {
        flaws.push(Flaw::NothingToSearchBy);
    }
    for cpe in &component.cpes {
        flaws.extend(flaws_of_cpe(component, cpe));
    }
    flaws
}

fn missing(component: &Component) -> Vec<Flaw> {
    [
        (Flaw::NoSupplier, component.supplier.is_none()),
        (Flaw::NoConcludedLicence, component.concluded.is_none()),
        (Flaw::NoDeclaredLicence, component.declared.is_none()),
        // The OS is the root of its files, each of which has its own.
        (Flaw::NoChecksum, component.checksums.is_empty() && component.kind != Kind::OperatingSystem),
    ]
    .into_iter()
    .filter_map(|(flaw, is_there)| is_there.then_some(flaw))
    .collect()
}

fn flaws_of_purl(component: &Component, purl: &Purl) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    let version = component.version.as_deref();
    let ecosystem = purl.ecosystem();
    let bare = |version: &str| match ecosystem {
        "golang" => version.strip_prefix('v').unwrap_or(version).to_owned(),
        _ => version.to_owned(),
    };
    if version.is_some() && purl.version().map(bare) != version.map(bare) {
        flaws.push(Flaw::PurlVersion);
    }
    // Purls of Go modules are in lowercase, whatever the path is.
    let searched_by_name = matches!(ecosystem, "golang" | "cargo");
    if searched_by_name && !purl.full_name().eq_ignore_ascii_case(&component.name) {
        flaws.push(Flaw::PurlName);
    }
    if matches!(ecosystem, "deb" | "rpm" | "apk" | "alpm") || purl.qualifier("distro").is_some() {
        flaws.push(Flaw::PurlDistribution);
    }
    if ecosystem == "golang" && version.is_some_and(|version| version.contains("(devel)")) {
        flaws.push(Flaw::GoDevelopment);
    }
    flaws
}

fn flaws_of_cpe(component: &Component, cpe: &Cpe) -> Vec<Flaw> {
    let mut flaws = Vec::new();
    // Go's versions begin with a letter that the dictionary leaves away.
    let is_go = component.purl.as_ref().is_some_and(|purl| purl.ecosystem() == "golang");
    let plain = |version: &String| version.strip_prefix('v').filter(|_| is_go).unwrap_or(version).to_owned();
    if component.version.is_some() && cpe.version() != component.version.as_ref().map(plain) {
        flaws.push(Flaw::CpeVersion);
    }
    // Edition, language, software edition, target software, target hardware, other.
    if !cpe.as_str().ends_with(":*:*:*:*:*:*") {
        flaws.push(Flaw::CpeTooNarrow);
    }
    let is_kernel = (cpe.vendor().as_str(), cpe.product().as_str()) == ("linux", "linux_kernel");
    let is_plain = |version: &str| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    if is_kernel && component.version.as_deref().is_some_and(|version| !is_plain(version)) {
        flaws.push(Flaw::KernelSuffix);
    }
    flaws
}

#[cfg(test)]
mod tests;
