// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A component: an entry of the SBOM, as recipes, locks and binaries tell of it.
//!
//! Everything that nobody knows is `None`, never `NOASSERTION`: [`lint`](crate::lint) names it.

use std::collections::BTreeSet;
use std::fmt;

use ashlar_digest::Sha256;
use ashlar_recipe::{Cpe, License, Purl};

use crate::checksum::{Algorithm, Checksums};
use crate::location::Location;
use crate::supplier::Supplier;

/// What a component is. Which scanner can match it is a question of its purl and CPEs, not of this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An operating system: the root of an image or of an extension.
    OperatingSystem,
    /// A program, or the kernel.
    Application,
    /// A library, also a Go module or a Rust crate that is linked in.
    Library,
    /// What a device runs, and microcode.
    Firmware,
    /// A container image.
    Container,
    /// A file that boots but lies outside of the root: kernel image, initramfs, stub.
    File,
    /// Upstream bytes that others are made from.
    Source,
    /// A change to a source.
    Patch,
    /// A package that a build takes its tools from.
    Tool,
    /// What a foreign document calls something else.
    Other,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::OperatingSystem,
        Self::Application,
        Self::Library,
        Self::Firmware,
        Self::Container,
        Self::File,
        Self::Source,
        Self::Patch,
        Self::Tool,
        Self::Other,
    ];

    /// As it stands in identifiers and texts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::OperatingSystem => "os",
            Self::Application => "application",
            Self::Library => "library",
            Self::Firmware => "firmware",
            Self::Container => "container",
            Self::File => "file",
            Self::Source => "source",
            Self::Patch => "patch",
            Self::Tool => "tool",
            Self::Other => "other",
        }
    }

    /// Whether it is in the image, rather than what the image was made from.
    #[must_use]
    pub const fn ships(self) -> bool {
        !matches!(self, Self::Source | Self::Patch | Self::Tool)
    }
}

/// One component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Component {
    /// What it is.
    pub kind: Kind,
    /// Its name: of a Go module the whole path, of a crate the crate's, because ecosystems look up nothing else.
    pub name: String,
    /// Its upstream version, without a suffix of ours.
    pub version: Option<String>,
    /// How SBOM, VEX and scanners name it. Without one no VEX statement can speak of it.
    pub purl: Option<Purl>,
    /// How the CPE dictionary names it; the first is the one that every format can hold.
    pub cpes: Vec<Cpe>,
    /// Who supplies it upstream.
    pub supplier: Option<Supplier>,
    /// The licence that upstream declares.
    pub declared: Option<License>,
    /// The licence that its licence texts were found to say.
    pub concluded: Option<License>,
    /// The copyright line.
    pub copyright: Option<String>,
    /// Checksums of the file that it is or comes as.
    pub checksums: Checksums,
    /// Where that file can be had.
    pub download: Option<Location>,
    /// Its home page.
    pub homepage: Option<Location>,
    /// The recipe that it belongs to.
    pub recipe: Option<String>,
    /// The CVEs that a patch mends.
    pub fixes: BTreeSet<String>,
}

impl Component {
    /// A component of which nothing is known but kind and name.
    #[must_use]
    pub fn new(kind: Kind, name: impl Into<String>) -> Self {
        Self {
            kind,
            name: name.into(),
            version: None,
            purl: None,
            cpes: Vec::new(),
            supplier: None,
            declared: None,
            concluded: None,
            copyright: None,
            checksums: Checksums::none(),
            download: None,
            homepage: None,
            recipe: None,
            fixes: BTreeSet::new(),
        }
    }

    /// Its identifier, which follows from what it is: kind, name, version and purl; without a purl also its SHA-256,
    /// which is all that tells two archives of one name apart.
    #[must_use]
    pub fn id(&self) -> ComponentId {
        let purl = self.purl.as_ref().map(Purl::as_str);
        let sha256 = if purl.is_none() { self.checksums.get(Algorithm::Sha256) } else { None };
        // Each part with its length before it, so that no two lists of parts make one text.
        let parts = [Some(self.kind.name()), Some(self.name.as_str()), self.version.as_deref(), purl, sha256];
        let text: String = parts
            .into_iter()
            .map(|part| part.map_or_else(|| "-".to_owned(), |part| format!("{}:{part}", part.len())))
            .collect();
        let digest = Sha256::of(text.as_bytes()).to_string();
        ComponentId(format!("{}-{}-{}", self.kind.name(), slug(&self.name), &digest[..12]))
    }

    /// Whether a scanner could look it up, by purl or by CPE.
    #[must_use]
    pub fn is_matchable(&self) -> bool {
        self.purl.is_some() || !self.cpes.is_empty()
    }

    /// The licence to show: what was concluded, or else what is declared.
    #[must_use]
    pub fn licence(&self) -> Option<&License> {
        self.concluded.as_ref().or(self.declared.as_ref())
    }

    /// Name and version, for people.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.version {
            Some(version) => format!("{} {version}", self.name),
            None => self.name.clone(),
        }
    }
}

/// The identifier of a component: letters, digits, `.` and `-`, which every format can hold.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ComponentId(String);

impl ComponentId {
    /// Comes before all others, and is nobody's.
    pub(crate) const FIRST: Self = Self(String::new());

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ComponentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

/// What is left of `text` in an identifier (SPDX 2.3 §3.2: `[A-Za-z0-9.-]`), at most 40 characters.
pub(crate) fn slug(text: &str) -> String {
    let kept = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '-' };
    let text: String = text.chars().map(kept).collect();
    let text: Vec<&str> = text.split('-').filter(|part| !part.is_empty()).collect();
    text.join("-").chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_follows_from_what_the_component_is_and_from_nothing_else() {
        let mut musl = Component::new(Kind::Library, "musl");
        musl.version = Some("1.2.5".to_owned());
        musl.purl = Some(Purl::parse("pkg:generic/musl@1.2.5").unwrap());
        let id = musl.id();
        assert!(id.as_str().starts_with("library-musl-"), "{id}");
        let mut same = musl.clone();
        same.copyright = Some("Copyright © 2005-2020 Rich Felker, et al.".to_owned());
        same.checksums = Checksums::of(b"musl");
        assert_eq!(same.id(), id);
        let mut other = musl;
        other.purl = Some(Purl::parse("pkg:generic/musl@1.2.5?in=ext-a").unwrap());
        assert_ne!(other.id(), id, "another carrier is another component");
    }

    #[test]
    fn archives_of_one_name_are_told_apart_by_their_bytes() {
        let mut one = Component::new(Kind::Source, "v1.0.tar.gz");
        one.checksums = Checksums::of(b"one");
        let mut two = one.clone();
        two.checksums = Checksums::of(b"two");
        assert_ne!(one.id(), two.id());
    }

    #[test]
    fn parts_of_an_identity_do_not_run_into_each_other() {
        let mut one = Component::new(Kind::Library, "a");
        one.version = Some("1-".to_owned());
        let two = Component::new(Kind::Library, "a1:1-");
        assert_ne!(one.id().as_str().rsplit('-').next(), two.id().as_str().rsplit('-').next());
    }

    #[test]
    fn names_become_identifiers_that_every_format_takes() {
        assert_eq!(slug("github.com/x/y_z/v2"), "github.com-x-y-z-v2");
        assert_eq!(slug("Überall ()"), "berall");
        assert_eq!(slug("//"), "");
        assert_eq!(slug(&"a".repeat(100)).len(), 40);
        let id = Component::new(Kind::Other, "///").id();
        assert!(id.as_str().bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)));
    }
}
