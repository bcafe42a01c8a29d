// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Releases that may differ as they do, and such that may not.

use std::collections::BTreeMap;

use super::newc::tests::archive;
use super::*;
use crate::{BundlePath, Listing, Measured};

type Files = BTreeMap<String, Vec<u8>>;

/// Lines `name:content` as parts: a format in which tests write roots, kernels and modules.
struct LineDecoder;

impl Decoder for LineDecoder {
    fn decode<'a>(&self, path: &str, bytes: &'a [u8]) -> Result<Option<Vec<Part<'a>>>, String> {
        let name = path.rsplit(['!', '/']).next().unwrap();
        if !["vmlinuz", "root.erofs", ".linux"].contains(&name) && !name.ends_with(".ko") {
            return Ok(None);
        }
        let text = std::str::from_utf8(bytes).map_err(|cause| cause.to_string())?;
        let part = |line: &'a str| {
            let (name, content) = line.split_once(':').ok_or("a line has no name")?;
            Ok(Part::owned(name, content.replace('|', "\n").replace('=', ":").into_bytes()))
        };
        text.lines().map(part).collect::<Result<_, String>>().map(Some)
    }
}

fn side(files: &Files) -> Side<'_> {
    let path = |text: &str| BundlePath::parse(text).unwrap();
    let listing = files.iter().map(|(name, bytes)| (path(name), Measured::of(bytes))).collect();
    Side::new(Listing::new(listing), move |path| Ok(files[path.as_str()].clone()))
}

fn compared(one: &Files, two: &Files) -> Report {
    compare(&side(one), &side(two), &[&JsonDecoder, &KeyValueDecoder, &NewcDecoder, &LineDecoder]).unwrap()
}

fn differences(one: &Files, two: &Files) -> Vec<(String, Outcome)> {
    compared(one, two).differences().map(|entry| (entry.path.clone(), entry.outcome.clone())).collect()
}

/// A release of one source, made with `key` as version `version`.
fn release(key: &str, version: &str) -> Files {
    let root = format!(
        "usr/lib/x.ko:module=code|signature={key}\nusr/bin/init:code\nlayout:{key}\nverity:{key}{version}\n\
         usr/share/ashlar/release.json:{{\"certificates\"=[\"{key}\"],\"project\"=\"ashlar\",\"version\"=\"{version}\"}}\n"
    );
    let boot =
        format!("{{\"full_read\":true,\"root\":{{\"root_hash\":\"{key}{version}\",\"salt\":\"{key}\"}}}}\n");
    let kernel = format!("code:kernel\ncertificates:{key}\ncertificate-counters:{}\n", key.len());
    let initramfs = archive(&[
        ("init", b"code"),
        ("ashlar/boot.json", boot.as_bytes()),
        ("ashlar/root.erofs", root.as_bytes()),
    ]);
    Files::from([
        ("boot.json".to_owned(), boot.into_bytes()),
        ("certificate.pem".to_owned(), key.into()),
        ("cmdline".to_owned(), b"quiet".to_vec()),
        ("initramfs.cpio".to_owned(), initramfs),
        (format!("signatures/{}.p7s", "ab".repeat(64)), key.into()),
        ("vmlinuz".to_owned(), kernel.into_bytes()),
        ("root.erofs".to_owned(), root.into_bytes()),
        ("SHA256SUMS".to_owned(), format!("{key}{version}").into_bytes()),
    ])
}

fn set(files: &mut Files, name: &str, from: &str, to: &str) {
    let text = String::from_utf8(files[name].clone()).unwrap();
    assert!(text.contains(from), "{text}");
    files.insert(name.to_owned(), text.replace(from, to).into_bytes());
}

#[test]
fn a_release_is_identical_to_itself() {
    let report = compared(&release("a", "1"), &release("a", "1"));
    assert!(report.is_equal());
    assert_eq!(report.entries().len(), 8);
    assert!(report.entries().iter().all(|entry| entry.outcome == Outcome::Identical));
}

#[test]
fn another_key_and_another_version_are_all_that_may_differ() {
    let report = compared(&release("a", "1"), &release("bb", "2"));
    assert_eq!(report.differences().collect::<Vec<_>>(), Vec::<&Entry>::new());
    let excluded = |path: &str| {
        let entry = report.entries().iter().find(|entry| entry.path == path).unwrap();
        match &entry.outcome {
            Outcome::Excluded { reason, .. } => Some(*reason),
            _ => None,
        }
    };
    assert_eq!(excluded("root.erofs!usr/lib/x.ko!signature"), Some(Reason::ModuleSignature));
    assert_eq!(excluded("root.erofs!usr/lib/x.ko!module"), None);
    assert_eq!(
        excluded("initramfs.cpio!0/ashlar/root.erofs!usr/lib/x.ko!signature"),
        Some(Reason::ModuleSignature)
    );
    assert_eq!(excluded("vmlinuz!certificates"), Some(Reason::Certificate));
    assert_eq!(excluded("root.erofs!usr/share/ashlar/release.json!/version"), Some(Reason::Version));
    assert_eq!(excluded("boot.json!/root/root_hash"), Some(Reason::Derived));
    assert_eq!(excluded("SHA256SUMS"), Some(Reason::Derived));
}

#[test]
fn a_change_of_code_next_to_a_signature_is_found() {
    let (one, mut two) = (release("a", "1"), release("b", "1"));
    set(&mut two, "root.erofs", "module=code", "module=cope");
    assert_eq!(
        differences(&one, &two),
        [("root.erofs!usr/lib/x.ko!module".to_owned(), Outcome::Differs { offset: 2 })]
    );
    let (one, mut two) = (release("a", "1"), release("b", "1"));
    set(&mut two, "vmlinuz", "code:kernel", "code:kernel of another");
    assert_eq!(differences(&one, &two), [("vmlinuz!code".to_owned(), Outcome::Differs { offset: 6 })]);
}

#[test]
fn a_change_deep_in_the_initramfs_is_found_at_its_place() {
    let (one, mut two) = (release("a", "1"), release("b", "1"));
    set(&mut two, "initramfs.cpio", "\"full_read\":true", "\"full_read\":null");
    assert_eq!(
        differences(&one, &two),
        [("initramfs.cpio!0/ashlar/boot.json!/full_read".to_owned(), Outcome::Differs { offset: 0 })]
    );
    // A mode in a header.
    let (one, mut two) = (release("a", "1"), release("b", "1"));
    let text = String::from_utf8(two["initramfs.cpio"].clone()).unwrap();
    two.insert("initramfs.cpio".to_owned(), text.replacen("000081A4", "000089ED", 1).into_bytes());
    assert_eq!(
        differences(&one, &two),
        [("initramfs.cpio!0/init#header".to_owned(), Outcome::Differs { offset: 19 })]
    );
}

#[test]
fn what_is_derived_may_not_differ_alone() {
    let (one, mut two) = (release("a", "1"), release("a", "1"));
    set(&mut two, "boot.json", "\"root_hash\":\"a1\"", "\"root_hash\":\"a2\"");
    set(&mut two, "root.erofs", "layout:a", "layout:b");
    assert_eq!(
        differences(&one, &two),
        [
            ("boot.json!/root/root_hash".to_owned(), Outcome::Differs { offset: 2 }),
            ("root.erofs!layout".to_owned(), Outcome::Differs { offset: 0 }),
        ]
    );
}

#[test]
fn how_a_file_is_written_may_not_differ_where_its_contents_do_not() {
    // The releases have other keys, and the root with its layout holds none.
    let (mut one, mut two) = (release("a", "1"), release("b", "2"));
    let root = |layout: &str| format!("usr/bin/init:code\nlayout:{layout}\nverity:{layout}\n").into_bytes();
    let initramfs = |layout| archive(&[("ashlar/root.erofs", &root(layout))]);
    for (files, layout) in [(&mut one, "x"), (&mut two, "y")] {
        files.insert("root.erofs".to_owned(), root(layout));
        files.insert("initramfs.cpio".to_owned(), initramfs(layout));
    }
    let places = ["initramfs.cpio!0/ashlar/root.erofs", "root.erofs"];
    let parts = places.iter().flat_map(|place| ["layout", "verity"].map(|part| format!("{place}!{part}")));
    let expected: Vec<_> = parts.map(|path| (path, Outcome::Differs { offset: 0 })).collect();
    assert_eq!(differences(&one, &two), expected);
}

#[test]
fn sources_may_be_missing_and_may_not_differ() {
    let (mut one, mut two) = (release("a", "1"), release("a", "1"));
    one.insert("sources/ab".to_owned(), b"source".to_vec());
    assert_eq!(differences(&one, &two), []);
    two.insert("sources/ab".to_owned(), b"sauce".to_vec());
    assert_eq!(differences(&one, &two), [("sources/ab".to_owned(), Outcome::Differs { offset: 1 })]);
}

#[test]
fn a_file_that_only_one_release_has_is_found() {
    let (mut one, mut two) = (release("a", "1"), release("a", "1"));
    one.insert("owners.json".to_owned(), b"{}".to_vec());
    two.insert("kernel.config".to_owned(), vec![]);
    set(&mut two, "root.erofs", "usr/bin/init:code", "usr/bin/init:code\nusr/bin/sh:code");
    assert_eq!(
        differences(&one, &two),
        [
            ("kernel.config".to_owned(), Outcome::OnlyInSecond),
            ("owners.json".to_owned(), Outcome::OnlyInFirst),
            ("root.erofs!usr/bin/sh".to_owned(), Outcome::OnlyInSecond),
        ]
    );
    // A statement that one publisher gave and the other did not is none.
    let (one, mut two) = (release("a", "1"), release("a", "1"));
    two.insert("manifest.sig".to_owned(), b"signature".to_vec());
    assert_eq!(differences(&one, &two), []);
}

#[test]
fn what_cannot_be_taken_apart_is_not_passed_over() {
    let (one, mut two) = (release("a", "1"), release("b", "1"));
    set(&mut two, "root.erofs", "layout:", "layout");
    let found = differences(&one, &two);
    assert!(matches!(&found[..], [(path, Outcome::Undecodable { .. })] if path == "root.erofs"), "{found:?}");
    // Nor is a file for which there is no decoder.
    let report = compare(&side(&release("a", "1")), &side(&release("b", "1")), &[]).unwrap();
    let names: Vec<&str> = report.differences().map(|entry| entry.path.as_str()).collect();
    assert_eq!(names, ["boot.json", "initramfs.cpio", "root.erofs", "vmlinuz"]);
}

#[test]
fn parts_in_another_order_are_a_difference() {
    let (one, mut two) = (release("a", "1"), release("a", "1"));
    set(&mut two, "vmlinuz", "code:kernel\ncertificates:a\n", "certificates:a\ncode:kernel\n");
    assert_eq!(differences(&one, &two), [("vmlinuz".to_owned(), Outcome::Order)]);
}

#[test]
fn a_byte_that_a_decoder_loses_is_found() {
    let (one, mut two) = (release("a", "1"), release("a", "1"));
    set(&mut two, "vmlinuz", "certificate-counters:1\n", "certificate-counters:1");
    let offset = one["vmlinuz"].len() as u64 - 1;
    assert_eq!(differences(&one, &two), [("vmlinuz".to_owned(), Outcome::Differs { offset })]);
}

#[test]
fn two_parts_of_one_name_cannot_hide_each_other() {
    let (one, mut two) = (release("a", "1"), release("b", "1"));
    set(&mut two, "vmlinuz", "code:kernel\n", "code:other\ncode:kernel\n");
    let found = differences(&one, &two);
    assert!(matches!(&found[..], [(path, Outcome::Undecodable { .. })] if path == "vmlinuz"), "{found:?}");
}

#[test]
fn two_directories_are_compared() {
    let folders = [("a", "1"), ("b", "2")].map(|(key, version)| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("signatures")).unwrap();
        for (name, bytes) in release(key, version) {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        folder
    });
    let sides = folders.each_ref().map(|folder| Side::of_directory(folder.path()).unwrap());
    let report =
        compare(&sides[0], &sides[1], &[&JsonDecoder, &KeyValueDecoder, &NewcDecoder, &LineDecoder]).unwrap();
    assert!(report.is_equal(), "{report:?}");
}
