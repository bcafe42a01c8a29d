// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What belongs into a release, and what does not.

use super::*;

fn layout() -> Layout {
    Layout::new(&ImageName::parse("qemu").unwrap())
}

fn path(text: &str) -> BundlePath {
    BundlePath::parse(text).unwrap()
}

fn role(text: &str) -> Option<Role> {
    layout().role(&path(text))
}

const MINIMUM: &[&str] = &[
    "System.map",
    "boot.json",
    "build.spdx.json",
    "build.spdx3.json",
    "certificate.pem",
    "cmdline",
    "extensions.json",
    "initramfs.cpio",
    "inputs.json",
    "kernel.config",
    "key-statement.intoto.json",
    "modules.json",
    "os.cdx.json",
    "os.spdx.json",
    "os.spdx3.json",
    "owners.json",
    "provenance.intoto.jsonl",
    "qemu.efi",
    "release.json",
    "root.erofs",
    "sbom.intoto.jsonl",
    "signing.json",
    "vmlinuz",
];

fn check(names: &[&str], signer: Signer) -> Result<(), BundleError> {
    let paths: Vec<BundlePath> = names.iter().map(|name| path(name)).collect();
    layout().check(&paths.iter().collect(), signer)
}

#[test]
fn every_file_of_the_contract_has_its_role() {
    let module = "a".repeat(128);
    let source = "0".repeat(64);
    for (text, expected) in [
        ("qemu.efi", Some(Role::Image)),
        ("root.erofs", Some(Role::Image)),
        ("extensions/debug.raw", Some(Role::Image)),
        (&format!("signatures/{module}.p7s"), Some(Role::Signature)),
        ("secure-boot.pem", Some(Role::Signature)),
        ("release.json", Some(Role::Record)),
        (&format!("sources/{source}"), Some(Role::Source)),
        ("manifest.json", None),
        ("manifest.sig", None),
        ("SHA256SUMS", None),
        ("other.efi", None),
        ("notes.txt", None),
        ("extensions/debug", None),
        ("extensions/Debug.raw", None),
        ("extensions/a/b.raw", None),
        (&format!("signatures/{}.p7s", &module[1..]), None),
        (&format!("signatures/{}.p7s", module.to_uppercase()), None),
        (&format!("sources/{source}.tar"), None),
        ("sources/x", None),
    ] {
        assert_eq!(role(text), expected, "{text}");
    }
}

#[test]
fn every_required_file_is_missed() {
    check(MINIMUM, Signer::P384).unwrap();
    for left_out in MINIMUM {
        let names: Vec<&str> = MINIMUM.iter().filter(|name| *name != left_out).copied().collect();
        let error = check(&names, Signer::Rsa4096).unwrap_err();
        assert!(
            matches!(&error, BundleError::Missing { path, .. } if path == left_out),
            "{left_out}: {error}"
        );
    }
}

#[test]
fn a_key_statement_stands_for_a_ceremony_and_for_nothing_else() {
    let error = check(MINIMUM, Signer::Keyless).unwrap_err();
    assert!(matches!(error, BundleError::Superfluous { .. }), "{error}");
    let names: Vec<&str> = MINIMUM.iter().filter(|name| !name.starts_with("key-")).copied().collect();
    check(&names, Signer::Keyless).unwrap();
}

#[test]
fn a_secure_boot_signature_comes_with_its_certificate() {
    let with = |more: &[&str]| check(&[MINIMUM, more].concat(), Signer::P384);
    with(&["secure-boot.p7s", "secure-boot.pem"]).unwrap();
    assert!(matches!(with(&["secure-boot.p7s"]), Err(BundleError::Missing { .. })));
    assert!(matches!(with(&["secure-boot.pem"]), Err(BundleError::Missing { .. })));
}

#[test]
fn a_file_that_nobody_knows_is_refused() {
    let error = check(&[MINIMUM, &["backdoor"]].concat(), Signer::P384).unwrap_err();
    assert!(matches!(&error, BundleError::Unplaced { path } if path == "backdoor"), "{error}");
    assert!(matches!(
        check(&[MINIMUM, &["SHA256SUMS"]].concat(), Signer::P384),
        Err(BundleError::Unplaced { .. })
    ));
}
