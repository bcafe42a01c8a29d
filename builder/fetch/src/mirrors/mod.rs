// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Package mirrors: base URLs that are worth asking.
//!
//! A mirror is never trusted, so it does not matter where its name comes from: a mirrors file, the machine's
//! own apt configuration, or the archive's public snapshot service. Which archive lies behind a base cannot be
//! seen in its URL; the caller tries `<base>/dists/<suite>/InRelease` and keeps what verifies.
//!
//! Mirrors file: one base URL per line; `#` begins a comment.

mod apt;

use std::collections::BTreeSet;

use crate::FetchError;

/// Where the archive's public snapshot service lives.
pub const SNAPSHOT: &str = "https://snapshot.debian.org/archive/";

/// The archives that the snapshot service keeps and that seeds are resolved from.
const SNAPSHOT_ARCHIVES: [&str; 2] = ["debian", "debian-security"];

/// One place that may hold an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    base: String,
    suites: BTreeSet<String>,
}

impl Mirror {
    /// The base URL, without a trailing slash.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// The suites that the configuration named for it: a hint which archive it is (`bookworm-security`), no
    /// statement about what it holds. Empty where nobody said.
    #[must_use]
    pub const fn suites(&self) -> &BTreeSet<String> {
        &self.suites
    }
}

/// Mirrors in the order in which they are asked, and remarks about entries that were passed over.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mirrors {
    list: Vec<Mirror>,
    notes: Vec<String>,
}

impl Mirrors {
    /// Reads a mirrors file.
    ///
    /// # Errors
    /// [`FetchError::MirrorsFile`] for a line that is no http or https URL: somebody wrote it for us.
    pub fn from_file(text: &str) -> Result<Self, FetchError> {
        let mut mirrors = Self::default();
        for (index, line) in text.lines().enumerate() {
            // A comment stands at the beginning or after white space: `#` may be part of a URL.
            let entry = line.split_whitespace().take_while(|word| !word.starts_with('#'));
            let words: Vec<&str> = entry.collect();
            match words.as_slice() {
                [] => {}
                [uri] if is_http(uri) => mirrors.add(uri, None),
                [uri] => {
                    let problem = format!("{uri:?} is no http or https URL");
                    return Err(FetchError::MirrorsFile { line: index + 1, problem });
                }
                [_, extra, ..] => {
                    let problem = format!("{extra:?} after the URL");
                    return Err(FetchError::MirrorsFile { line: index + 1, problem });
                }
            }
        }
        Ok(mirrors)
    }

    /// Reads an apt configuration: (file name, text) of `sources.list` and of everything in `sources.list.d`.
    ///
    /// As apt does, it ignores files with other endings than `.list` and `.sources`, and disabled entries.
    /// What it cannot use (other schemes, malformed lines) becomes a note: the file was not written for us.
    #[must_use]
    pub fn from_apt(files: &[(&str, &str)]) -> Self {
        let mut mirrors = Self::default();
        for (name, text) in files {
            apt::read(name, text, &mut mirrors);
        }
        mirrors
    }

    /// The snapshot service at one moment, written as the service does (`20261101T000000Z`; it answers with the
    /// newest state before). The default where no mirror is configured, and the last resort for versions that
    /// mirrors dropped.
    #[must_use]
    pub fn default_snapshot(timestamp: &str) -> Self {
        let mut mirrors = Self::default();
        for archive in SNAPSHOT_ARCHIVES {
            mirrors.add(&format!("{SNAPSHOT}{archive}/{timestamp}"), None);
        }
        mirrors
    }

    /// The mirrors, in order, each base once.
    #[must_use]
    pub fn list(&self) -> &[Mirror] {
        &self.list
    }

    /// What was passed over, and why; worth showing with `-v`.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    fn add(&mut self, uri: &str, suite: Option<&str>) {
        let base = uri.trim_end_matches('/');
        let index = self.list.iter().position(|mirror| mirror.base == base).unwrap_or_else(|| {
            self.list.push(Mirror { base: base.to_owned(), suites: BTreeSet::new() });
            self.list.len() - 1
        });
        if let Some(suite) = suite {
            self.list[index].suites.insert(suite.to_owned());
        }
    }

    fn note(&mut self, file: &str, line: usize, what: &str) {
        self.notes.push(format!("{file}:{line}: {what}"));
    }
}

fn is_http(uri: &str) -> bool {
    reqwest::Url::parse(uri)
        .is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrors_file_has_one_url_per_line() {
        let text =
            "# ours\nhttps://a.example/debian/\n\n  http://b.example/x # near\nhttps://a.example/debian\n";
        let mirrors = Mirrors::from_file(text).unwrap();
        let bases: Vec<&str> = mirrors.list().iter().map(Mirror::base).collect();
        assert_eq!(bases, ["https://a.example/debian", "http://b.example/x"]);
    }

    #[test]
    fn a_typo_in_a_mirrors_file_is_an_error_with_its_line() {
        for bad in ["\nhtps://a.example", "\nhttps://a.example bookworm", "\n/srv/mirror", "\nhttp://"] {
            let error = Mirrors::from_file(bad).unwrap_err();
            assert!(matches!(error, FetchError::MirrorsFile { line: 2, .. }), "{bad}: {error}");
        }
    }

    #[test]
    fn the_snapshot_service_is_asked_by_moment() {
        let mirrors = Mirrors::default_snapshot("20261101T000000Z");
        let bases: Vec<&str> = mirrors.list().iter().map(Mirror::base).collect();
        assert_eq!(bases.len(), 2);
        assert!(bases[0].ends_with("/archive/debian/20261101T000000Z"), "{}", bases[0]);
        assert!(bases[1].ends_with("/archive/debian-security/20261101T000000Z"), "{}", bases[1]);
    }
}
