// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the kernel of a release itself does with modules: one machine tries every attack, and says what its kernel logged.
//!
//! The answers are pinned as this kernel gives them; an update that changes one is looked at. EKEYREJECTED is 129, EBADMSG 74.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ashlar_system_tests::{Folder, scratch_root};
use serde_json::{Value, json};

use crate::attacks::{Material, write};
use crate::publication::{Publication, id};
use crate::scene::Scene;

const EPERM: i64 = 1;
const BAD_MESSAGE: i64 = 74;
const KEY_REJECTED: i64 = 129;
const UNSIGNED: &str = "Loading of unsigned module is rejected";
const OTHER_FORM: &str = "module: not signed with expected PKCS#7 message";
const UNSUPPORTED: &str = "Loading of module with unsupported crypto is rejected";
const UNKNOWN_KEY: &str = "Loading of module with unavailable key is rejected";

/// What the kernel said of each file: error number, and its log without LoadPin's.
struct Tried {
    state: Value,
    files: BTreeMap<String, (i64, Vec<String>)>,
    pinned: Vec<String>,
}

impl Tried {
    /// All attacks in one machine, once.
    fn get() -> &'static Self {
        static TRIED: OnceLock<Tried> = OnceLock::new();
        TRIED.get_or_init(|| {
            let publication = Publication::get();
            let folder = Folder::below(&scratch_root());
            let disk = folder.join("disk");
            write(&Material::of(publication).files(), &disk);
            let _machine = Scene::one_machine();
            let call = Scene::get().ashlar().args(["--offline", "--json", "trial", "--kernel"]);
            let ended =
                call.arg(publication.first().join("vmlinuz")).arg("--modules").arg(&disk).run().succeeds();
            let report: Value =
                serde_json::from_str(&ended.out).unwrap_or_else(|error| panic!("{error}: {ended}"));
            assert_eq!(report["findings"], json!([]), "{ended}");
            let (mut files, mut pinned) = (BTreeMap::new(), Vec::new());
            for trial in report["trials"].as_array().unwrap() {
                let lines =
                    trial["log"].as_array().unwrap().iter().map(|line| line.as_str().unwrap().to_owned());
                let (of_loadpin, log): (Vec<_>, _) = lines.partition(|line| line.starts_with("LoadPin: "));
                pinned.extend(of_loadpin);
                files.insert(
                    trial["file"].as_str().unwrap().to_owned(),
                    (trial["errno"].as_i64().unwrap(), log),
                );
            }
            Self { state: report["state"].clone(), files, pinned }
        })
    }

    #[track_caller]
    fn answered(&self, file: &str, errno: i64, log: &[&str]) {
        let (found, lines) = &self.files[file];
        assert_eq!(
            (*found, &lines[..]),
            (errno, &log.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>()[..]),
            "{file}"
        );
    }
}

/// The control: without it, a kernel that loads nothing would pass every other test.
#[test]
fn the_module_that_the_release_signed_is_loaded() {
    Tried::get().answered("0-signed.ko", 0, &[]);
}

/// Traps: a certificate that the kernel cannot use is left out in silence, so the list is read back; signing every module (SIG_ALL) or
/// a key of the build's own in the kernel would show as a second key.
#[test]
fn the_machine_trusts_exactly_the_certificate_of_its_release() {
    let state = &Tried::get().state;
    let keys = state["trusted_keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1, "{state}");
    let key = keys[0].as_str().unwrap();
    assert!(key.starts_with(&format!("module key of {}: ", id("1.0.0"))), "{state}");
    assert_eq!(
        (&state["sig_enforce"], &state["lockdown"], &state["tainted"]),
        (&json!(true), &json!("integrity"), &json!(0))
    );
}

/// Trap: LoadPin refuses with EPERM before a signature is looked at, and then every attack fails for another reason than it seems.
/// It is engaged and pins this disk, so what is refused is refused for its signature.
#[test]
fn loadpin_lets_the_disk_pass_so_that_signatures_decide() {
    let tried = Tried::get();
    assert!(tried.pinned.iter().any(|line| line.contains("load pinning engaged")), "{:?}", tried.pinned);
    assert!(tried.pinned.iter().any(|line| line.contains("kernel-module pinned obj=")), "{:?}", tried.pinned);
    assert!(tried.pinned.iter().all(|line| !line.contains("denied")), "{:?}", tried.pinned);
    assert!(tried.files.values().all(|(errno, _)| *errno != EPERM), "{:?}", tried.files);
}

#[test]
fn no_attack_is_loaded_and_none_is_without_a_test() {
    let tried = Tried::get();
    let loaded: Vec<_> =
        tried.files.iter().filter(|(_, (errno, _))| *errno == 0).map(|(file, _)| &file[..]).collect();
    assert_eq!(loaded, ["0-signed.ko", "byte-after-cms.ko"]);
    let source = include_str!("enforcement.rs");
    for file in tried.files.keys() {
        assert!(source.contains(&format!("\"{file}\",")), "{file} is tried, but no test looks at the answer");
    }
}

#[test]
fn an_unsigned_module_is_refused() {
    Tried::get().answered("unsigned.ko", KEY_REJECTED, &[UNSIGNED]);
}

/// A bad signature by a key that is trusted is refused without a word: the kernel logs only where nobody could say good or bad.
#[test]
fn one_bit_of_a_module_or_of_its_signature_is_refused() {
    Tried::get().answered("flipped-module.ko", KEY_REJECTED, &[]);
    Tried::get().answered("flipped-signature.ko", KEY_REJECTED, &[]);
}

#[test]
fn a_signature_that_asks_for_another_serial_number_finds_no_key() {
    Tried::get().answered("flipped-serial.ko", KEY_REJECTED, &[UNKNOWN_KEY]);
}

#[test]
fn a_module_that_a_stranger_signed_in_the_name_of_the_release_is_refused() {
    Tried::get().answered("another-key.ko", KEY_REJECTED, &[UNKNOWN_KEY]);
}

/// The key is gone, but what it signed is still about: a rollback of modules.
#[test]
fn a_module_of_another_release_is_refused() {
    Tried::get().answered("another-release.ko", KEY_REJECTED, &[UNKNOWN_KEY]);
}

/// The magic has to be the last thing in the file, else the kernel sees no signature at all.
#[test]
fn a_byte_after_the_magic_makes_a_module_unsigned() {
    Tried::get().answered("byte-after-magic.ko", KEY_REJECTED, &[UNSIGNED]);
}

#[test]
fn a_right_signature_over_signed_attributes_is_refused() {
    Tried::get().answered("attributes.ko", KEY_REJECTED, &["PKCS7: Invalid module sig (has authattrs)"]);
}

/// What cannot be read as a signature is refused by its reader, which says nothing (its messages are for debugging kernels).
#[test]
fn a_truncated_or_empty_signature_is_refused() {
    Tried::get().answered("truncated-signature.ko", BAD_MESSAGE, &[]);
    Tried::get().answered("empty-signature.ko", BAD_MESSAGE, &[]);
}

/// The magic alone: the last bytes of the module are taken for the trailer, and they name no PKCS #7.
#[test]
fn a_module_with_nothing_but_the_magic_is_refused() {
    Tried::get().answered("magic-only.ko", KEY_REJECTED, &[OTHER_FORM, UNSUPPORTED]);
}

/// The inner signature is right, but it is the outer one that counts, and it is over other bytes.
#[test]
fn a_second_signature_does_not_make_a_module_good() {
    Tried::get().answered("signed-twice.ko", KEY_REJECTED, &[]);
}

#[test]
fn a_trailer_that_states_another_length_or_form_is_refused() {
    Tried::get().answered("stated-too-long.ko", BAD_MESSAGE, &[]);
    let algorithm = "module: PKCS#7 signature info has unexpected non-zero params";
    Tried::get().answered("trailer-algorithm.ko", BAD_MESSAGE, &[algorithm]);
    Tried::get().answered("trailer-type.ko", KEY_REJECTED, &[OTHER_FORM, UNSUPPORTED]);
}

/// The kernel's reader stops where the CMS ends. Nothing that is signed changes by it, but a module has then many signed forms: the
/// gate refuses all but one, so that a release cannot carry a byte that nobody needs.
#[test]
fn a_byte_after_the_cms_is_loaded_by_the_kernel_and_refused_by_the_gate() {
    Tried::get().answered("byte-after-cms.ko", 0, &[]);
    let publication = Publication::get();
    let material = Material::of(publication);
    let pem = std::fs::read(publication.first().join("certificate.pem")).unwrap();
    let certificates = ashlar_release_audit::certificates_from_pem(&pem).unwrap().concat();
    let certificates = ashlar_signature_verifier::Certificates::parse(&certificates).unwrap();
    let digest = ashlar_module_signature::ModuleDigest::of(&material.module);
    ashlar_signature_verifier::verify(&material.own, &digest, &certificates).unwrap();
    let longer = [&material.own[..], &[0]].concat();
    ashlar_signature_verifier::verify(&longer, &digest, &certificates).unwrap_err();
}
