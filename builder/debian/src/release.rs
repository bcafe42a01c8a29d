// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `Release`: what a signature of the archive covers: the names, sizes and digests of all indexes of one suite.
//!
//! Format: one stanza (Debian Wiki, DebianRepository/Format, "Release" files). Only the table `SHA256` is believed.
//! The bytes must be those that the verifier of the signature returned, never the file as it was fetched.

use std::collections::BTreeMap;

use ashlar_digest::Sha256;

use crate::sources::checksums;
use crate::{ControlProblem, DebianError, Stanza, Stanzas, parse_date};

/// A clock may be this much behind the archive's, in seconds, before a `Date` counts as from the future.
const CLOCK_TOLERANCE: u64 = 3_600;

/// One file that a Release names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IndexFile {
    /// Its digest.
    pub sha256: Sha256,
    /// Its size in bytes.
    pub size: u64,
}

/// The contents of a Release file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// `stable`, `stable-backports`…: moves from one release of the distribution to the next.
    pub suite: String,
    /// `trixie`, `trixie-backports`…: does not move.
    pub codename: String,
    /// When it was made, in seconds since 1970.
    pub date: u64,
    /// From when on it must not be used, in seconds since 1970.
    pub valid_until: Option<u64>,
    /// Whether indexes can be fetched by digest, which no update of the mirror can break.
    pub by_hash: bool,
    /// Architectures that the suite has.
    pub architectures: Vec<String>,
    /// Components that the suite has.
    pub components: Vec<String>,
    /// The indexes, by path below the suite's folder.
    pub files: BTreeMap<String, IndexFile>,
}

impl Release {
    /// Reads the verified text of a Release file; `origin` names it in errors.
    ///
    /// # Errors
    /// [`DebianError::Control`] at the first line that breaks a rule.
    pub fn parse(origin: &str, bytes: &[u8]) -> Result<Self, DebianError> {
        let stanza = Stanzas::new(origin, bytes)?.only()?;
        let mut files = BTreeMap::new();
        for (line, (sha256, size, path)) in checksums(&stanza, "SHA256")? {
            if files.insert(path.to_owned(), IndexFile { sha256, size }).is_some() {
                return Err(stanza.problem(line, ControlProblem::DuplicateName(path.to_owned())));
            }
        }
        Ok(Self {
            suite: stanza.require("Suite")?.value.to_owned(),
            codename: stanza.require("Codename")?.value.to_owned(),
            date: {
                let field = stanza.require("Date")?;
                parse_date(field.value).ok_or_else(|| stanza.bad_value(&field, field.value, "a date"))?
            },
            valid_until: match stanza.field("Valid-Until") {
                None => None,
                Some(field) => Some(
                    parse_date(field.value).ok_or_else(|| stanza.bad_value(&field, field.value, "a date"))?,
                ),
            },
            by_hash: stanza.get("Acquire-By-Hash") == Some("yes"),
            architectures: words(&stanza, "Architectures"),
            components: words(&stanza, "Components"),
            files,
        })
    }

    /// Checks the dates against the time of use: a mirror must not be able to serve an old state for ever.
    ///
    /// # Errors
    /// [`DebianError::ReleaseDate`] if it has expired or is from the future.
    pub fn check_dates(&self, origin: &str, now: u64) -> Result<(), DebianError> {
        let fail =
            |date, too_old| Err(DebianError::ReleaseDate { origin: origin.to_owned(), date, now, too_old });
        match self.valid_until {
            Some(end) if now > end => fail(end, true),
            _ if self.date > now.saturating_add(CLOCK_TOLERANCE) => fail(self.date, false),
            _ => Ok(()),
        }
    }

    /// The path of the index `path` by its digest, if the archive offers that.
    #[must_use]
    pub fn by_hash_path(&self, path: &str) -> Option<String> {
        let file = self.files.get(path).filter(|_| self.by_hash)?;
        let folder = path.rsplit_once('/').map_or(String::new(), |(folder, _)| format!("{folder}/"));
        Some(format!("{folder}by-hash/SHA256/{}", file.sha256))
    }
}

fn words(stanza: &Stanza<'_>, name: &str) -> Vec<String> {
    stanza.get(name).unwrap_or("").split_ascii_whitespace().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Origin: Debian
Suite: stable-backports
Codename: trixie-backports
Date: Sat, 21 Nov 2026 09:15:44 UTC
Valid-Until: Sat, 28 Nov 2026 09:15:44 UTC
Acquire-By-Hash: yes
Architectures: all amd64
Components: main contrib
SHA256:
 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855        0 main/binary-amd64/Packages
 ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad 14 Contents-all
";
    const DATE: u64 = 1_795_252_544;

    #[test]
    fn fields_and_files() {
        let release = Release::parse("InRelease", TEXT.as_bytes()).unwrap();
        assert_eq!(
            (release.suite.as_str(), release.codename.as_str()),
            ("stable-backports", "trixie-backports")
        );
        assert_eq!((release.date, release.valid_until), (DATE, Some(DATE + 7 * 86_400)));
        assert_eq!(release.components, ["main", "contrib"]);
        assert_eq!(release.files["Contents-all"], IndexFile { sha256: Sha256::of(b"abc"), size: 14 });
        assert_eq!(
            release.by_hash_path("main/binary-amd64/Packages").unwrap(),
            format!("main/binary-amd64/by-hash/SHA256/{}", Sha256::of(b""))
        );
        assert_eq!(
            release.by_hash_path("Contents-all").unwrap(),
            format!("by-hash/SHA256/{}", Sha256::of(b"abc"))
        );
        assert_eq!(release.by_hash_path("x"), None);
        let without =
            Release::parse("InRelease", TEXT.replace("By-Hash: yes", "By-Hash: no").as_bytes()).unwrap();
        assert_eq!(without.by_hash_path("Contents-all"), None);
    }

    #[test]
    fn an_expired_or_future_release_is_refused() {
        let release = Release::parse("InRelease", TEXT.as_bytes()).unwrap();
        let end = DATE + 7 * 86_400;
        for now in [DATE - CLOCK_TOLERANCE, DATE, end] {
            assert!(release.check_dates("InRelease", now).is_ok(), "{now}");
        }
        let at = |now| release.check_dates("InRelease", now);
        assert!(matches!(at(end + 1), Err(DebianError::ReleaseDate { too_old: true, .. })));
        assert!(matches!(
            at(DATE - CLOCK_TOLERANCE - 1),
            Err(DebianError::ReleaseDate { too_old: false, .. })
        ));
    }

    #[test]
    fn bad_tables_are_refused_with_their_line() {
        for (from, to, line) in [
            (" Contents-all", " ../Contents-all", 11),
            (" Contents-all", " /Contents-all", 11),
            (" Contents-all", " Contents all", 11),
            ("Contents-all", "main/binary-amd64/Packages", 11),
            ("Valid-Until: Sat", "Valid-Until: Sun", 5),
            ("Date: Sat, ", "Date: ", 4),
        ] {
            let text = TEXT.replace(from, to).replace("Date: 21", "Date: 41");
            match Release::parse("InRelease", text.as_bytes()) {
                Err(DebianError::Control { line: found, .. }) => assert_eq!(found, line, "{to}"),
                other => panic!("{to}: {other:?}"),
            }
        }
    }

    #[test]
    fn two_stanzas_are_no_release() {
        assert!(Release::parse("InRelease", format!("{TEXT}\n{TEXT}").as_bytes()).is_err());
    }
}
