// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on the count of rebuilders.

use std::collections::BTreeMap;

use ashlar_attestation::{PublisherKey, StatementSigner};

use super::*;
use crate::compare::{Identity, Verdict as FileVerdict};
use crate::synthetic::publisher_key;

const RELEASE: &str = "ashlar-qemu-1.0.0-x86_64";

fn manifest() -> Sha256 {
    Sha256::of(b"manifest")
}

fn release() -> ReleaseId {
    ReleaseId::parse(RELEASE).unwrap()
}

/// A report of a comparison in which everything was identical.
fn report() -> AuditReport {
    AuditReport {
        schema: 1,
        reproduced: true,
        identity: Some(Identity {
            release: RELEASE.to_owned(),
            manifest_sha256: manifest().to_string(),
            checkout: Sha256::of(b"checkout").to_string(),
        }),
        artifacts: BTreeMap::from([("vmlinuz".to_owned(), FileVerdict::Taken)]),
        conclusion: String::new(),
    }
}

fn checkout() -> TreeDigest {
    TreeDigest::new(Sha256::of(b"checkout"))
}

fn statement(rebuilder: &str) -> Statement<RebuildStatement> {
    rebuild_statement(&report(), checkout(), rebuilder).unwrap()
}

fn signed(statement: &Statement<RebuildStatement>, keys: &[&PublisherKey]) -> Vec<u8> {
    let signers: Vec<&dyn StatementSigner> = keys.iter().map(|key| *key as &dyn StatementSigner).collect();
    envelope::to_json(&envelope::seal(statement, &signers).unwrap()).unwrap().into_bytes()
}

fn keys() -> [PublisherKey; 3] {
    ["alice", "bob", "carol"].map(publisher_key)
}

fn count(statements: &[Vec<u8>], needed: usize) -> Quorum {
    let trusted: Vec<TrustedKey> = keys().iter().map(|key| key.public().clone()).collect();
    let about = About { release: &release(), manifest_sha256: manifest(), checkout: checkout() };
    quorum(statements, needed, &trusted, &about)
}

#[test]
fn two_of_three_rebuilders_make_a_quorum_of_two_and_not_of_three() {
    let [alice, bob, _] = keys();
    let statements = [signed(&statement("alice"), &[&alice]), signed(&statement("bob"), &[&bob])];
    let two = count(&statements, 2);
    assert!(two.reached && two.refused.is_empty());
    assert_eq!(two.accepted.len(), 2);
    assert!(
        two.accepted.iter().any(|one| one.rebuilder == "bob" && one.key == bob.public().id().to_string())
    );
    assert!(!count(&statements, 3).reached);
    let text = serde_json::to_string(&two).unwrap();
    assert_eq!(serde_json::from_str::<Quorum>(&text).unwrap(), two);
}

#[test]
fn one_rebuilder_who_says_it_often_counts_once() {
    let [alice, ..] = keys();
    let statements = ["alice", "a third", "nobody"].map(|name| signed(&statement(name), &[&alice]));
    let result = count(&statements, 2);
    assert!(!result.reached);
    assert_eq!((result.accepted.len(), result.refused.len()), (1, 2));
    assert!(result.refused[1].why.contains("counts once"));
}

#[test]
fn two_keys_on_one_statement_are_two_rebuilders() {
    let [alice, bob, _] = keys();
    assert!(count(&[signed(&statement("both"), &[&alice, &bob])], 2).reached);
}

#[test]
fn a_rebuilder_whom_nobody_trusts_does_not_count() {
    let mallory = publisher_key("mallory");
    let result = count(&[signed(&statement("alice"), &[&mallory]), signed(&statement("alice"), &[])], 1);
    assert!(!result.reached && result.accepted.is_empty());
    assert!(result.refused[0].why.contains(&mallory.public().id().to_string()));
    assert!(result.refused[1].why.contains("no signature"));
}

#[test]
fn a_statement_about_another_release_or_manifest_does_not_count() {
    let [alice, ..] = keys();
    let mut changed =
        [statement("alice"), statement("alice"), statement("alice"), statement("alice"), statement("alice")];
    changed[0].predicate.release = "ashlar-qemu-0.9.0-x86_64".to_owned();
    changed[1].predicate.manifest_sha256 = Sha256::of(b"another");
    changed[2].subjects = vec![Subject::new("manifest.json", Sha256::of(b"another"))];
    changed[3].subjects.push(Subject::new("vmlinuz", Sha256::of(b"another")));
    changed[4].subjects[0].name = "vmlinuz".to_owned();
    let result = count(&changed.map(|statement| signed(&statement, &[&alice])), 1);
    assert!(!result.reached && result.accepted.is_empty());
    assert_eq!(result.refused.len(), 5);
    assert!(result.refused[0].why.contains("ashlar-qemu-0.9.0-x86_64"));
    assert!(result.refused[1..].iter().all(|refused| refused.why.contains("another manifest")));
}

#[test]
fn a_statement_that_another_checkout_was_rebuilt_does_not_count() {
    let [alice, bob, _] = keys();
    let mut other = statement("alice");
    other.predicate.checkout = Sha256::of(b"a checkout with a back door");
    let result = count(&[signed(&other, &[&alice]), signed(&statement("bob"), &[&bob])], 2);
    assert!(!result.reached);
    assert_eq!((result.accepted.len(), result.refused.len()), (1, 1));
    assert!(result.refused[0].why.contains(&other.predicate.checkout.to_string()));
}

#[test]
fn a_changed_statement_or_another_verdict_does_not_count() {
    let [alice, ..] = keys();
    let good = signed(&statement("alice"), &[&alice]);
    let other = String::from_utf8(signed(&statement("bob"), &[&alice])).unwrap();
    let payload = |text: &str| text.split('"').nth(3).unwrap().to_owned();
    let text = String::from_utf8(good).unwrap();
    let swapped = text.replace(&payload(&text), &payload(&other)).into_bytes();
    let result = count(&[swapped, b"no JSON".to_vec(), Vec::new()], 1);
    assert!(!result.reached);
    assert_eq!(result.refused.iter().map(|refused| refused.statement).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn a_quorum_of_none_is_no_quorum() {
    let [alice, ..] = keys();
    assert!(!count(&[], 0).reached);
    assert!(!count(&[signed(&statement("alice"), &[&alice])], 0).reached);
}

#[test]
fn nothing_is_stated_of_a_rebuild_that_failed_or_of_another_checkout() {
    let mut failed = report();
    failed.reproduced = false;
    assert!(rebuild_statement(&failed, checkout(), "alice").unwrap_err().help().is_some());
    let mut unreadable = report();
    unreadable.identity = None;
    assert!(rebuild_statement(&unreadable, checkout(), "alice").is_err());
    assert!(rebuild_statement(&report(), TreeDigest::new(Sha256::of(b"other")), "alice").is_err());
}
