// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Statements about the SBOM that the publisher signed and that are not this release's: subjects, document or number changed.

use ashlar_attestation::{SpdxDocument, Statement, Subject};
use ashlar_digest::Sha256;
use serde_json::json;

use super::{assert_found, assert_only, genuine, publisher, trusting};
use crate::synthetic::publisher_key;
use crate::{Trust, verify};

const FILE: &str = "sbom.intoto.jsonl";

type Change = fn(&mut Vec<Statement<SpdxDocument>>);

#[test]
fn a_statement_with_another_document_subject_or_digest_is_told() {
    let changes: [(&str, Change); 10] = [
        ("line 1: it holds another document than os.spdx.json", |all| {
            all[0].predicate.0["name"] = json!("harmless");
        }),
        ("line 2: it holds another document than extensions/tools.spdx.json", |all| {
            all[1].predicate = all[0].predicate.clone();
        }),
        ("line 1: it is about another boot.json", |all| {
            all[0].subjects[0] = Subject::new("boot.json", Sha256::of(b"other"));
        }),
        ("line 2: it is about another extensions/tools.raw", |all| {
            all[1].subjects[0] = Subject::new("extensions/tools.raw", Sha256::of(b"other"));
        }),
        ("line 1: it is not about vmlinuz", |all| drop(all[0].subjects.pop())),
        ("line 1: it names the subject boot.json twice", |all| {
            let first = all[0].subjects[0].clone();
            all[0].subjects.push(first);
        }),
        ("its subject certificate.pem is no image file", |all| {
            all[0].subjects.push(Subject::new("certificate.pem", Sha256::of(b"x")));
        }),
        ("line 1: its subject extensions/tools.raw is no image file that it has to be about", |all| {
            all.swap(0, 1);
        }),
        ("it has 1 statements, and there are 2 file systems", |all| drop(all.pop())),
        ("line 3: it describes no file system", |all| all.push(all[0].clone())),
    ];
    for (what, change) in changes {
        let mut release = genuine();
        release.write_sbom_statements(Some(&publisher()), change);
        let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
        assert_found(&report, FILE, what);
        assert_only(&report, &[FILE]);
    }
}

#[test]
fn an_unsigned_statement_or_one_of_somebody_else_is_told_where_a_publisher_is_trusted() {
    let attacker = publisher_key("attacker");
    for (signer, what) in [(None, "no signature"), (Some(&attacker), "line 1: ")] {
        let mut release = genuine();
        release.write_sbom_statements(signer, |_| {});
        let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
        assert_found(&report, FILE, what);
        assert_only(&report, &[FILE]);
    }
}

#[test]
fn a_statement_whose_payload_was_changed_after_it_was_signed_is_told() {
    let mut release = genuine();
    let mut other = release.clone();
    other.write_sbom_statements(Some(&publisher()), |all| all[0].predicate.0["name"] = json!("harmless"));
    let line = |release: &crate::synthetic::Synthetic| {
        let text = String::from_utf8(release.files[FILE].clone()).unwrap();
        text.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()).collect::<Vec<_>>()
    };
    let (mut ours, theirs) = (line(&release), line(&other));
    ours[0]["payload"] = theirs[0]["payload"].clone();
    let text: String = ours.iter().map(|line| format!("{line}\n")).collect();
    release.files.insert(FILE.to_owned(), text.into_bytes());
    let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
    assert_found(&report, FILE, "line 1: ");
    assert_only(&report, &[FILE]);
}

#[test]
fn unsigned_statements_that_fit_are_consistent_for_who_trusts_nobody() {
    let mut release = genuine();
    release.write_sbom_statements(None, |_| {});
    let report = verify(&release.write(None).path, &Trust::default());
    assert_eq!(report.findings, vec![]);
    let proofs: Vec<&str> = report.files[FILE].iter().map(|proof| proof.what.as_str()).collect();
    assert!(
        proofs.contains(&"line 1 says that os.spdx.json describes the image files; unsigned"),
        "{proofs:?}"
    );
    assert!(
        proofs.contains(
            &"line 2 says that extensions/tools.spdx.json describes extensions/tools.raw; unsigned"
        ),
        "{proofs:?}"
    );
}
