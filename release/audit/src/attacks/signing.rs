// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on what the ceremony made: certificates, signatures, the statement of the key.

use ashlar_digest::Sha256;
use ashlar_module_signature::{ModuleDigest, SignatureValue, Signer as _, Subject, certificate, cms};

use super::{CEREMONY, assert_found, assert_only, genuine, resealed};
use crate::Report;
use crate::pem;
use crate::synthetic::{MODULES, Signing, Synthetic, bzimage, ceremony_key};

const STATEMENT: &str = "key-statement.intoto.json";

/// The order of P-384's group.
const ORDER: [u8; 48] = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xc7, 0x63, 0x4d, 0x81, 0xf4, 0x37, 0x2d, 0xdf, 0x58, 0x1a,
    0x0d, 0xb2, 0x48, 0xb0, 0xa7, 0x7a, 0xec, 0xec, 0x19, 0x6a, 0xcc, 0xc5, 0x29, 0x73,
];

fn module(index: usize) -> ModuleDigest {
    ModuleDigest::of(MODULES[index].1)
}

fn path(index: usize) -> String {
    format!("signatures/{}.p7s", module(index))
}

/// The release with another signature of the first module.
fn with_signature(bytes: Vec<u8>) -> Report {
    let mut release = genuine();
    assert_ne!(release.files[&path(0)], bytes);
    release.files.insert(path(0), bytes);
    resealed(release)
}

/// n - s.
fn negated(s: &[u8; 48]) -> [u8; 48] {
    let mut result = [0; 48];
    let mut borrow = 0;
    for at in (0..48).rev() {
        let difference = i16::from(ORDER[at]) - i16::from(s[at]) - borrow;
        borrow = i16::from(difference < 0);
        result[at] = difference.rem_euclid(256) as u8;
    }
    result
}

#[test]
fn signatures_of_two_modules_that_were_swapped_are_told_for_both() {
    let mut release = genuine();
    let (one, two) = (release.files[&path(0)].clone(), release.files[&path(1)].clone());
    release.files.insert(path(0), two);
    release.files.insert(path(1), one);
    let report = resealed(release);
    for index in [0, 1] {
        assert_found(&report, &path(index), "");
        assert_found(&report, STATEMENT, &format!("another signature of {}", module(index)));
    }
    assert_only(&report, &[&path(0), &path(1), STATEMENT, "signing.json"]);
}

#[test]
fn a_module_dropped_from_the_signatures_is_told() {
    let mut release = genuine();
    release.files.remove(&path(2));
    let report = resealed(release);
    assert_found(&report, &path(2), "has no signature");
    assert_found(&report, STATEMENT, "which the release does not have");
    assert_only(&report, &[&path(2), STATEMENT, "signing.json"]);
}

#[test]
fn a_module_dropped_from_signatures_and_release_json_alike_is_told_by_the_key() {
    let mut release = genuine();
    release.files.remove(&path(2));
    release.edit_release_json(|value| drop(value["modules"].as_object_mut().unwrap().remove(MODULES[2].0)));
    let report = resealed(release);
    assert_found(&report, STATEMENT, "which the release does not have");
    assert_only(&report, &[STATEMENT, "signing.json"]);
}

#[test]
fn a_signature_that_no_module_needs_is_told() {
    let mut release = genuine();
    let signer = ceremony_key("ceremony");
    let more = ModuleDigest::of(b"\x7fELF a rootkit");
    let bytes = cms(&release.id(), signer.public_key(), &signer.sign(&more).unwrap()).unwrap();
    let path = format!("signatures/{more}.p7s");
    release.files.insert(path.clone(), bytes);
    let report = resealed(release);
    assert_found(&report, &path, "no module of the OS needs it");
    assert_found(&report, STATEMENT, "which it does not list");
    assert_only(&report, &[&path, STATEMENT]);
}

#[test]
fn a_module_that_release_json_does_not_have_the_signature_of_is_told() {
    let mut release = genuine();
    release.edit_release_json(|value| value["modules"]["usr/lib/modules/6.12/c.ko"] = "0".repeat(128).into());
    let report = resealed(release);
    assert_found(&report, &format!("signatures/{}.p7s", "0".repeat(128)), "has no signature");
    assert_found(&report, &path(2), "no module of the OS needs it");
}

#[test]
fn a_signature_by_a_key_that_the_kernel_does_not_trust_is_told() {
    let other = ceremony_key("other");
    let release = genuine().id();
    let bytes = cms(&release, other.public_key(), &other.sign(&module(0)).unwrap()).unwrap();
    let report = with_signature(bytes);
    assert_found(&report, &path(0), "");
    assert_only(&report, &[&path(0), STATEMENT, "signing.json"]);
}

#[test]
fn the_other_of_s_and_n_minus_s_is_told_although_it_verifies() {
    let signer = ceremony_key("ceremony");
    let SignatureValue::EcdsaP384 { r, s } = signer.sign(&module(0)).unwrap() else { panic!() };
    assert_eq!(negated(&negated(&s)), s);
    let high = SignatureValue::EcdsaP384 { r, s: negated(&s) };
    let report = with_signature(cms(&genuine().id(), signer.public_key(), &high).unwrap());
    assert_found(&report, &path(0), "n");
    assert_only(&report, &[&path(0), STATEMENT, "signing.json"]);
}

#[test]
fn a_signature_encoded_again_is_told() {
    let good = genuine().files[&path(0)].clone();
    // 30 82 hi lo …: the same length in three bytes.
    let long = [&[0x30, 0x83, 0], &good[2..]].concat();
    let trailing = [&good[..], &[0]].concat();
    for bytes in [long, trailing, good[..good.len() - 1].to_vec(), Vec::new(), vec![0x30; 70_000]] {
        let report = with_signature(bytes);
        assert_found(&report, &path(0), "");
        assert_only(&report, &[&path(0), STATEMENT, "signing.json"]);
    }
}

#[test]
fn a_certificate_of_another_release_of_the_same_key_is_told() {
    let mut release = genuine();
    let other = Synthetic::new("0.9.0", &CEREMONY, None);
    let pem = other.files["certificate.pem"].clone();
    let der = pem::certificates(&pem).unwrap().concat();
    release.files.insert("certificate.pem".to_owned(), pem);
    release.edit_release_json(|value| value["certificates"][0] = Sha256::of(&der).to_string().into());
    assert_found(&resealed(release), "certificate.pem", "CN=module key of ashlar-qemu-0.9.0-x86_64");
}

#[test]
fn a_certificate_with_another_epoch_or_a_second_certificate_is_told() {
    let signer = ceremony_key("ceremony");
    let id = genuine().id();
    let late = certificate(&Subject::Release, &id, 1_700_000_001, signer.public_key()).unwrap();
    let mut release = genuine();
    release.files.insert("certificate.pem".to_owned(), pem::encode(&late).into_bytes());
    release.edit_release_json(|value| value["certificates"][0] = Sha256::of(&late).to_string().into());
    assert_found(&resealed(release), "certificate.pem", "");

    let second =
        certificate(&Subject::Release, &id, 1_700_000_000, ceremony_key("spare").public_key()).unwrap();
    let mut release = genuine();
    let first = pem::certificates(&release.files["certificate.pem"]).unwrap().concat();
    let both = pem::encode(&first) + &pem::encode(&second);
    release.files.insert("certificate.pem".to_owned(), both.into_bytes());
    let digests = [Sha256::of(&first).to_string(), Sha256::of(&second).to_string()];
    release.edit_release_json(|value| value["certificates"] = serde_json::json!(digests));
    let report = resealed(release);
    assert_found(&report, "certificate.pem", "it holds 2 certificates, there have to be 1");
    assert_found(&report, "certificate.pem", "signed no module");
    assert_found(&report, "vmlinuz", "trusts other certificates");
}

#[test]
fn certificates_that_release_json_does_not_list_are_told() {
    let mut release = genuine();
    release.edit_release_json(|value| value["certificates"][0] = "0".repeat(64).into());
    let report = resealed(release);
    assert_found(&report, "certificate.pem", "release.json lists other certificates");
    assert_only(&report, &["certificate.pem"]);
}

#[test]
fn a_signer_that_manifest_or_release_json_misnames_is_told() {
    let mut release = genuine();
    release.edit_release_json(|value| value["signer"] = "rsa-4096".into());
    assert_found(
        &resealed(release),
        "certificate.pem",
        "release.json says that it is rsa-4096, the manifest p384",
    );
    let mut release = genuine();
    release.manifest["signer"] = "rsa-4096".into();
    release.edit_release_json(|value| value["signer"] = "rsa-4096".into());
    let report = resealed(release);
    assert_found(&report, "certificate.pem", "its key is not rsa-4096");
    assert_found(&report, STATEMENT, "its key is p384");
}

#[test]
fn a_certificate_file_that_carries_more_than_certificates_is_told() {
    let pem = String::from_utf8(genuine().files["certificate.pem"].clone()).unwrap();
    for changed in [format!("a message\n{pem}"), pem.replace('\n', "\r\n"), String::new()] {
        let mut release = genuine();
        release.files.insert("certificate.pem".to_owned(), changed.into_bytes());
        assert_found(&resealed(release), "certificate.pem", "read it");
    }
}

#[test]
fn a_statement_that_does_not_fit_the_release_is_told() {
    type Change = fn(&mut ashlar_module_signature::KeyStatement);
    let changes: [(&str, Change); 5] = [
        ("the manifest names", |statement| {
            statement.agent_sha256 = ashlar_module_signature::Sha256::of(b"another agent");
        }),
        ("epoch", |statement| statement.epoch += 1),
        ("another certificate", |statement| {
            statement.certificate_sha256 = ashlar_module_signature::Sha256::of(b"another certificate");
        }),
        ("another signature of", |statement| statement.signed[1].signature = statement.signed[0].signature),
        ("about the release", |statement| {
            statement.release = ashlar_module_signature::ReleaseId::parse("other").unwrap();
        }),
    ];
    for (what, change) in changes {
        let mut release = genuine();
        release.write_key_statement("ceremony", change);
        let report = resealed(release);
        assert_found(&report, STATEMENT, what);
        assert_only(&report, &[STATEMENT]);
    }
}

#[test]
fn a_statement_that_lists_fewer_or_was_not_committed_to_is_told() {
    type Change = fn(&mut ashlar_module_signature::KeyStatement);
    let changes: [Change; 3] = [
        |statement| statement.signed.truncate(2),
        |statement| statement.signed.reverse(),
        |statement| statement.committed_sha256 = statement.spki_sha256,
    ];
    for change in changes {
        let mut release = genuine();
        release.write_key_statement("ceremony", change);
        let report = resealed(release);
        assert_found(&report, STATEMENT, "committed");
        assert_only(&report, &[STATEMENT]);
    }
}

#[test]
fn a_statement_by_another_key_or_of_another_release_is_told() {
    let mut release = genuine();
    release.write_key_statement("another ceremony", |_| {});
    let report = resealed(release);
    assert_found(&report, STATEMENT, "");
    assert_only(&report, &[STATEMENT]);
    let mut release = genuine();
    let other = Synthetic::new("0.9.0", &CEREMONY, None);
    release.files.insert(STATEMENT.to_owned(), other.files[STATEMENT].clone());
    let report = resealed(release);
    assert_found(&report, STATEMENT, "about the release ashlar-qemu-0.9.0-x86_64");
    assert_only(&report, &[STATEMENT]);
}

#[test]
fn a_statement_in_a_keyless_release_is_told() {
    let mut release = Synthetic::new("1.0.0", &Signing::Keyless, None);
    release.files.insert(STATEMENT.to_owned(), genuine().files[STATEMENT].clone());
    assert_found(&resealed(release), STATEMENT, "keyless signing has no ceremony");
}

#[test]
fn a_keyless_certificate_of_a_key_that_somebody_holds_is_told() {
    let mut release = Synthetic::new("1.0.0", &Signing::Keyless, None);
    let held = ceremony_key("held");
    let mut certificates = pem::certificates(&release.files["certificate.pem"]).unwrap();
    let mut modules: Vec<ModuleDigest> = (0..3).map(module).collect();
    modules.sort();
    let victim = modules[1];
    certificates[1] =
        certificate(&Subject::Module(victim), &release.id(), 1_700_000_000, held.public_key()).unwrap();
    let bytes = cms(&release.id(), held.public_key(), &held.sign(&victim).unwrap()).unwrap();
    release.files.insert(format!("signatures/{victim}.p7s"), bytes.clone());
    let pem: String = certificates.iter().map(|der| pem::encode(der)).collect();
    release.files.insert("certificate.pem".to_owned(), pem.into_bytes());
    let digests: Vec<String> = certificates.iter().map(|der| Sha256::of(der).to_string()).collect();
    release.edit_release_json(|value| value["certificates"] = serde_json::json!(digests));
    release.set_kernel(bzimage(&certificates.concat()));
    release.edit("signing.json", |value| {
        for fact in value["modules"].as_object_mut().unwrap().values_mut() {
            if fact["module"] == victim.to_string() {
                fact["signature"] = Sha256::of(&bytes).to_string().into();
            }
        }
    });
    let report = resealed(release);
    assert_found(&report, "certificate.pem", "");
    assert_only(&report, &["certificate.pem"]);
}

#[test]
fn a_keyless_signature_by_the_key_of_another_module_is_told() {
    // The key of the first module signs the second too: only who holds a private half could do that.
    let mut release = Synthetic::new("1.0.0", &Signing::Keyless, None);
    let mut modules: Vec<ModuleDigest> = (0..3).map(module).collect();
    modules.sort();
    let held = ceremony_key("held");
    let mut certificates = pem::certificates(&release.files["certificate.pem"]).unwrap();
    certificates[0] =
        certificate(&Subject::Module(modules[0]), &release.id(), 1_700_000_000, held.public_key()).unwrap();
    for victim in &modules[..2] {
        let bytes = cms(&release.id(), held.public_key(), &held.sign(victim).unwrap()).unwrap();
        release.files.insert(format!("signatures/{victim}.p7s"), bytes);
    }
    let pem: String = certificates.iter().map(|der| pem::encode(der)).collect();
    release.files.insert("certificate.pem".to_owned(), pem.into_bytes());
    let report = resealed(release);
    assert_found(&report, &format!("signatures/{}.p7s", modules[1]), "by the key of another module");
    assert_found(&report, "certificate.pem", "signed no module");
}
