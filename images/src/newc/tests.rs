// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The archive read back by a small reader of our own and by GNU cpio.

use super::*;
use crate::blob_source::MemoryBlobs;
use ashlar_digest::Sha256;
use ashlar_tree::{Metadata, Mode};

const EPOCH: u64 = 315_532_800;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn sample(blobs: &mut MemoryBlobs) -> Tree {
    let mut tree = Tree::new();
    for (name, content, executable) in
        [("init", &b"#!init"[..], true), ("ashlar/boot.json", b"{}", false), ("ashlar/four", b"4444", false)]
    {
        let (blob, size) = blobs.add(content);
        tree.insert(path(name), Node::file(blob, size, executable)).unwrap();
    }
    tree.insert(path("ashlar-x"), Node::symlink("ashlar")).unwrap();
    tree.insert(path("proc"), Node::directory()).unwrap();
    let metadata =
        Metadata { mode: Mode::new(0o700).unwrap(), uid: 3, gid: 70_000, ..Metadata::root(Mode::PLAIN) };
    tree.insert(path("root"), Node::Directory(metadata)).unwrap();
    tree
}

fn archive(tree: &Tree, blobs: &MemoryBlobs) -> Vec<u8> {
    let mut bytes = Vec::new();
    let total = write_newc(tree, blobs, EPOCH, &mut bytes).unwrap();
    assert_eq!(total, bytes.len() as u64);
    bytes
}

/// Name, the 13 fields, data: of every entry before a trailer.
fn read(mut bytes: &[u8]) -> Vec<(String, [u32; 13], Vec<u8>)> {
    let mut entries = Vec::new();
    loop {
        assert_eq!(&bytes[..6], b"070701");
        let mut fields = [0; 13];
        for (index, field) in fields.iter_mut().enumerate() {
            let digits = std::str::from_utf8(&bytes[6 + 8 * index..][..8]).unwrap();
            *field = u32::from_str_radix(digits, 16).unwrap();
        }
        let (size, name_size) = (fields[6] as usize, fields[11] as usize);
        let name = std::str::from_utf8(&bytes[110..][..name_size - 1]).unwrap().to_owned();
        let start = (110 + name_size).next_multiple_of(4);
        if name == TRAILER {
            return entries;
        }
        entries.push((name, fields, bytes[start..][..size].to_vec()));
        bytes = &bytes[(start + size).next_multiple_of(4)..];
    }
}

#[test]
fn every_entry_is_read_back_in_order() {
    let mut blobs = MemoryBlobs::default();
    let tree = sample(&mut blobs);
    let bytes = archive(&tree, &blobs);
    assert_eq!(bytes.len() % 512, 0);
    let entries = read(&bytes);
    let names: Vec<&str> = entries.iter().map(|(name, ..)| name.as_str()).collect();
    assert_eq!(names, ["ashlar", "ashlar-x", "ashlar/boot.json", "ashlar/four", "init", "proc", "root"]);
    for (index, (_, fields, _)) in entries.iter().enumerate() {
        assert_eq!(fields[0] as usize, index + 1);
        assert_eq!(u64::from(fields[5]), EPOCH);
        assert_eq!((&fields[7..11], fields[12]), (&[0; 4][..], 0));
    }
    assert_eq!((entries[4].1[1], entries[4].2.as_slice()), (0o100_755, &b"#!init"[..]));
    assert_eq!((entries[1].1[1], entries[1].2.as_slice()), (0o120_777, &b"ashlar"[..]));
    assert_eq!(entries[6].1[1..5], [0o040_700, 3, 70_000, 2]);
}

#[test]
fn the_bytes_are_pinned() {
    let mut blobs = MemoryBlobs::default();
    let tree = sample(&mut blobs);
    // Whoever changes these bytes raises the version of the builtin that writes them.
    assert_eq!(
        Sha256::of(&archive(&tree, &blobs)).to_string(),
        "192c42570d8cf6a3590f5fb1a0d59a29c80bf465bcf9315dcbce691f8e62da4f"
    );
}

#[test]
fn archives_can_be_written_one_behind_the_other() {
    let mut blobs = MemoryBlobs::default();
    let tree = sample(&mut blobs);
    let first = archive(&tree, &blobs);
    let both = [first.as_slice(), &first].concat();
    assert_eq!(read(&both[first.len()..]).len(), tree.len());
}

#[test]
fn an_extended_attribute_is_refused_not_dropped() {
    let mut tree = Tree::new();
    let mut metadata = Metadata::root(Mode::DIRECTORY);
    metadata.xattrs.insert("user.x".to_owned(), vec![1]);
    tree.insert(path("d"), Node::Directory(metadata)).unwrap();
    let result = write_newc(&tree, &MemoryBlobs::default(), EPOCH, &mut Vec::new());
    assert!(matches!(result, Err(ImageError::BeyondFormat { .. })));
}

#[test]
fn a_file_or_an_epoch_beyond_32_bits_is_refused() {
    let mut blobs = MemoryBlobs::default();
    let (blob, size) = blobs.add(b"x");
    let mut tree = Tree::new();
    tree.insert(path("f"), Node::file(blob, size, false)).unwrap();
    let late = write_newc(&tree, &blobs, 1 << 32, &mut Vec::new());
    assert!(matches!(late, Err(ImageError::BeyondFormat { what: "the epoch", .. })));
    tree.insert(path("f"), Node::file(blob, 1 << 32, false)).unwrap();
    let great = write_newc(&tree, &blobs, EPOCH, &mut Vec::new());
    assert!(matches!(great, Err(ImageError::BeyondFormat { what: "the size", .. })));
}

#[test]
fn gnu_cpio_lists_the_archive() {
    if !ashlar_foreign::of_version("cpio", &["--version"], "cpio") {
        return;
    }
    let mut blobs = MemoryBlobs::default();
    let tree = sample(&mut blobs);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("initramfs.cpio");
    std::fs::write(&file, archive(&tree, &blobs)).unwrap();
    let listed = ashlar_foreign::succeeds(
        folder.path(),
        "cpio",
        &["-itv", "--numeric-uid-gid", "-F", file.to_str().unwrap()],
    )
    .text();
    let lines: Vec<&str> = listed.lines().collect();
    assert_eq!(lines.len(), tree.len());
    assert!(lines[4].starts_with("-rwxr-xr-x") && lines[4].ends_with(" init"), "{listed}");
    assert!(lines[6].starts_with("drwx------") && lines[6].contains("70000"), "{listed}");
    assert!(lines[1].ends_with("ashlar-x -> ashlar"), "{listed}");
}
