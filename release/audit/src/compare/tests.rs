// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A release against rebuilds of it that differ in one thing each.

use std::fs;

use super::*;
use crate::synthetic::{Signing, Synthetic, archive, bzimage, digests};
use crate::{Trust, verify};

fn release() -> Synthetic {
    Synthetic::new("1.0.0", &Signing::Ceremony("ceremony"), None)
}

/// The release in `ours`, judged and then compared with what was made in `theirs`.
fn judged(ours: &Path, theirs: &Path) -> AuditReport {
    against_folder(ours, &verify(ours, &Trust::default()), theirs)
}

/// The comparison with a rebuild that made what lies in `theirs`.
fn against_folder(ours: &Path, report: &Report, theirs: &Path) -> AuditReport {
    compare(ours, report, &Rebuild { folder: theirs, made: &digests(theirs) })
}

fn against(rebuilt: &Synthetic) -> AuditReport {
    judged(&release().write(None).path, &rebuilt.write(None).path)
}

/// The one verdict that is no success, for a rebuild with `bytes` at `path`.
fn difference(path: &str, bytes: Vec<u8>) -> (u64, Vec<String>) {
    let mut rebuilt = release();
    rebuilt.files.insert(path.to_owned(), bytes);
    let report = against(&rebuilt);
    assert!(!report.reproduced);
    match &report.artifacts[path] {
        Verdict::Differs { offset, place } => {
            assert!(report.conclusion.contains(&format!("of {} files", report.artifacts.len())));
            (*offset, place.clone())
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_rebuild_with_the_same_bytes_reproduces_the_release() {
    let (ours, theirs) = (release().write(None), release().write(None));
    for taken in [
        "certificate.pem",
        "signatures",
        "sources",
        "manifest.json",
        "SHA256SUMS",
        "provenance.intoto.jsonl",
        "sbom.intoto.jsonl",
    ] {
        let path = theirs.path.join(taken);
        if path.is_dir() { fs::remove_dir_all(path).unwrap() } else { fs::remove_file(path).unwrap() }
    }
    let report = judged(&ours.path, &theirs.path);
    assert!(report.reproduced, "{report:#?}");
    assert_eq!(report.artifacts["certificate.pem"], Verdict::Taken);
    assert!(matches!(report.artifacts["vmlinuz"], Verdict::Identical { .. }));
    assert!(report.conclusion.starts_with("reproduced: "), "{}", report.conclusion);
    let identity = report.identity.clone().unwrap();
    assert_eq!(identity.release, "ashlar-qemu-1.0.0-x86_64");
    let text = serde_json::to_string(&report).unwrap();
    assert_eq!(serde_json::from_str::<AuditReport>(&text).unwrap(), report);
}

#[test]
fn a_difference_names_section_entry_and_block() {
    let ours = release();
    let mut initramfs = ours.files["initramfs.cpio"].clone();
    let root = &ours.files["root.erofs"];
    // An erofs begins with zeroes up to its superblock.
    let begin = |bytes: &[u8]| bytes.windows(64).position(|part| *part == root[1024..1088]).unwrap() - 1024;
    let at = begin(&initramfs) + 2 * 4096 + 7;
    initramfs[at] ^= 1;
    let (offset, place) = difference("initramfs.cpio", initramfs.clone());
    assert_eq!(
        (offset, place),
        (at as u64, vec!["entry ashlar/root.erofs".to_owned(), "data block 2".to_owned()])
    );

    let mut image = ours.files["qemu.efi"].clone();
    let start = begin(&image);
    image[start + 7] ^= 1;
    let (_, place) = difference("qemu.efi", image);
    assert_eq!(place, ["section .initrd", "entry ashlar/root.erofs", "data block 0"]);

    let mut image = ours.files["qemu.efi"].clone();
    image[0x48] ^= 1;
    assert_eq!(difference("qemu.efi", image), (0x48, vec!["headers".to_owned()]));
    let (_, place) = difference("vmlinuz", bzimage(b""));
    assert_eq!(place, ["section .text"]);
    let (_, place) = difference("initramfs.cpio", archive(&[("init", b"another", true)]));
    assert_eq!(place, ["entry ashlar (there entry init)"]);
    let (_, place) = difference("kernel.config", b"CONFIG_MODULE_SIG_FORCE=y\nCONFIG_MORE=y\n".to_vec());
    assert_eq!(place, ["line 2"]);
    let short = ours.files["extensions/tools.raw"][..100].to_vec();
    assert_eq!(difference("extensions/tools.raw", short), (100, Vec::new()));
}

#[test]
fn of_several_differences_the_cause_is_named() {
    let mut rebuilt = release();
    let kernel = bzimage(b"");
    rebuilt.set_kernel(kernel);
    let report = against(&rebuilt);
    assert!(matches!(report.artifacts["qemu.efi"], Verdict::Differs { .. }));
    assert!(report.conclusion.contains("first: vmlinuz differs at offset"), "{}", report.conclusion);
}

#[test]
fn a_section_that_grew_is_named_and_not_the_header_with_its_size() {
    let ours = release();
    let image =
        crate::synthetic::unified(&ours.files["vmlinuz"], "console=ttyS0", &ours.files["initramfs.cpio"]);
    let (offset, place) = difference("qemu.efi", image);
    assert!(offset < 0x400, "the first byte that differs is in the headers");
    assert_eq!(place, ["section .cmdline", "line 1"]);
}

#[test]
fn a_file_that_only_one_side_has_is_a_failure() {
    let mut rebuilt = release();
    rebuilt.files.remove("owners.json");
    let report = against(&rebuilt);
    assert_eq!(report.artifacts["owners.json"], Verdict::OnlyInRelease);
    assert!(!report.reproduced && report.conclusion.contains("owners.json was not rebuilt"));
    let mut rebuilt = release();
    rebuilt.files.insert("more.json".to_owned(), Vec::new());
    let report = against(&rebuilt);
    assert_eq!(report.artifacts["more.json"], Verdict::OnlyInRebuild);
    assert!(!report.reproduced);
}

#[test]
fn what_could_not_be_compared_is_a_failure() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let path = theirs.path.join("vmlinuz");
    fs::remove_file(&path).unwrap();
    std::os::unix::fs::symlink(ours.path.join("vmlinuz"), &path).unwrap();
    let report = judged(&ours.path, &theirs.path);
    assert!(matches!(report.artifacts["vmlinuz"], Verdict::Unchecked { .. }));
    assert!(!report.reproduced && report.conclusion.contains("vmlinuz could not be compared"));
}

#[test]
fn two_empty_folders_or_a_release_that_is_not_there_reproduce_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let report = judged(folder.path(), folder.path());
    assert!(!report.reproduced && report.identity.is_none());
    assert!(matches!(report.artifacts["*.efi"], Verdict::Unchecked { .. }));
    assert!(!judged(&folder.path().join("absent"), folder.path()).reproduced);
}

#[test]
fn a_taken_file_that_the_rebuild_has_must_be_the_same() {
    let mut rebuilt = release();
    rebuilt.files.insert("certificate.pem".to_owned(), b"other".to_vec());
    assert!(!against(&rebuilt).reproduced);
}

#[test]
fn a_manifest_about_other_files_than_were_compared_identifies_nothing() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let text = fs::read_to_string(ours.path.join("manifest.json")).unwrap();
    let digest = Sha256::of(&release().files["vmlinuz"]).to_string();
    for changed in [text.replace(&digest, &"0".repeat(64)), "{}".to_owned()] {
        for side in [&ours, &theirs] {
            fs::write(side.path.join("manifest.json"), &changed).unwrap();
        }
        let report = judged(&ours.path, &theirs.path);
        assert!(report.identity.is_none() && !report.reproduced);
        assert!(matches!(report.artifacts["manifest.json"], Verdict::Unchecked { .. }));
    }
}

#[test]
fn a_folder_that_shows_verify_one_release_and_the_comparison_another_identifies_nothing() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let report = verify(&ours.path, &Trust::default());
    assert!(report.findings.is_empty());
    // Of the same files, with another word in it: everything is identical, and the release is another one.
    let mut other = release();
    other.manifest["expected"] = serde_json::json!({});
    let manifest = other.manifest_bytes();
    let genuine = fs::read(ours.path.join("manifest.json")).unwrap();
    assert_ne!(manifest, genuine);
    for side in [&ours, &theirs] {
        fs::write(side.path.join("manifest.json"), &manifest).unwrap();
        fs::write(side.path.join("SHA256SUMS"), other.sums(&manifest)).unwrap();
    }
    let compared = against_folder(&ours.path, &report, &theirs.path);
    assert!(compared.identity.is_none() && !compared.reproduced);
    let Verdict::Unchecked { why } = &compared.artifacts["manifest.json"] else { panic!() };
    let (is, was) = (Sha256::of(&manifest).to_string(), Sha256::of(&genuine).to_string());
    assert!(why.contains(&is) && why.contains(&was), "{why}");
    // The other way round: judged is the one that is compared.
    assert!(judged(&ours.path, &theirs.path).reproduced);
}

#[test]
fn a_file_that_changes_between_verify_and_the_comparison_identifies_nothing() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let report = verify(&ours.path, &Trust::default());
    for side in [&ours, &theirs] {
        fs::write(side.path.join("owners.json"), "{\"schema\":2}").unwrap();
    }
    let compared = against_folder(&ours.path, &report, &theirs.path);
    assert!(compared.identity.is_none() && !compared.reproduced);
}

#[test]
fn the_releases_own_file_put_in_the_place_of_a_rebuilt_one_is_no_reproduction() {
    let ours = release().write(None);
    let report = verify(&ours.path, &Trust::default());
    let mut other = release();
    other.files.insert("vmlinuz".to_owned(), b"what the checkout really gives".to_vec());
    let theirs = other.write(None);
    let made = digests(&theirs.path);
    for path in ["vmlinuz", "manifest.json", "SHA256SUMS"] {
        fs::copy(ours.path.join(path), theirs.path.join(path)).unwrap();
    }
    let compared = compare(&ours.path, &report, &Rebuild { folder: &theirs.path, made: &made });
    assert!(!compared.reproduced);
    let Verdict::Unchecked { why } = &compared.artifacts["vmlinuz"] else { panic!("{compared:#?}") };
    assert!(why.contains("another file than the rebuild made"), "{why}");
    assert!(matches!(compared.artifacts["root.erofs"], Verdict::Identical { .. }));
}

#[test]
fn a_rebuilt_file_that_is_removed_is_not_taken_from_the_release_instead() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let report = verify(&ours.path, &Trust::default());
    let made = digests(&theirs.path);
    // Made by a keyless rebuild; a rebuild that never made it takes it from the release.
    let signatures = made.keys().find(|path| path.starts_with("signatures/")).unwrap();
    fs::remove_file(theirs.path.join(signatures)).unwrap();
    let compared = compare(&ours.path, &report, &Rebuild { folder: &theirs.path, made: &made });
    assert!(!compared.reproduced);
    let Verdict::Unchecked { why } = &compared.artifacts[signatures] else { panic!("{compared:#?}") };
    assert!(why.contains("gone from the rebuild's folder"), "{why}");
}

#[test]
fn a_file_of_the_release_that_the_rebuild_never_made_is_no_reproduction() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let report = verify(&ours.path, &Trust::default());
    let mut made = digests(&theirs.path);
    made.remove("initramfs.cpio");
    let compared = compare(&ours.path, &report, &Rebuild { folder: &theirs.path, made: &made });
    assert!(!compared.reproduced);
    let Verdict::Unchecked { why } = &compared.artifacts["initramfs.cpio"] else { panic!("{compared:#?}") };
    assert!(why.contains("did not make it"), "{why}");
}

#[test]
fn a_release_whose_manifest_verify_could_not_read_is_never_reproduced() {
    let (ours, theirs) = (release().write(None), release().write(None));
    let good = fs::read(ours.path.join("manifest.json")).unwrap();
    fs::write(ours.path.join("manifest.json"), "{}").unwrap();
    let report = verify(&ours.path, &Trust::default());
    fs::write(ours.path.join("manifest.json"), good).unwrap();
    let compared = against_folder(&ours.path, &report, &theirs.path);
    assert!(compared.identity.is_none() && !compared.reproduced);
}

#[test]
fn a_section_whose_name_moves_the_cursor_is_shown_as_escapes() {
    let mut image = release().files["qemu.efi"].clone();
    let at = image.windows(6).position(|name| name == b".uname").unwrap();
    image[at + 1..at + 5].copy_from_slice(b"\x1b[2K");
    let (_, place) = difference("qemu.efi", image);
    assert_eq!(place, ["section .uname (there section .\\u{1b}[2Ke)"]);
}
