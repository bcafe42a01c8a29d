// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on the folder: more, fewer, and other kinds of files.

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use super::{assert_found, assert_only, genuine, publisher, resealed, trusting};
use crate::{Outcome, Trust, verify};

#[test]
fn a_file_that_the_manifest_does_not_list_is_told() {
    for path in ["README", "extensions/more.raw", "signatures/x.p7s", "sources/a/b", ".hidden"] {
        let written = genuine().write(Some(&publisher()));
        let file = written.path.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, "more").unwrap();
        let report = verify(&written.path, &trusting(&[&publisher()]));
        assert_found(&report, path, "the manifest does not list it");
    }
}

#[test]
fn a_file_that_no_release_has_is_told_even_where_the_manifest_lists_it() {
    for path in ["README", "extensions/x.img", "sources/short", "signatures/x.p7s", "boot/vmlinuz"] {
        let mut release = genuine();
        release.files.insert(path.to_owned(), b"more".to_vec());
        assert_found(&resealed(release), path, "no release has such a file");
    }
}

#[test]
fn a_manifest_that_lists_a_path_outside_of_the_folder_opens_nothing_there() {
    let release = genuine();
    let written = release.write(None);
    let text = String::from_utf8(release.manifest_bytes()).unwrap();
    fs::write(written.path.with_file_name("outside"), "x").unwrap();
    fs::write(written.path.join("manifest.json"), text.replace("\"owners.json\"", "\"../outside\"")).unwrap();
    let report = verify(&written.path, &Trust::default());
    assert_found(&report, "../outside", "no release has such a file");
    assert_found(&report, "../outside", "not there as a regular file");
    assert_found(&report, "owners.json", "does not list it");
}

#[test]
fn every_file_that_is_missing_is_told() {
    let release = genuine();
    let written = release.write(Some(&publisher()));
    for path in
        release.files.keys().map(String::as_str).chain(["manifest.json", "SHA256SUMS", "manifest.sig"])
    {
        let (file, aside) = (written.path.join(path), written.path.with_file_name("aside"));
        fs::rename(&file, &aside).unwrap();
        let report = verify(&written.path, &trusting(&[&publisher()]));
        fs::rename(&aside, &file).unwrap();
        assert_found(&report, path, "");
    }
}

#[test]
fn a_file_dropped_from_folder_and_manifest_alike_is_told() {
    for path in [
        "owners.json",
        "kernel.config",
        "System.map",
        "release.json",
        "inputs.json",
        "provenance.intoto.jsonl",
        "sbom.intoto.jsonl",
        "os.spdx.json",
        "extensions/tools.spdx.json",
    ] {
        let mut sealed = genuine();
        sealed.files.remove(path);
        sealed.write_provenance(None, |_| {});
        if path.ends_with(".jsonl") {
            sealed.files.remove(path);
        }
        let report = verify(&sealed.write(None).path, &Trust::default());
        assert_eq!(report.outcome, Outcome::Findings, "{path}");
        assert!(
            report.findings.iter().any(|finding| finding.what.contains(path) || finding.file == path),
            "{path}"
        );
    }
}

#[test]
fn a_symlink_in_place_of_a_file_is_told_even_where_it_leads_to_the_same_bytes() {
    let release = genuine();
    let written = release.write(Some(&publisher()));
    for path in ["vmlinuz", "certificate.pem", "manifest.json", "manifest.sig", "SHA256SUMS"] {
        let (file, aside) = (written.path.join(path), written.path.with_file_name("aside"));
        fs::rename(&file, &aside).unwrap();
        symlink(&aside, &file).unwrap();
        let report = verify(&written.path, &trusting(&[&publisher()]));
        fs::remove_file(&file).unwrap();
        fs::rename(&aside, &file).unwrap();
        assert_found(&report, path, "symlink");
    }
}

#[test]
fn a_symlink_in_place_of_a_folder_is_told() {
    let written = genuine().write(None);
    let (folder, aside) = (written.path.join("signatures"), written.path.with_file_name("aside"));
    fs::rename(&folder, &aside).unwrap();
    symlink(&aside, &folder).unwrap();
    assert_found(&verify(&written.path, &Trust::default()), "signatures", "symlink");
}

#[test]
fn a_socket_in_place_of_a_file_does_not_make_the_auditor_wait() {
    let written = genuine().write(None);
    fs::remove_file(written.path.join("boot.json")).unwrap();
    let socket = UnixListener::bind(written.path.join("boot.json")).unwrap();
    let report = verify(&written.path, &Trust::default());
    drop(socket);
    assert_found(&report, "boot.json", "no regular file");
}

#[test]
fn a_pipe_put_in_the_place_of_a_file_after_the_folder_was_listed_does_not_make_the_auditor_wait() {
    if !ashlar_foreign::available("mkfifo", &["--version"]) {
        return;
    }
    let written = genuine().write(None);
    fs::remove_file(written.path.join("boot.json")).unwrap();
    ashlar_foreign::succeeds(&written.path, "mkfifo", &["boot.json"]);
    assert_found(&verify(&written.path, &Trust::default()), "boot.json", "no regular file");
    // As every reader opens it that believes the list.
    let opened = crate::folder::open(&written.path, "boot.json");
    assert!(matches!(opened, Err(crate::AuditError::Missing { .. })), "{opened:?}");
}

#[test]
fn an_empty_folder_in_the_release_is_told() {
    let written = genuine().write(None);
    fs::create_dir(written.path.join("boot")).unwrap();
    assert_found(&verify(&written.path, &Trust::default()), "boot", "folder without files");
}

#[test]
fn a_manifest_in_another_spelling_is_told() {
    let release = genuine();
    let text = String::from_utf8(release.manifest_bytes()).unwrap();
    for changed in
        [text.replacen(':', ": ", 1), text.trim_end().to_owned(), text.replacen("qemu", "\\u0071emu", 1)]
    {
        let written = release.write(None);
        fs::write(written.path.join("SHA256SUMS"), release.sums(changed.as_bytes())).unwrap();
        fs::write(written.path.join("manifest.json"), &changed).unwrap();
        let report = verify(&written.path, &Trust::default());
        assert_found(&report, "manifest.json", "not canonical JSON");
        assert_only(&report, &["manifest.json"]);
    }
}

#[test]
fn a_role_that_hides_an_image_file_from_the_provenance_is_told() {
    let mut release = genuine();
    release.write_provenance(None, |statement| {
        statement.subjects.retain(|subject| subject.name != "owners.json");
    });
    let written = release.write(None);
    let text = String::from_utf8(release.manifest_bytes()).unwrap();
    let at = text.find("\"owners.json\"").unwrap();
    let changed =
        text[..at].to_owned() + &text[at..].replacen("\"role\":\"image\"", "\"role\":\"record\"", 1);
    fs::write(written.path.join("SHA256SUMS"), release.sums(changed.as_bytes())).unwrap();
    fs::write(written.path.join("manifest.json"), &changed).unwrap();
    assert_found(
        &verify(&written.path, &Trust::default()),
        "owners.json",
        "gives it the role record, it has image",
    );
}

#[test]
fn sums_that_say_something_else_than_the_manifest_are_told() {
    let release = genuine();
    let written = release.write(None);
    let sums = release.sums(&release.manifest_bytes());
    let without: String =
        sums.lines().filter(|line| !line.ends_with("vmlinuz")).map(|line| format!("{line}\n")).collect();
    let added = format!("{sums}{}  zzz\n", "0".repeat(64));
    for changed in [without, added, sums.to_uppercase(), String::new()] {
        fs::write(written.path.join("SHA256SUMS"), changed).unwrap();
        let report = verify(&written.path, &Trust::default());
        assert_found(&report, "SHA256SUMS", "not what manifest.json gives");
        assert_only(&report, &["SHA256SUMS"]);
    }
}

#[test]
fn a_source_under_another_name_or_one_that_is_missing_is_told() {
    let mut release = genuine();
    let path = release.files.keys().find(|path| path.starts_with("sources/")).unwrap().clone();
    release.files.insert(path.clone(), b"another source".to_vec());
    assert_found(&resealed(release), &path, "called by its SHA-256");
    let mut release = genuine();
    let bytes = release.files.remove(&path).unwrap();
    let other = format!("sources/{}", "0".repeat(64));
    release.files.insert(other.clone(), bytes);
    let report = resealed(release);
    assert_found(&report, &path, "carries sources, but not musl");
    assert_found(&report, &other, "inputs.json does not name it");
}

#[test]
fn a_manifest_changed_without_its_sums_is_told_at_the_manifest() {
    let release = genuine();
    let written = release.write(None);
    let text = String::from_utf8(release.manifest_bytes()).unwrap();
    let at = text.find("\"recipe linux:vmlinux\":\"").unwrap() + 24;
    let other = if text.as_bytes()[at] == b'0' { "1" } else { "0" };
    fs::write(written.path.join("manifest.json"), text[..at].to_owned() + other + &text[at + 1..]).unwrap();
    let report = verify(&written.path, &Trust::default());
    assert_found(&report, "manifest.json", "SHA256SUMS states another SHA-256 of it");
    assert_only(&report, &["manifest.json", "SHA256SUMS"]);
}
