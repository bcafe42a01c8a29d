// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on the Secure Boot signature. Keys come from openssl, as a publisher's do.

use std::path::Path;

use ashlar_secure_boot::{SecureBootCertificate, SecureBootKey, attach};

use super::{assert_found, assert_only, genuine, resealed};
use crate::synthetic::Synthetic;
use crate::{Outcome, Report, Trust, verify};

const EFI: &str = "qemu.efi";

/// A key and its certificate; none where openssl is not on this machine.
fn key(folder: &Path, name: &str) -> Option<(String, SecureBootCertificate)> {
    if !ashlar_foreign::available("openssl", &["version"]) {
        return None;
    }
    let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
    let request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650"];
    let names = ["-subj", &subject, "-keyout", &key, "-out", &certificate];
    ashlar_foreign::succeeds(folder, "openssl", &[&request[..], &names].concat());
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    Some((read(&key), SecureBootCertificate::from_pem(&read(&certificate)).unwrap()))
}

/// A release that is signed for firmware, with the signature and certificate that lie beside the image.
fn signed(key: &str, certificate: &SecureBootCertificate) -> Synthetic {
    let mut release = genuine();
    let unsigned = release.files[EFI].clone();
    let signature = SecureBootKey::from_pem(key).unwrap().sign(&unsigned, certificate).unwrap();
    release.files.insert(EFI.to_owned(), attach(&unsigned, &signature).unwrap());
    release.files.insert("secure-boot.p7s".to_owned(), signature);
    release.files.insert("secure-boot.pem".to_owned(), certificate.to_pem().unwrap().into_bytes());
    release.write_provenance(None, |_| {});
    release
}

fn with_certificates(release: &Synthetic, trusted: &[&SecureBootCertificate]) -> Report {
    let trust = Trust { secure_boot: trusted.iter().map(|one| (*one).clone()).collect(), ..Trust::default() };
    verify(&release.write(None).path, &trust)
}

#[test]
fn a_signature_for_firmware_is_judged_from_every_side() {
    let folder = tempfile::tempdir().unwrap();
    let (Some((key, certificate)), Some((other_key, other))) =
        (key(folder.path(), "one"), key(folder.path(), "two"))
    else {
        return;
    };
    let release = signed(&key, &certificate);
    let report = with_certificates(&release, &[&other, &certificate]);
    assert_eq!((report.outcome, &report.findings), (Outcome::OriginUnproven, &vec![]));
    assert!(report.files[EFI].iter().any(|proof| proof.what.contains("firmware")));
    assert!(with_certificates(&release, &[]).findings.is_empty());

    let report = with_certificates(&release, &[&other]);
    assert_found(&report, "secure-boot.pem", "none of the Secure Boot certificates that you trust");
    assert_only(&report, &["secure-boot.pem"]);
    assert_found(&with_certificates(&genuine(), &[&certificate]), EFI, "no Secure Boot signature");

    // The signature beside the image is another than the one attached.
    let theirs = signed(&other_key, &other);
    let mut changed = release.clone();
    changed.files.insert("secure-boot.p7s".to_owned(), theirs.files["secure-boot.p7s"].clone());
    assert_found(&resealed(changed), "secure-boot.p7s", "another signature than this one is attached");
    // So is the certificate.
    let mut changed = release.clone();
    changed.files.insert("secure-boot.pem".to_owned(), theirs.files["secure-boot.pem"].clone());
    assert_found(&resealed(changed), "secure-boot.pem", "by another certificate");
    // Attached and not beside, and the reverse.
    let mut changed = release.clone();
    changed.files.remove("secure-boot.p7s");
    changed.files.remove("secure-boot.pem");
    assert_found(&resealed(changed), EFI, "a signature is attached");
    let mut changed = release.clone();
    changed.files.insert(EFI.to_owned(), genuine().files[EFI].clone());
    assert_found(&resealed(changed), "secure-boot.p7s", "not attached");
    // The image changed under the signature.
    let mut changed = release.clone();
    let image = changed.files.get_mut(EFI).unwrap();
    image[0x400] ^= 1;
    assert_found(&resealed(changed), EFI, "");
    let mut changed = release.clone();
    changed.files.insert("secure-boot.pem".to_owned(), b"no certificate".to_vec());
    assert_found(&resealed(changed), "secure-boot.pem", "certificate");
    // A certificate file with more in it.
    let mut changed = release;
    let mut text = b"a message\n".to_vec();
    text.extend_from_slice(&changed.files["secure-boot.pem"]);
    changed.files.insert("secure-boot.pem".to_owned(), text);
    assert_found(&resealed(changed), "secure-boot.pem", "");
}
