// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on the initramfs: what the kernel would make of an archive beside what it shows.

use super::image::{put_initramfs, with};
use super::{assert_found, assert_only, genuine};
use crate::synthetic::{NewcEntry, archive, with_entry};

const FILE: &str = "initramfs.cpio";
const PROGRAM: u32 = 0o100_755;
const FOLDER: u32 = 0o040_755;

/// Asserts that the genuine archive with one more entry is told as `what`.
fn assert_told(entry: &NewcEntry<'_>, what: &str) {
    let report = with(|release| {
        let bytes = with_entry(&release.files[FILE], entry);
        put_initramfs(release, bytes);
    });
    assert_found(&report, FILE, what);
    assert_only(&report, &[FILE]);
}

#[test]
fn an_initramfs_with_other_files_inside_is_told() {
    let release = genuine();
    let (boot, root) = (release.files["boot.json"].clone(), release.files["root.erofs"].clone());
    let mut other_root = root.clone();
    other_root[5] ^= 1;
    let other_boot = [&boot[..], b"\n"].concat();
    let init = ("init", &b"init"[..], true);
    let (boot_entry, root_entry) =
        (("ashlar/boot.json", &boot[..], false), ("ashlar/root.erofs", &root[..], false));
    for (entries, what) in [
        (vec![init, boot_entry, ("ashlar/root.erofs", &other_root, false)], "root.erofs is another file"),
        (vec![init, ("ashlar/boot.json", &other_boot, false), root_entry], "boot.json is another file"),
        (vec![init, boot_entry], "has no ashlar/root.erofs"),
        (vec![init, root_entry], "has no ashlar/boot.json"),
        (vec![boot_entry, root_entry], "no program init"),
        (vec![("init", b"init", false), boot_entry, root_entry], "no program init"),
        (vec![("init", b"", true), boot_entry, root_entry], "no program init"),
        (vec![init, boot_entry, root_entry, ("etc/rc", b"evil", true)], "it holds etc/rc"),
    ] {
        let report = with(|release| put_initramfs(release, archive(&entries)));
        assert_found(&report, "initramfs.cpio", what);
        assert_only(&report, &["initramfs.cpio"]);
    }
}

#[test]
fn a_second_archive_that_replaces_files_of_the_first_is_told() {
    let report = with(|release| {
        let more = archive(&[("init", b"evil", true)]);
        let bytes = [&release.files["initramfs.cpio"][..], &more].concat();
        put_initramfs(release, bytes);
    });
    assert_found(&report, "initramfs.cpio", "follows the trailer");
    assert_only(&report, &["initramfs.cpio"]);
}

#[test]
fn a_hard_link_by_which_a_later_file_overwrites_init_is_told() {
    // The kernel opens the earlier file again where number of links and inode say so (init/initramfs.c, maybe_link).
    let genuine = genuine();
    let bytes = &genuine.files[FILE];
    let init = bytes.windows(5).position(|name| name == b"init\0").unwrap() - 110;
    for links in [2, 0, u32::MAX] {
        let report = with(|release| {
            let mut bytes = bytes.clone();
            bytes[init + 6 + 8 * 4..][..8].copy_from_slice(format!("{links:08X}").as_bytes());
            put_initramfs(release, bytes);
        });
        assert_found(&report, FILE, "more links than one");
        assert_only(&report, &[FILE]);
        let content = b"#!/bin/sh\n";
        let entry = NewcEntry { name: "run/x", mode: PROGRAM, inode: 1, links, content };
        let report = with(|release| {
            let run = NewcEntry { name: "run", mode: FOLDER, inode: 9, links: 2, content: b"" };
            let bytes = with_entry(&with_entry(bytes, &run), &entry);
            put_initramfs(release, bytes);
        });
        assert_found(&report, FILE, "more links than one");
    }
}

#[test]
fn a_name_that_leads_to_the_place_of_a_file_by_another_way_is_told() {
    for name in ["./init", "/init", "init/", "ashlar/../init", "ashlar//boot.json", "..", ".", "", "ashlar/."]
    {
        for mode in [FOLDER, PROGRAM] {
            let entry = NewcEntry { name, mode, inode: 99, links: 1, content: b"" };
            assert_told(&entry, "no plain path");
        }
    }
    // Longer than the kernel takes, which leaves it out.
    for (length, what) in [(4095, "it holds aaaa"), (4096, "no plain path")] {
        let name = "a".repeat(length);
        assert_told(&NewcEntry { name: &name, mode: FOLDER, inode: 99, links: 2, content: b"" }, what);
    }
}

#[test]
fn a_folder_in_the_place_of_a_file_or_one_that_no_builder_writes_is_told() {
    for (name, what) in [
        ("init", "a name comes twice"),
        ("ashlar/boot.json", "a name comes twice"),
        ("etc", "it holds etc,"),
        ("ashlar/more", "it holds ashlar/more,"),
        ("lib/modules", "no entry before makes"),
        ("init/x", "no entry before makes"),
    ] {
        assert_told(&NewcEntry { name, mode: FOLDER, inode: 99, links: 2, content: b"" }, what);
    }
    let entry = NewcEntry { name: "proc", mode: FOLDER, inode: 99, links: 2, content: b"hidden" };
    assert_told(&entry, "a folder has content");
    // Neither folder nor file: a link, a device.
    for mode in [0o120_777, 0o020_666] {
        assert_told(&NewcEntry { name: "dev", mode, inode: 99, links: 1, content: b"" }, "it holds dev,");
    }
}

#[test]
fn the_folders_that_the_builder_writes_are_no_finding() {
    let report = with(|release| {
        let mut bytes = release.files[FILE].clone();
        for name in ["dev", "proc", "run", "sys", "sysroot"] {
            bytes = with_entry(&bytes, &NewcEntry { name, mode: FOLDER, inode: 99, links: 2, content: b"" });
        }
        put_initramfs(release, bytes);
    });
    assert_eq!(report.findings, []);
}
