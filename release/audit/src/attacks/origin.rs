// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on whose release it is: somebody else's under a known name, an older one as new, a provenance that lies.

use super::{assert_found, assert_only, genuine, publisher, resealed, trusting};
use crate::synthetic::{Signing, Synthetic, publisher_key};
use crate::{Outcome, Trust, verify};

const PROVENANCE: &str = "provenance.intoto.jsonl";
const SBOM_STATEMENTS: &str = "sbom.intoto.jsonl";

#[test]
fn a_manifest_and_sums_rewritten_to_fit_a_changed_file_are_not_the_publishers() {
    let mut release = genuine();
    let old = release.write(Some(&publisher()));
    release.files.insert("owners.json".to_owned(), b"{\"schema\":2}".to_vec());
    release.write_provenance(None, |_| {});
    let written = release.write(None);
    let report = verify(&written.path, &Trust::default());
    assert_eq!((report.outcome, &report.findings), (Outcome::OriginUnproven, &vec![]));
    let report = verify(&written.path, &trusting(&[&publisher()]));
    assert_found(&report, "manifest.sig", "it is missing");
    // With the signature of the true manifest beside it, it is no better.
    std::fs::copy(old.path.join("manifest.sig"), written.path.join("manifest.sig")).unwrap();
    let report = verify(&written.path, &trusting(&[&publisher()]));
    assert_found(&report, "manifest.sig", "not by");
    assert_found(&report, PROVENANCE, "no signature");
    assert_only(&report, &["manifest.sig", PROVENANCE, SBOM_STATEMENTS]);
}

#[test]
fn a_whole_ceremony_of_the_attackers_own_is_consistent_and_nobody_elses() {
    let attacker = publisher_key("attacker");
    for signing in [Signing::Ceremony("attacker"), Signing::Keyless] {
        let release = Synthetic::new("1.0.0", &signing, Some(&attacker));
        let written = release.write(Some(&attacker));
        let report = verify(&written.path, &Trust::default());
        assert_eq!((report.outcome, &report.findings), (Outcome::OriginUnproven, &vec![]));
        let report = verify(&written.path, &trusting(&[&publisher()]));
        assert_found(&report, "manifest.sig", "not by");
        assert_found(&report, PROVENANCE, &attacker.public().id().to_string());
        assert_only(&report, &["manifest.sig", PROVENANCE, SBOM_STATEMENTS]);
    }
}

#[test]
fn an_older_release_under_the_name_of_a_newer_one_is_told() {
    let written = genuine().write(Some(&publisher()));
    let newer = written.path.with_file_name("ashlar-qemu-1.1.0-x86_64");
    std::fs::rename(&written.path, &newer).unwrap();
    let report = verify(&newer, &trusting(&[&publisher()]));
    assert_found(&report, ".", "ashlar-qemu-1.1.0-x86_64");
    assert_only(&report, &["."]);
}

#[test]
fn an_older_release_whose_manifest_calls_it_newer_is_told() {
    let mut release = genuine();
    release.version = "1.1.0".to_owned();
    release.manifest["version"] = "1.1.0".into();
    release.manifest["release"] = "ashlar-qemu-1.1.0-x86_64".into();
    let report = resealed(release);
    assert_found(&report, "release.json", "\"ashlar-qemu-1.0.0-x86_64\", not \"ashlar-qemu-1.1.0-x86_64\"");
    assert_found(&report, "certificate.pem", "");
    assert_found(&report, "key-statement.intoto.json", "about the release ashlar-qemu-1.0.0-x86_64");
    assert_found(&report, "extensions/tools.raw", "release");
}

#[test]
fn an_epoch_that_the_manifest_moves_is_told() {
    let mut release = genuine();
    release.manifest["epoch"] = 1_700_000_001_u64.into();
    let report = resealed(release);
    assert_found(&report, "certificate.pem", "");
    assert_found(&report, "key-statement.intoto.json", "epoch");
}

#[test]
fn a_release_id_that_its_names_do_not_make_is_told() {
    let mut release = genuine();
    release.manifest["project"] = "ashlark".into();
    assert_found(&resealed(release), "manifest.json", "its names make ashlark-qemu-1.0.0-x86_64");
}

#[test]
fn a_damaged_signature_of_the_manifest_is_a_finding_even_where_nobody_is_trusted() {
    let written = genuine().write(Some(&publisher()));
    std::fs::write(written.path.join("manifest.sig"), b"signed, the publisher").unwrap();
    assert_found(&verify(&written.path, &Trust::default()), "manifest.sig", "DER");
}

#[test]
fn an_unsigned_provenance_in_place_of_the_signed_one_is_told_where_a_publisher_is_trusted() {
    let mut release = genuine();
    release.write_provenance(None, |_| {});
    release.write_sbom_statements(Some(&publisher()), |_| {});
    // Even if the publisher signed the manifest over it.
    let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
    assert_found(&report, PROVENANCE, "no signature");
    assert_only(&report, &[PROVENANCE]);
}

#[test]
fn a_provenance_of_another_key_is_told_by_its_id() {
    let mut release = genuine();
    let other = publisher_key("other");
    release.write_provenance(Some(&other), |_| {});
    let report = verify(&release.write(Some(&publisher())).path, &trusting(&[&publisher()]));
    assert_found(&report, PROVENANCE, &other.public().id().to_string());
}

#[test]
fn a_provenance_that_is_none_is_told() {
    let good = String::from_utf8(genuine().files[PROVENANCE].clone()).unwrap();
    for changed in [
        String::new(),
        "\n".to_owned(),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}{{}}\n"),
        good.replace("vnd.in-toto+json", "vnd.other+json"),
        good.replacen("\"payload\":\"ey", "\"payload\":\"ez", 1),
    ] {
        assert_ne!(changed, good);
        let mut release = genuine();
        release.files.insert(PROVENANCE.to_owned(), changed.into_bytes());
        let report = verify(&release.write(None).path, &Trust::default());
        assert_found(&report, PROVENANCE, "");
        assert_only(&report, &[PROVENANCE]);
    }
}
