// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Firmware that starts only what a certificate vouches for (UEFI 2.10, chapter 32).

use std::fs;
use std::time::Duration;

use ashlar_system_tests::{Folder, scratch_root, wait_until};
use serde_json::json;

use crate::boots::boot;
use crate::publication::{Publication, copy, id, secure_boot_fixture};
use crate::read_back::Reader;
use crate::scene::Scene;

/// The firmware says so itself, and no kernel began. The machine would wait in the firmware's menu for ever, so it is ended there.
fn is_refused(certificate: &str, more: &[&str]) {
    Scene::get().built.clone().succeeds();
    let call = Scene::get().ashlar().args(["boot", "qemu", "--secure-boot"]);
    let call = call.arg(secure_boot_fixture(certificate)).args(more);
    let _machine = Scene::one_machine();
    let mut running = call.start();
    wait_until("the firmware gives up", Duration::from_secs(300), || {
        running.has_ended() || running.err().contains("No bootable option or device was found")
    });
    let said = running.err();
    assert!(!running.has_ended() && said.contains("Access Denied"), "{said}");
    assert!(!said.contains("Linux version") && !said.contains("ASHLAR-STATUS"), "{said}");
}

#[test]
fn firmware_starts_the_release_that_its_certificate_vouches_for() {
    let (release, certificate) = (Publication::get().first(), secure_boot_fixture("certificate.pem"));
    let words = ["--secure-boot", certificate.to_str().unwrap(), "--release", release.to_str().unwrap()];
    let (ended, report, console) = boot(&words);
    let ended = ended.succeeds();
    assert_eq!(report["findings"], json!([]), "{ended}");
    assert!(console.contains("Secure boot enabled"), "the kernel does not see Secure Boot: {console}");
}

#[test]
fn a_release_that_another_key_signed_is_not_started() {
    is_refused("other-certificate.pem", &["--release", Publication::get().first().to_str().unwrap()]);
}

#[test]
fn one_flipped_byte_in_the_image_and_it_is_not_started() {
    let folder = Folder::below(&scratch_root());
    let directory = folder.join(&id("1.0.0"));
    copy(&Publication::get().first(), &directory);
    let file = directory.join("qemu.efi");
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).unwrap();
    is_refused("certificate.pem", &["--release", directory.to_str().unwrap()]);
}

#[test]
fn an_unsigned_image_is_not_started() {
    // The same image before its release: nobody signed it.
    is_refused("certificate.pem", &[]);
}

#[test]
fn verify_takes_the_signature_of_a_trusted_certificate_and_of_no_other() {
    let publication = Publication::get();
    let verify = |certificate: &str| {
        let call = publication.verify(&publication.first()).arg("--trust-secure-boot");
        call.arg(secure_boot_fixture(certificate)).run()
    };
    verify("certificate.pem").succeeds();
    let refused = verify("other-certificate.pem").ends_with(1);
    assert!(refused.out.contains("none of the Secure Boot certificates that you trust"), "{refused}");
}

#[test]
fn sbverify_finds_the_signature_good() {
    let release = Publication::get().first();
    let tools = Reader::with(Scene::get(), &["sbverify"]);
    let verify = |certificate: &str| {
        let certificate = secure_boot_fixture(certificate);
        let words = ["--cert", certificate.to_str().unwrap(), release.join("qemu.efi").to_str().unwrap()]
            .map(str::to_owned);
        tools.try_run("sbverify", &words.each_ref().map(String::as_str))
    };
    let (good, said) = verify("certificate.pem");
    assert!(good && said.contains("Signature verification OK"), "{said}");
    let (good, said) = verify("other-certificate.pem");
    assert!(!good, "{said}");
}
