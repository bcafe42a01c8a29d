// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Attacks on what boots: each file fits the manifest, and not the others.

use super::{assert_found, assert_only, genuine, resealed};
use crate::Report;
use crate::pem;
use crate::synthetic::{Synthetic, archive, bzimage, extension, unified};

const EFI: &str = "qemu.efi";

pub(super) fn with(change: impl FnOnce(&mut Synthetic)) -> Report {
    let mut release = genuine();
    change(&mut release);
    resealed(release)
}

pub(super) fn put(release: &mut Synthetic, path: &str, bytes: impl Into<Vec<u8>>) {
    release.files.insert(path.to_owned(), bytes.into());
}

/// The archive, and the unified kernel image around it.
pub(super) fn put_initramfs(release: &mut Synthetic, bytes: Vec<u8>) {
    let image = unified(&release.files["vmlinuz"], "console=ttyS0 quiet", &bytes);
    put(release, "initramfs.cpio", bytes);
    put(release, EFI, image);
}

#[test]
fn a_kernel_that_trusts_another_certificate_is_told() {
    let first = pem::certificates(&genuine().files["certificate.pem"]).unwrap().concat();
    let other = Synthetic::new("1.0.0", &crate::synthetic::Signing::Ceremony("other"), None);
    let other = pem::certificates(&other.files["certificate.pem"]).unwrap().concat();
    for (certificates, what) in [
        (other.clone(), "trusts other certificates"),
        ([first, other].concat(), "trusts other certificates"),
        (Vec::new(), "trusts no certificate"),
    ] {
        let report = with(|release| release.set_kernel(bzimage(&certificates)));
        assert_found(&report, "vmlinuz", what);
        assert_only(&report, &["vmlinuz"]);
    }
}

#[test]
fn a_map_of_symbols_that_does_not_fit_the_kernel_is_told() {
    for text in [&b""[..], b"\xff", b"0000000000000001 D system_extra_cert\n", b"not a map"] {
        let report = with(|release| put(release, "System.map", text));
        assert!(
            report.findings.iter().any(|finding| finding.file == "vmlinuz" || finding.file == "System.map")
        );
    }
}

#[test]
fn a_unified_kernel_image_of_other_parts_than_the_files_is_told() {
    let release = genuine();
    let (linux, initrd) = (&release.files["vmlinuz"], &release.files["initramfs.cpio"]);
    let mut other_kernel = linux.clone();
    let end = other_kernel.len();
    other_kernel[end - 1] ^= 1;
    let other_initrd = [&initrd[..], &[0; 512]].concat();
    for (image, section) in [
        (unified(&other_kernel, "console=ttyS0 quiet", initrd), ".linux"),
        (unified(linux, "console=ttyS0 quiet init=/bin/sh", initrd), ".cmdline"),
        (unified(linux, "console=ttyS0 quiet\n", initrd), ".cmdline"),
        (unified(linux, "console=ttyS0 quiet", &other_initrd), ".initrd"),
    ] {
        let report = with(|release| put(release, EFI, image));
        assert_found(&report, EFI, &format!("its section {section} is not"));
        assert_only(&report, &[EFI]);
    }
}

/// `image` with one more section. Firmware and stub find it by its header alone.
fn with_section(image: &[u8], name: &[u8], content: &[u8]) -> Vec<u8> {
    let mut image = image.to_vec();
    let pe = u32::from_le_bytes(*image[0x3c..].first_chunk().unwrap()) as usize;
    let at = pe + 24 + 240 + 40 * usize::from(image[pe + 6]);
    image[pe + 6] += 1;
    let size = (content.len() as u32).to_le_bytes();
    let offset = (image.len() as u32).to_le_bytes();
    image[at..at + name.len()].copy_from_slice(name);
    image[at + 8..at + 12].copy_from_slice(&size);
    image[at + 16..at + 20].copy_from_slice(&size);
    image[at + 20..at + 24].copy_from_slice(&offset);
    image.extend_from_slice(content);
    image
}

#[test]
fn a_section_that_no_release_has_is_told_whatever_its_name() {
    // The stub puts microcode in front of the initramfs; what it makes of the next name, its next version knows.
    for name in [".ucode", ".dtbauto", ".efifw", ".evil", ".LINUX", "linux", ".initrd2", ".linux\0x", ""] {
        for content in [&b"evil"[..], b""] {
            let report = with(|release| {
                let image = with_section(&release.files[EFI], name.as_bytes(), content);
                put(release, EFI, image);
            });
            assert_found(&report, EFI, "which no release has");
            assert_only(&report, &[EFI]);
        }
    }
}

#[test]
fn a_second_section_of_a_name_that_a_release_has_is_told() {
    for name in [".text", ".sbat", ".linux", ".initrd", ".osrel"] {
        for content in [&b"evil"[..], b""] {
            let report = with(|release| {
                let image = with_section(&release.files[EFI], name.as_bytes(), content);
                put(release, EFI, image);
            });
            assert_found(&report, EFI, &format!("it has two sections {name}"));
            assert_only(&report, &[EFI]);
        }
    }
}

#[test]
fn a_kernel_without_a_version_and_an_image_without_its_os_release_are_told() {
    let report = with(|release| {
        let mut kernel = release.files["vmlinuz"].clone();
        kernel[0x20e..0x210].copy_from_slice(&[0, 0]);
        release.set_kernel(kernel);
    });
    assert_found(&report, "vmlinuz", "it has no version");
    assert_only(&report, &["vmlinuz", EFI]);
    let report = with(|release| {
        let mut image = release.files[EFI].clone();
        let at = image.windows(6).position(|name| name == b".osrel").unwrap();
        image[at + 5] = b'r';
        put(release, EFI, image);
    });
    assert_found(&report, EFI, ".osrel: it is missing");
    assert_only(&report, &[EFI]);
}

#[test]
fn a_section_that_is_there_twice_is_told() {
    let report = with(|release| {
        let mut image = release.files[EFI].clone();
        let at = image.windows(5).position(|name| name == b".sbat").unwrap();
        image[at..at + 8].copy_from_slice(b".initrd\0");
        put(release, EFI, image);
    });
    assert_found(&report, EFI, "there are two");
}

#[test]
fn a_root_that_its_tree_does_not_protect_is_told() {
    for at in [0, 4096 * 3, 4096 * 5 + 20, 4096 * 6 + 1] {
        let report = with(|release| {
            let mut root = release.files["root.erofs"].clone();
            root[at] ^= 1;
            let boot = release.files["boot.json"].clone();
            let entries = [
                ("init", &b"init"[..], true),
                ("ashlar/boot.json", &boot[..], false),
                ("ashlar/root.erofs", &root[..], false),
            ];
            put_initramfs(release, archive(&entries));
            put(release, "root.erofs", root);
        });
        assert_found(&report, "root.erofs", "not the one of its data");
        assert_only(&report, &["root.erofs"]);
    }
}

#[test]
fn a_boot_description_of_another_root_is_told() {
    let text = String::from_utf8(genuine().files["boot.json"].clone()).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    let hash = value["root"]["root_hash"].as_str().unwrap();
    for (from, to) in [
        (hash, "0".repeat(64).as_str()),
        ("\"data_blocks\":5", "\"data_blocks\":4"),
        ("\"schema\":1", "\"schema\":1,\"shell\":true"),
        ("/ashlar/root.erofs", "/evil"),
        ("{", "{ "),
        ("\"full_read\":true,", ""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let report = with(|release| {
            let root = release.files["root.erofs"].clone();
            let entries = [
                ("init", &b"init"[..], true),
                ("ashlar/boot.json", changed.as_bytes(), false),
                ("ashlar/root.erofs", &root[..], false),
            ];
            put_initramfs(release, archive(&entries));
            put(release, "boot.json", changed.as_bytes());
        });
        assert_found(&report, "boot.json", "");
    }
}

#[test]
fn an_extension_that_is_not_the_one_the_os_takes_is_told() {
    let id = "ashlar-qemu-1.0.0-x86_64";
    let path = "extensions/tools.raw";
    for (bytes, what) in [
        (extension("tools", id, &[8; 3 * 4096]).0, "release.json says"),
        (extension("tools", "ashlar-qemu-0.9.0-x86_64", &[9; 3 * 4096]).0, "states the release"),
        (extension("tool", id, &[9; 3 * 4096]).0, "states the name"),
        (Vec::new(), "too short"),
        (vec![0; 3 * 4096], "begin with"),
    ] {
        let report = with(|release| put(release, path, bytes));
        assert_found(&report, path, what);
        assert_only(&report, &[path, "extensions.json"]);
    }
}

#[test]
fn an_extension_whose_data_its_tree_does_not_protect_is_told() {
    let path = "extensions/tools.raw";
    let report = with(|release| {
        let mut bytes = release.files[path].clone();
        bytes[100] ^= 1;
        put(release, path, bytes);
    });
    assert_found(&report, path, "not the one of its data");
}

#[test]
fn an_extension_that_the_os_does_not_know_or_that_is_missing_is_told() {
    let id = "ashlar-qemu-1.0.0-x86_64";
    let report = with(|release| put(release, "extensions/more.raw", extension("more", id, &[9; 4096]).0));
    assert_found(&report, "extensions/more.raw", "does not list it");
    let report = with(|release| drop(release.files.remove("extensions/tools.raw")));
    assert_found(&report, "extensions/tools.raw", "not in the folder");
}

#[test]
fn lengths_that_reach_beyond_their_files_are_told_and_nothing_is_allocated_for_them() {
    let release = genuine();
    let at = |path: &str, name: &[u8]| {
        release.files[path].windows(name.len()).position(|part| part == name).unwrap()
    };
    let cases: [(&str, usize, &[u8]); 7] = [
        ("initramfs.cpio", 54, b"FFFFFFFF"),
        ("initramfs.cpio", 94, b"FFFFFFFF"),
        (EFI, at(EFI, b".initrd") + 16, &[0xff; 4]),
        (EFI, at(EFI, b".linux") + 8, &[0xff; 8]),
        (EFI, 0x3c, &[0xff; 4]),
        ("vmlinuz", 0x24c, &[0xff; 4]),
        ("vmlinuz", 0x248, &[0xff; 4]),
    ];
    for (path, offset, bytes) in cases {
        let report = with(|release| {
            let mut file = release.files[path].clone();
            file[offset..offset + bytes.len()].copy_from_slice(bytes);
            put(release, path, file);
        });
        assert_found(&report, path, "");
    }
    // The unpacked size of the kernel.
    let report = with(|release| {
        let mut file = release.files["vmlinuz"].clone();
        let length = u32::from_le_bytes(*file[0x24c..].first_chunk().unwrap()) as usize;
        file[2560 + length - 4..2560 + length].copy_from_slice(&[0xff; 4]);
        put(release, "vmlinuz", file);
    });
    assert_found(&report, "vmlinuz", "");
}

#[test]
fn a_command_line_file_without_its_line_end_is_told() {
    let report = with(|release| put(release, "cmdline", *b"console=ttyS0 quiet"));
    assert_found(&report, "cmdline", "line end");
    assert_only(&report, &["cmdline"]);
}
