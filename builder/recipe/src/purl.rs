// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Package URLs (ECMA-427): how SBOM, VEX and scanners name a component. Only the canonical form is accepted,
//! because scanners compare texts.

use std::fmt;
use std::str::FromStr as _;

use packageurl::PackageUrl;

use crate::code::Code;
use crate::error::Invalid;

/// A checked package URL in canonical form.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Purl {
    text: String,
    version: Option<String>,
}

impl Purl {
    /// Checks `text`.
    ///
    /// # Errors
    /// If it is no package URL, or not written canonically; the help then holds the canonical form.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |reason: String| {
            Invalid::new(Code::Purl, format!("{text:?} is no package URL: {reason}"))
                .help("write pkg:<type>/<name>@<version>, for example pkg:generic/libmnl@1.0.5")
        };
        let purl = PackageUrl::from_str(text).map_err(|cause| wrong(cause.to_string()))?;
        let canonical = canonical(&purl);
        if canonical != text {
            return Err(wrong("it is not in canonical form".to_owned()).help(format!("write `{canonical}`")));
        }
        // Versions of Go modules begin with this letter, those of what is released in them do not.
        let prefix = if purl.ty() == "golang" { "v" } else { "" };
        let version =
            purl.version().map(|version| version.strip_prefix(prefix).unwrap_or(version).to_owned());
        Ok(Self { text: canonical, version })
    }

    /// Reads `text` in whatever spelling the standard lets others use, and gives the canonical form.
    ///
    /// # Errors
    /// If it is no package URL.
    pub fn canonicalise(text: &str) -> Result<Self, Invalid> {
        let wrong = |cause: packageurl::Error| {
            Invalid::new(Code::Purl, format!("{text:?} is no package URL: {cause}"))
        };
        Self::parse(&canonical(&PackageUrl::from_str(text).map_err(wrong)?))
    }

    /// Its type, which says to which ecosystem the name belongs: `generic`, `golang`, `cargo`, `deb`.
    #[must_use]
    pub fn ecosystem(&self) -> &str {
        let rest = self.text.strip_prefix("pkg:").unwrap_or(&self.text);
        rest.split_once('/').map_or(rest, |(ecosystem, _)| ecosystem)
    }

    /// Namespace and name as the ecosystem writes them, without escapes: `github.com/containerd/containerd/v2`.
    #[must_use]
    pub fn full_name(&self) -> String {
        let Ok(purl) = PackageUrl::from_str(&self.text) else { return self.text.clone() };
        let namespace = purl.namespace().map(|namespace| format!("{namespace}/")).unwrap_or_default();
        format!("{namespace}{}", purl.name())
    }

    /// The URL without its version: what stays when the component is upgraded.
    #[must_use]
    pub fn without_version(&self) -> String {
        let end = self.text.find(['?', '#']).unwrap_or(self.text.len());
        let (before, after) = self.text.split_at(end);
        // In canonical form an `@` of a name is escaped, so the last one begins the version.
        let before = before.rsplit_once('@').map_or(before, |(before, _)| before);
        format!("{before}{after}")
    }

    /// The value of a qualifier, if it has one.
    #[must_use]
    pub fn qualifier(&self, key: &str) -> Option<String> {
        let purl = PackageUrl::from_str(&self.text).ok()?;
        purl.qualifiers().get(key).map(ToString::to_string)
    }

    /// The whole URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same for another version, in canonical form.
    ///
    /// # Errors
    /// If no package URL can hold the version.
    pub fn with_version(&self, version: &str) -> Result<Self, Invalid> {
        let wrong = |cause: packageurl::Error| {
            Invalid::new(Code::Purl, format!("{version:?} fits in no package URL: {cause}"))
        };
        let mut purl = PackageUrl::from_str(&self.text).map_err(wrong)?;
        purl.with_version(version.to_owned()).map_err(wrong)?;
        Self::parse(&canonical(&purl))
    }

    /// The version without escapes and without the `v` of a Go module's, if it states one.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }
}

/// The library prints qualifiers in the order of a hash map; ECMA-427 wants them sorted by key.
fn canonical(purl: &PackageUrl<'_>) -> String {
    let text = purl.to_string();
    let Some((before, after)) = text.split_once('?') else { return text };
    let (qualifiers, subpath) = after.split_once('#').map_or((after, None), |(q, s)| (q, Some(s)));
    let mut qualifiers: Vec<&str> = qualifiers.split('&').collect();
    qualifiers.sort_unstable();
    let subpath = subpath.map(|subpath| format!("#{subpath}")).unwrap_or_default();
    format!("{before}?{}{subpath}", qualifiers.join("&"))
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_canonical_form_is_accepted() {
        let purl = Purl::parse("pkg:generic/linux@6.12.107?arch=x86_64&in=os").unwrap();
        assert_eq!(purl.version(), Some("6.12.107"));
        let purl = Purl::parse("pkg:golang/github.com/containerd/containerd/v2@v2.4.2").unwrap();
        assert_eq!(purl.version(), Some("2.4.2"));
        assert_eq!(Purl::parse("pkg:generic/x@v2.4.2").unwrap().version(), Some("v2.4.2"));
        for bad in [
            "",
            "generic/linux",
            "pkg:generic",
            "pkg:generic/linux@6?in=os&arch=x",
            "PKG:generic/linux",
            "pkg:generic/a b",
        ] {
            assert!(Purl::parse(bad).is_err(), "{bad:?}");
        }
        let help = Purl::parse("pkg:generic/linux@6?in=os&arch=x").unwrap_err().help.unwrap();
        assert!(help.contains("?arch=x&in=os"), "{help}");
    }

    #[test]
    fn what_others_spell_differently_becomes_canonical() {
        let purl = Purl::canonicalise("pkg:Generic/linux@6?in=os&arch=x").unwrap();
        assert_eq!(purl.as_str(), "pkg:generic/linux@6?arch=x&in=os");
        assert!(Purl::canonicalise("linux 6").is_err());
    }

    #[test]
    fn a_url_is_taken_apart() {
        let purl = Purl::parse("pkg:golang/github.com/containerd/containerd/v2@v2.4.2?in=os").unwrap();
        assert_eq!(purl.ecosystem(), "golang");
        assert_eq!(purl.full_name(), "github.com/containerd/containerd/v2");
        assert_eq!(purl.without_version(), "pkg:golang/github.com/containerd/containerd/v2?in=os");
        assert_eq!(purl.qualifier("in").as_deref(), Some("os"));
        assert_eq!(purl.qualifier("distro"), None);
        assert_eq!(Purl::parse("pkg:cargo/serde").unwrap().without_version(), "pkg:cargo/serde");
    }

    #[test]
    fn another_version_leaves_all_else() {
        let purl = Purl::parse("pkg:generic/linux@6.12.107?arch=x86_64&in=os").unwrap();
        let other = purl.with_version("7.1+rc1").unwrap();
        assert_eq!(other.as_str(), "pkg:generic/linux@7.1%2Brc1?arch=x86_64&in=os");
        assert_eq!(other.version(), Some("7.1+rc1"));
    }
}
