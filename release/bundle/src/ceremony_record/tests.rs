// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Jobs that die after the ceremony, and records that were touched.

use ashlar_module_signature::ReleaseId;

use super::*;

fn claim(folder: &Path) -> Claim {
    Claim::take(folder, &ReleaseId::parse("a-b-1-x").unwrap()).unwrap()
}

fn commitment(text: &str) -> CeremonyCommitment {
    CeremonyCommitment::new(Sha256::of(text.as_bytes()))
}

fn results() -> CeremonyResults {
    CeremonyResults {
        certificates: b"certificate".to_vec(),
        signatures: [b"one", b"two"].map(|module| (ModuleDigest::of(module), module.to_vec())).into(),
        key_statement: Some(b"{}".to_vec()),
    }
}

#[test]
fn a_retried_job_gets_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(claim(folder.path()).resume(commitment("modules"), None).unwrap(), None);
    claim(folder.path()).record_ceremony(commitment("modules"), &results(), None).unwrap();
    for _ in 0..2 {
        assert_eq!(claim(folder.path()).resume(commitment("modules"), None).unwrap(), Some(results()));
    }
    let keyless = tempfile::tempdir().unwrap();
    let without = CeremonyResults { key_statement: None, signatures: BTreeMap::new(), ..results() };
    claim(keyless.path()).record_ceremony(commitment("modules"), &without, None).unwrap();
    assert_eq!(claim(keyless.path()).resume(commitment("modules"), None).unwrap(), Some(without));
}

#[test]
fn a_version_that_was_signed_for_other_bytes_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    claim(folder.path()).record_ceremony(commitment("modules"), &results(), None).unwrap();
    let error = claim(folder.path()).resume(commitment("other modules"), None).unwrap_err();
    assert!(matches!(error, BundleError::OtherCommitment { .. }), "{error}");
    let help = error.help().unwrap();
    assert!(help.contains("choose another version") && help.contains(".a-b-1-x.ceremony"), "{help}");
}

#[test]
fn a_second_ceremony_of_one_version_is_not_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let claim = claim(folder.path());
    claim.record_ceremony(commitment("modules"), &results(), None).unwrap();
    let other = CeremonyResults { certificates: b"another".to_vec(), ..results() };
    let error = claim.record_ceremony(commitment("modules"), &other, None).unwrap_err();
    assert!(matches!(error, BundleError::AlreadyRecorded { .. }), "{error}");
    assert_eq!(claim.resume(commitment("modules"), None).unwrap(), Some(results()));
}

#[test]
fn a_record_that_was_touched_is_refused() {
    let module = ModuleDigest::of(b"one");
    let signature = format!("signatures/{module}.p7s");
    let attacks: [&dyn Fn(&Path); 6] = [
        &|record| fs::write(record.join("certificates.der"), "another").unwrap(),
        &|record| fs::write(record.join(&signature), "another").unwrap(),
        &|record| fs::write(record.join("commitment.json"), "{}").unwrap(),
        &|record| {
            let path = record.join("commitment.json");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace("key-statement.intoto.json", "../../../etc/passwd")).unwrap();
        },
        &|record| {
            let path = record.join("commitment.json");
            let text = fs::read_to_string(&path).unwrap();
            let digest = Sha256::of(b"certificate");
            fs::write(path, text.replace(&format!("\"certificates.der\":\"{digest}\","), "")).unwrap();
        },
        &|record| {
            let path = record.join("commitment.json");
            let text = fs::read_to_string(&path).unwrap();
            fs::write(path, text.replace("\"schema\":1", "\"schema\":2")).unwrap();
        },
    ];
    for (index, attack) in attacks.iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let claim = claim(folder.path());
        claim.record_ceremony(commitment("modules"), &results(), None).unwrap();
        attack(&folder.path().join(".a-b-1-x.ceremony"));
        let error = claim.resume(commitment("modules"), None).unwrap_err();
        assert!(matches!(error, BundleError::DamagedRecord { .. }), "{index}: {error}");
        assert!(error.help().is_some());
    }
}

#[test]
fn a_link_in_a_record_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let claim = claim(folder.path());
    claim.record_ceremony(commitment("modules"), &results(), None).unwrap();
    let certificates = folder.path().join(".a-b-1-x.ceremony/certificates.der");
    fs::write(folder.path().join("copy"), "certificate").unwrap();
    fs::remove_file(&certificates).unwrap();
    std::os::unix::fs::symlink("../copy", &certificates).unwrap();
    assert!(matches!(claim.resume(commitment("modules"), None), Err(BundleError::NotAFile { .. })));
}

#[test]
fn a_record_is_whole_or_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let claim = claim(folder.path());
    // Something is in the way of the folder of signatures, so the record is written up to there and no further.
    let unfinished = claim.unfinished().unwrap();
    let blocked = unfinished.path().to_owned();
    fs::create_dir_all(blocked.join(SIGNATURES)).unwrap();
    let error = write(&blocked, commitment("modules"), &results(), None).unwrap_err();
    assert!(matches!(error, BundleError::Write { .. }), "{error}");
    // As a killed process leaves it.
    std::mem::forget(unfinished);
    assert_eq!(claim.resume(commitment("modules"), None).unwrap(), None);
    claim.record_ceremony(commitment("modules"), &results(), None).unwrap();
    assert_eq!(claim.resume(commitment("modules"), None).unwrap(), Some(results()));
    drop(claim);
    // What was half written is gone with the next claim.
    drop(Claim::take(folder.path(), &ReleaseId::parse("a-b-1-x").unwrap()).unwrap());
    assert!(!blocked.exists());
}

/// A stand-in for a publisher's key.
struct Word(&'static str);

impl Seal for Word {
    fn seal(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        Ok(Sha256::of(&[self.0.as_bytes(), bytes].concat()).to_string().into_bytes())
    }
}

#[test]
fn a_planted_record_is_not_signed_by_a_publisher() {
    let (own, stranger) = (Word("publisher"), Word("stranger"));
    let refused = |prepare: &dyn Fn(&Claim, &Path)| {
        let folder = tempfile::tempdir().unwrap();
        let claim = claim(folder.path());
        prepare(&claim, &folder.path().join(".a-b-1-x.ceremony"));
        let error = claim.resume(commitment("modules"), Some(&own)).unwrap_err();
        assert!(matches!(error, BundleError::ForeignRecord { .. }), "{error}");
        assert!(error.help().is_some());
    };
    refused(&|claim, _| claim.record_ceremony(commitment("modules"), &results(), None).unwrap());
    refused(&|claim, _| claim.record_ceremony(commitment("modules"), &results(), Some(&stranger)).unwrap());
    refused(&|claim, record| {
        claim.record_ceremony(commitment("modules"), &results(), Some(&own)).unwrap();
        let path = record.join(COMMITMENT);
        let text = fs::read_to_string(&path).unwrap();
        let (old, new) = (Sha256::of(b"certificate").to_string(), Sha256::of(b"planted").to_string());
        fs::write(path, text.replace(&old, &new)).unwrap();
        fs::write(record.join(CERTIFICATES), "planted").unwrap();
    });
    // As a clone of a repository brings it along.
    refused(&|claim, record| {
        claim.record_ceremony(commitment("modules"), &results(), Some(&own)).unwrap();
        fs::set_permissions(record, fs::Permissions::from_mode(0o755)).unwrap();
    });
    refused(&|claim, record| {
        claim.record_ceremony(commitment("modules"), &results(), Some(&own)).unwrap();
        let elsewhere = record.with_file_name("elsewhere");
        fs::rename(record, &elsewhere).unwrap();
        std::os::unix::fs::symlink(elsewhere, record).unwrap();
    });
}

#[test]
fn a_publisher_resumes_what_it_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let claim = claim(folder.path());
    claim.record_ceremony(commitment("modules"), &results(), Some(&Word("publisher"))).unwrap();
    let resumed = claim.resume(commitment("modules"), Some(&Word("publisher"))).unwrap();
    assert_eq!(resumed, Some(results()));
}
