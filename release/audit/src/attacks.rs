// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What somebody could do to a release, and that each of it is found, in the file where it was done.
//!
//! The attacker holds no key of the publisher and none of the ceremony, but rewrites manifest, sums and statements
//! so that they fit: a change that only a digest gives away tests nothing else.

mod documents;
mod folder;
mod image;
mod initramfs;
mod origin;
mod provenance;
mod random_changes;
mod records;
mod sbom_statements;
mod secure_boot;
mod signing;
mod size;

use ashlar_attestation::PublisherKey;

use crate::synthetic::{Signing, Synthetic, publisher_key};
use crate::{Outcome, Report, Trust, verify};

const CEREMONY: Signing = Signing::Ceremony("ceremony");

fn publisher() -> PublisherKey {
    publisher_key("publisher")
}

fn trusting(keys: &[&PublisherKey]) -> Trust {
    Trust { publishers: keys.iter().map(|key| key.public().clone()).collect(), ..Trust::default() }
}

/// A release as its publisher made it.
fn genuine() -> Synthetic {
    Synthetic::new("1.0.0", &CEREMONY, Some(&publisher()))
}

/// What an auditor who trusts nobody finds in `release`, after the attacker made everything fit that needs no key.
fn resealed(mut release: Synthetic) -> Report {
    release.write_provenance(None, |_| {});
    verify(&release.write(None).path, &Trust::default())
}

/// All that was found in `file`.
fn found(report: &Report, file: &str) -> String {
    let findings = report.findings.iter().filter(|finding| finding.file == file);
    findings.map(|finding| format!("{}\n", finding.what)).collect()
}

/// Asserts that something was found in `file`, and that it says `what`.
fn assert_found(report: &Report, file: &str, what: &str) {
    assert_eq!(report.outcome, Outcome::Findings);
    let helpless = report.findings.iter().find(|finding| finding.help.as_ref().is_none_or(String::is_empty));
    assert_eq!(helpless, None, "a finding without a next step");
    let found = found(report, file);
    assert!(!found.is_empty() && found.contains(what), "{file}: no {what:?} in {:#?}", report.findings);
}

/// Asserts that nothing was found but in `files`.
fn assert_only(report: &Report, files: &[&str]) {
    let others = report.findings.iter().filter(|finding| !files.contains(&finding.file.as_str()));
    assert_eq!(others.count(), 0, "{:#?}", report.findings);
}

#[test]
fn a_genuine_release_is_proven_in_every_file() {
    let release = genuine();
    let written = release.write(Some(&publisher()));
    let report = verify(&written.path, &trusting(&[&publisher_key("other"), &publisher()]));
    assert_eq!((report.outcome, &report.findings), (Outcome::Proven, &vec![]), "{:#?}", report.findings);
    assert_eq!(report.release.as_deref(), Some("ashlar-qemu-1.0.0-x86_64"));
    for path in
        release.files.keys().map(String::as_str).chain(["manifest.json", "manifest.sig", "SHA256SUMS"])
    {
        assert!(report.files.contains_key(path), "nothing was proven about {path}");
    }
    let boot: serde_json::Value = serde_json::from_slice(&release.files["boot.json"]).unwrap();
    assert_eq!(report.root_hash.as_deref(), boot["root"]["root_hash"].as_str());
    let id = publisher().public().id().to_string();
    let by = |path: &str| report.files[path].iter().any(|proof| proof.key.as_deref() == Some(&id));
    assert!(by("manifest.json") && by("manifest.sig") && by("provenance.intoto.jsonl"));
    assert!(by("sbom.intoto.jsonl"));
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
}

#[test]
fn a_genuine_keyless_release_is_proven_without_any_ceremony() {
    let release = Synthetic::new("1.0.0", &Signing::Keyless, Some(&publisher()));
    let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
    assert_eq!((report.outcome, &report.findings), (Outcome::Proven, &vec![]), "{:#?}", report.findings);
    let proofs = &report.files["certificate.pem"];
    assert_eq!(proofs.iter().filter(|proof| proof.what.contains("nobody ever held")).count(), 3);
}

#[test]
fn without_anybody_to_trust_a_genuine_release_is_consistent_and_no_more() {
    let report = verify(&genuine().write(Some(&publisher())).path, &Trust::default());
    assert_eq!((report.outcome, &report.findings), (Outcome::OriginUnproven, &vec![]));
}
