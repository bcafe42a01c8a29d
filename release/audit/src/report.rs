// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What was proven about each file of a release, and what was found wrong.
//!
//! A report is read by people and by programs: its JSON is `{schema: 1, release, manifest_sha256, outcome, root_hash,
//! files: {path: [proof…]}, findings}`, and unknown keys are refused. Every check writes into [`Notes`], which never stop at the first
//! finding; the outcome follows from them. Names and texts come from a stranger's folder, so control characters and
//! marks that reorder text are shown as escapes, and neither the number of findings nor their length is theirs to choose.

use std::collections::BTreeMap;
use std::error::Error;

use ashlar_causes::chain;
use ashlar_digest::Sha256;
use serde::{Deserialize, Serialize};

use crate::next_step::DO_NOT_USE;

/// Version of the report's format.
const SCHEMA: u32 = 1;
/// More findings are counted, and not written down.
const MAX_FINDINGS: usize = 10_000;
/// Characters of a name or text that are shown.
const MAX_LENGTH: usize = 1000;

/// One thing that is proven about a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// What, as a sentence about the file.
    pub what: String,
    /// Id of the key that proves it (SHA-256 of its SPKI, hex); none where arithmetic alone does.
    pub key: Option<String>,
}

/// One thing that is wrong, or that could not be checked, which is the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// Path in the release, `.` for the folder itself.
    pub file: String,
    /// What is wrong.
    pub what: String,
    /// The next step; every finding of `verify` has one.
    pub help: Option<String>,
}

/// What a release was found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Everything holds, and a trusted publisher says that it is theirs.
    Proven,
    /// Everything holds together, but nobody trusted says whose it is: anyone can hold a ceremony.
    OriginUnproven,
    /// Something does not hold.
    Findings,
}

/// The whole result of `verify`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Version of this format.
    pub schema: u32,
    /// The release id that the manifest states; none where there is no readable manifest.
    pub release: Option<String>,
    /// SHA-256 of the manifest that was judged, hex. Whoever reads the folder again has to find this manifest; with
    /// another one, it is not the release that was judged.
    pub manifest_sha256: Option<String>,
    /// The conclusion.
    pub outcome: Outcome,
    /// The root hash as recomputed from `root.erofs`, hex: what a machine that runs this release has to report.
    pub root_hash: Option<String>,
    /// Per file, what was proven.
    pub files: BTreeMap<String, Vec<Proof>>,
    /// What was found, in the order of the checks.
    pub findings: Vec<Finding>,
}

/// What the checks have noted so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notes {
    files: BTreeMap<String, Vec<Proof>>,
    findings: Vec<Finding>,
    /// All findings, with those that were not written down.
    count: usize,
}

impl Notes {
    /// Notes a proof that needs no key.
    pub(crate) fn prove(&mut self, file: &str, what: impl Into<String>) {
        self.push(file, what.into(), None);
    }

    /// Notes a proof by a key.
    pub(crate) fn prove_by(&mut self, file: &str, what: impl Into<String>, key: impl Into<String>) {
        self.push(file, what.into(), Some(key.into()));
    }

    fn push(&mut self, file: &str, what: String, key: Option<String>) {
        self.files.entry(shown(file)).or_default().push(Proof { what: shown(&what), key });
    }

    /// Notes that the release contradicts itself.
    pub(crate) fn find(&mut self, file: &str, what: impl AsRef<str>) {
        self.push_finding(file, what.as_ref(), DO_NOT_USE.to_owned());
    }

    /// Notes a finding with another next step than not to use the release.
    pub(crate) fn find_with_help(&mut self, file: &str, what: impl AsRef<str>, help: impl Into<String>) {
        self.push_finding(file, what.as_ref(), help.into());
    }

    /// Notes an error of another crate with its causes, and its own next step where it has one.
    pub(crate) fn fail(&mut self, file: &str, error: &dyn Error, help: Option<String>) {
        self.push_finding(file, &chain(error), help.unwrap_or_else(|| DO_NOT_USE.to_owned()));
    }

    fn push_finding(&mut self, file: &str, what: &str, help: String) {
        self.count += 1;
        if self.count <= MAX_FINDINGS {
            self.findings.push(Finding { file: shown(file), what: shown(what), help: Some(help) });
        }
    }

    /// Findings so far: a check that compares the count before and after knows whether it noted any itself.
    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    /// Concludes; `release` is its id, and what its manifest hashes to.
    pub(crate) fn into_report(
        mut self,
        release: Option<(String, Sha256)>,
        root_hash: Option<String>,
        origin_proven: bool,
    ) -> Report {
        if self.count > MAX_FINDINGS {
            let what = format!("{} more findings are not listed", self.count - MAX_FINDINGS);
            self.findings.push(Finding { file: ".".to_owned(), what, help: Some(DO_NOT_USE.to_owned()) });
        }
        let outcome = match (self.findings.is_empty(), origin_proven) {
            (false, _) => Outcome::Findings,
            (true, true) => Outcome::Proven,
            (true, false) => Outcome::OriginUnproven,
        };
        Report {
            schema: SCHEMA,
            release: release.as_ref().map(|(id, _)| shown(id)),
            manifest_sha256: release.map(|(_, manifest)| manifest.to_string()),
            outcome,
            root_hash,
            files: self.files,
            findings: self.findings,
        }
    }
}

/// `text` without characters that act on a terminal or reorder what a person reads; its begin, where it is too long.
pub(crate) fn shown(text: &str) -> String {
    let acts = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let mut result = String::with_capacity(text.len().min(MAX_LENGTH));
    let mut characters = text.chars();
    for character in characters.by_ref().take(MAX_LENGTH) {
        if acts(character) {
            result.extend(character.escape_unicode());
        } else {
            result.push(character);
        }
    }
    if characters.next().is_some() {
        result.push('…');
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_finding_outweighs_every_proof() {
        let mut notes = Notes::default();
        notes.prove_by("a", "it is signed", "00");
        assert_eq!(notes.clone().into_report(None, None, true).outcome, Outcome::Proven);
        assert_eq!(notes.clone().into_report(None, None, false).outcome, Outcome::OriginUnproven);
        notes.find("b", "it is not");
        assert_eq!(notes.clone().into_report(None, None, true).outcome, Outcome::Findings);
        assert_eq!(notes.into_report(None, None, false).outcome, Outcome::Findings);
    }

    #[test]
    fn a_file_name_that_moves_the_cursor_is_shown_as_escapes() {
        let mut notes = Notes::default();
        notes.find("a\u{1b}[2Kb\u{202e}c", "line\nbreak");
        let finding = &notes.into_report(None, None, false).findings[0];
        assert_eq!(finding.file, "a\\u{1b}[2Kb\\u{202e}c");
        assert_eq!(finding.what, "line\\u{a}break");
    }

    #[test]
    fn findings_without_end_and_without_bounds_are_counted_and_cut() {
        let mut notes = Notes::default();
        for _ in 0..MAX_FINDINGS + 7 {
            notes.find("a", "it is not");
        }
        assert_eq!(notes.count(), MAX_FINDINGS + 7);
        let report = notes.into_report(None, None, true);
        assert_eq!((report.outcome, report.findings.len()), (Outcome::Findings, MAX_FINDINGS + 1));
        assert_eq!(report.findings.last().unwrap().what, "7 more findings are not listed");
        assert_eq!(shown(&"é".repeat(MAX_LENGTH)), "é".repeat(MAX_LENGTH));
        assert_eq!(shown(&"é".repeat(1 << 20)), "é".repeat(MAX_LENGTH) + "…");
    }

    #[test]
    fn a_report_survives_json_and_unknown_keys_are_refused() {
        let mut notes = Notes::default();
        notes.prove_by("a", "it is signed", "00");
        notes.find_with_help("b", "it is not", "sign it");
        let report =
            notes.into_report(Some(("x-y-1-x86_64".to_owned(), Sha256::of(b"manifest"))), None, false);
        let text = serde_json::to_string(&report).unwrap();
        assert!(text.contains("\"outcome\":\"findings\""), "{text}");
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        let more = text.replacen("{\"schema\":1", "{\"schema\":1,\"more\":1", 1);
        assert!(serde_json::from_str::<Report>(&more).is_err());
    }
}
