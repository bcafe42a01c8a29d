// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks by size: sparse files, which cost their maker nothing, and would fill an auditor's memory or days.

use std::fs::{self, File};

use ashlar_release_bundle::limits::{DOCUMENT_LIMIT, HASH_LIMIT, IMAGE_LIMIT, SIGNATURE_LIMIT};
use serde_json::json;

use super::{assert_found, assert_only, genuine};
use crate::synthetic::{Synthetic, Written, digests};
use crate::{Rebuild, Report, Trust, Verdict, compare, verify};

/// A release whose file at `path` is a sparse one of `size` bytes. Its manifest says so, with a digest that nobody has
/// the time to compute.
fn with_sparse(release: &Synthetic, files: &[(&str, u64)]) -> Written {
    let written = release.write(None);
    let mut manifest: serde_json::Value = serde_json::from_slice(&release.manifest_bytes()).unwrap();
    for (path, size) in files {
        let file = written.path.join(path);
        File::create(&file).unwrap().set_len(*size).unwrap();
        let role = if path.starts_with("sources/") {
            json!("source")
        } else {
            manifest["files"][*path]["role"].clone()
        };
        let digest = path.strip_prefix("sources/").map_or_else(|| "0".repeat(64), str::to_owned);
        manifest["files"][*path] = json!({"role": role, "size": size, "sha256": digest});
    }
    let text = ashlar_digest::to_canonical_json(&manifest).unwrap() + "\n";
    fs::write(written.path.join("manifest.json"), text).unwrap();
    written
}

fn judged(files: &[(&str, u64)]) -> Report {
    verify(&with_sparse(&genuine(), files).path, &Trust::default())
}

#[test]
fn an_image_file_of_8_gib_that_the_manifest_names_is_neither_read_nor_hashed() {
    for path in ["root.erofs", "qemu.efi", "vmlinuz", "initramfs.cpio", "extensions/tools.raw"] {
        let report = judged(&[(path, 8 << 30)]);
        assert_found(
            &report,
            path,
            &format!("it has 8589934592 bytes, more than the {IMAGE_LIMIT} that are taken"),
        );
        // Nothing is said of a digest, because none was computed.
        assert!(!report.findings.iter().any(|finding| finding.what.contains("its SHA-256 is")));
    }
}

#[test]
fn a_document_or_a_signature_beyond_its_limit_that_the_manifest_names_is_not_read() {
    let signature = genuine().files.keys().find(|path| path.starts_with("signatures/")).unwrap().clone();
    for (path, limit) in [
        ("release.json", DOCUMENT_LIMIT),
        ("provenance.intoto.jsonl", DOCUMENT_LIMIT),
        ("System.map", DOCUMENT_LIMIT),
        ("certificate.pem", DOCUMENT_LIMIT),
        ("boot.json", DOCUMENT_LIMIT),
        (signature.as_str(), SIGNATURE_LIMIT),
    ] {
        let report = judged(&[(path, limit + 1)]);
        assert_found(&report, path, &format!("more than the {limit} that are taken"));
    }
}

#[test]
fn sources_that_are_too_much_together_are_not_hashed_at_all() {
    let names = ["1", "2", "3"].map(|digit| format!("sources/{}", digit.repeat(64)));
    let files = names.each_ref().map(|name| (name.as_str(), HASH_LIMIT / 3 + 1));
    let report = judged(&files);
    assert_found(&report, ".", &format!("more than the {HASH_LIMIT} that are taken"));
    assert!(!report.findings.iter().any(|finding| finding.what.contains("its SHA-256 is")));
}

#[test]
fn a_comparison_of_huge_files_that_part_at_once_reads_neither_whole() {
    let (ours, theirs) = (genuine().write(None), genuine().write(None));
    let (report, made) = (verify(&ours.path, &Trust::default()), digests(&theirs.path));
    let rebuild = Rebuild { folder: &theirs.path, made: &made };
    for (side, first) in [(&ours, b"a"), (&theirs, b"b")] {
        let path = side.path.join("root.erofs");
        fs::write(&path, first).unwrap();
        File::options().write(true).open(&path).unwrap().set_len(8 << 30).unwrap();
    }
    let compared = compare(&ours.path, &report, &rebuild);
    assert_eq!(compared.artifacts["root.erofs"], Verdict::Differs { offset: 0, place: Vec::new() });
    for side in [&ours, &theirs] {
        File::options()
            .write(true)
            .open(side.path.join("root.erofs"))
            .unwrap()
            .set_len(HASH_LIMIT + 1)
            .unwrap();
    }
    let compared = compare(&ours.path, &report, &rebuild);
    let Verdict::Unchecked { why } = &compared.artifacts["root.erofs"] else { panic!() };
    assert!(why.contains("that are taken"), "{why}");
}

#[test]
fn a_list_that_makes_a_finding_of_each_of_its_lines_fills_no_report() {
    let mut release = genuine();
    release.edit("modules.json", |value| value["load"] = json!(vec!["x"; 20_000]));
    let report = super::resealed(release);
    assert_found(&report, ".", "more findings are not listed");
    assert!(report.findings.len() < 20_000);
    assert_only(&report, &["modules.json", "."]);
}

#[test]
fn a_file_of_a_tebibyte_is_told_without_being_read() {
    let written = genuine().write(None);
    for path in ["owners.json", "vmlinuz", "SHA256SUMS", "certificate.pem"] {
        let file = written.path.join(path);
        let bytes = fs::read(&file).unwrap();
        File::options().write(true).open(&file).unwrap().set_len(1 << 40).unwrap();
        let report = verify(&written.path, &Trust::default());
        fs::write(&file, bytes).unwrap();
        assert_found(&report, path, "1099511627776 bytes");
    }
}

#[test]
fn a_file_of_a_tebibyte_that_the_manifest_states_is_not_read_either() {
    let release = genuine();
    let written = release.write(None);
    let size = format!("\"size\":{}", release.files["owners.json"].len());
    let text = String::from_utf8(release.manifest_bytes()).unwrap();
    let at = text.find("\"owners.json\"").unwrap();
    let (before, after) = text.split_at(at);
    let text = before.to_owned() + &after.replacen(&size, "\"size\":1099511627776", 1);
    fs::write(written.path.join("manifest.json"), text).unwrap();
    let file = File::options().write(true).open(written.path.join("owners.json")).unwrap();
    file.set_len(1 << 40).unwrap();
    assert_found(&verify(&written.path, &Trust::default()), "owners.json", "that are taken");
}

#[test]
fn a_manifest_of_a_tebibyte_is_not_read() {
    let written = genuine().write(None);
    let file = File::options().write(true).open(written.path.join("manifest.json")).unwrap();
    file.set_len(1 << 40).unwrap();
    let report = verify(&written.path, &Trust::default());
    assert_found(&report, "manifest.json", "that are taken");
    assert_eq!(report.release, None);
}
