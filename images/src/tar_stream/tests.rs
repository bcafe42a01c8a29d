// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The stream read back by the tar crate, and the image made from it read back by erofs-utils.

use std::io::Read as _;

use super::*;
use crate::blob_source::MemoryBlobs;
use crate::foreign;
use crate::{Compression, ErofsPlan};
use ashlar_digest::{BlobDigest, Sha256};
use ashlar_tree::Mode;

const EPOCH: u64 = 315_532_800;

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

fn metadata(mode: u32, uid: u32, gid: u32, xattrs: &[(&str, &[u8])]) -> Metadata {
    let xattrs = xattrs.iter().map(|(name, value)| ((*name).to_owned(), value.to_vec())).collect();
    Metadata { mode: Mode::new(mode).unwrap(), uid, gid, xattrs }
}

/// One of everything that a manifest can say.
fn sample(blobs: &mut MemoryBlobs) -> Tree {
    let mut tree = Tree::new();
    let mut file = |tree: &mut Tree, name: &str, content: &[u8], metadata: Metadata| {
        let (blob, size) = blobs.add(content);
        tree.insert(path(name), Node::File { metadata, blob, size }).unwrap();
    };
    file(&mut tree, "etc/plain", b"plain\n", metadata(0o644, 0, 0, &[]));
    file(&mut tree, "usr/bin/su", &[7; 5000], metadata(0o4755, 0, 0, &[]));
    file(
        &mut tree,
        "usr/bin/ping",
        &[9; 512],
        metadata(0o755, 0, 0, &[("security.capability", &[1, 0, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0])]),
    );
    file(&mut tree, "usr/bin/user", b"x", metadata(0o755, 0, 0, &[("user.note", b"a=b"), ("user.a", b"")]));
    file(&mut tree, "var/owned", b"", metadata(0o640, 1000, 4_000_000_000, &[]));
    let long = format!("usr/share/{}/{}", "d".repeat(120), "f".repeat(200));
    file(&mut tree, &long, b"long", metadata(0o644, 0, 0, &[]));
    file(&mut tree, "usr/share/é", b"utf-8", metadata(0o644, 0, 0, &[]));
    tree.insert(path("tmp"), Node::Directory(metadata(0o1777, 0, 0, &[]))).unwrap();
    tree.insert(path("lib"), Node::symlink("usr/lib")).unwrap();
    tree.insert(path("usr/lib/long"), Node::Symlink { target: "t/".repeat(80), uid: 5, gid: 6 }).unwrap();
    tree
}

fn stream(tree: &Tree, root: &Metadata, blobs: &MemoryBlobs) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_tar(tree, root, blobs, EPOCH, &mut bytes).unwrap();
    bytes
}

fn node_metadata(node: &Node) -> (u32, u64, u64) {
    match node {
        Node::Directory(metadata) | Node::File { metadata, .. } => {
            (metadata.mode.bits(), u64::from(metadata.uid), u64::from(metadata.gid))
        }
        Node::Symlink { uid, gid, .. } => (0o777, u64::from(*uid), u64::from(*gid)),
    }
}

#[test]
fn the_tar_crate_reads_back_every_entry() {
    let mut blobs = MemoryBlobs::default();
    let tree = sample(&mut blobs);
    let bytes = stream(&tree, &Metadata::root(Mode::DIRECTORY), &blobs);
    assert_eq!(bytes.len() % BLOCK, 0);
    let mut archive = tar::Archive::new(bytes.as_slice());
    let mut entries = archive.entries().unwrap();
    assert_eq!(entries.next().unwrap().unwrap().path_bytes().as_ref(), b"./");
    for (path, node) in tree.iter() {
        let mut entry = entries.next().unwrap().unwrap();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        assert_eq!(name.trim_end_matches('/'), path.as_str());
        let header = entry.header();
        assert_eq!(header.mtime().unwrap(), EPOCH);
        let mut found = (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap());
        let mut xattrs = Vec::new();
        for extension in entry.pax_extensions().unwrap().into_iter().flatten() {
            let extension = extension.unwrap();
            let number = || extension.value().unwrap().parse::<u64>().unwrap();
            match extension.key().unwrap() {
                "uid" => found.1 = number(),
                "gid" => found.2 = number(),
                key => {
                    if let Some(name) = key.strip_prefix("SCHILY.xattr.") {
                        xattrs.push((name.to_owned(), extension.value_bytes().to_vec()));
                    }
                }
            }
        }
        assert_eq!(found, node_metadata(node), "{path}");
        match node {
            Node::Directory(_) => assert!(entry.header().entry_type().is_dir()),
            Node::Symlink { target, .. } => {
                assert_eq!(entry.link_name_bytes().unwrap().as_ref(), target.as_bytes());
            }
            Node::File { metadata, blob, .. } => {
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                assert_eq!(BlobDigest::new(Sha256::of(&content)), *blob);
                let declared: Vec<_> = metadata.xattrs.clone().into_iter().collect();
                assert_eq!(xattrs, declared, "{path}");
            }
        }
    }
    assert!(entries.next().is_none());
}

#[test]
fn the_bytes_are_pinned() {
    let mut blobs = MemoryBlobs::default();
    let tree = sample(&mut blobs);
    let bytes = stream(&tree, &Metadata::root(Mode::DIRECTORY), &blobs);
    // Whoever changes these bytes raises the version of the builtin that writes them.
    assert_eq!(
        Sha256::of(&bytes).to_string(),
        "1e39d64b8cfcb134e9cfda50b3114dd9852dad7ff6fcb7b40f9e42c3a9444e77"
    );
}

#[test]
fn a_pax_record_counts_its_own_length() {
    for size in 0..1100 {
        let mut records = Vec::new();
        push_record(&mut records, "k", &vec![b'v'; size]);
        let text = String::from_utf8(records).unwrap();
        let (length, _) = text.split_once(' ').unwrap();
        assert_eq!(length.parse::<usize>().unwrap(), text.len());
    }
}

#[test]
fn a_blob_of_another_length_than_the_tree_says_is_refused() {
    let mut blobs = MemoryBlobs::default();
    let (blob, size) = blobs.add(b"abc");
    for wrong in [size - 1, size + 1] {
        let mut tree = Tree::new();
        tree.insert(path("f"), Node::file(blob, wrong, false)).unwrap();
        let result = write_tar(&tree, &Metadata::root(Mode::DIRECTORY), &blobs, EPOCH, &mut Vec::new());
        assert!(matches!(result, Err(ImageError::BlobLength { .. })), "{result:?}");
    }
    let mut tree = Tree::new();
    tree.insert(path("f"), Node::file(BlobDigest::new(Sha256::of(b"absent")), 6, false)).unwrap();
    let result = write_tar(&tree, &Metadata::root(Mode::DIRECTORY), &blobs, EPOCH, &mut Vec::new());
    assert!(matches!(result, Err(ImageError::Blob { .. })));
}

#[test]
fn erofs_made_from_the_stream_keeps_owners_modes_and_attributes() {
    if !ashlar_foreign::of_version("mkfs.erofs", &["--version"], "1.8") {
        return;
    }
    let mut blobs = MemoryBlobs::default();
    let mut tree = sample(&mut blobs);
    // The tar crate splits records at newlines in values, which pax allows; so only here.
    let (blob, size) = blobs.add(b"x");
    let newline = metadata(0o600, 0, 0, &[("user.lines", b"a\n9 b=c\n")]);
    tree.insert(path("newline"), Node::File { metadata: newline, blob, size }).unwrap();
    let root = metadata(0o751, 3, 4, &[]);
    let folder = tempfile::tempdir().unwrap();
    let (tar, image) = (folder.path().join("root.tar"), folder.path().join("root.erofs"));
    std::fs::write(&tar, stream(&tree, &root, &blobs)).unwrap();
    let digest = tree.digest();
    let plan = ErofsPlan::new(Some(Compression::MEASURED), EPOCH, digest.sha256());
    let make = || {
        let arguments = plan.arguments(image.to_str().unwrap(), tar.to_str().unwrap());
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        ashlar_foreign::succeeds(folder.path(), "mkfs.erofs", &arguments);
        std::fs::read(&image).unwrap()
    };
    let first = make();
    assert_eq!(first, make(), "two runs differ");
    ashlar_foreign::succeeds(folder.path(), "fsck.erofs", &[image.to_str().unwrap()]);
    let read = foreign::erofs::read(&first);
    for (path, node) in tree.iter() {
        let inode = &read[path.as_str()];
        assert_eq!(
            (inode.mode & 0o7777, u64::from(inode.uid), u64::from(inode.gid)),
            node_metadata(node),
            "{path}"
        );
        if let Node::Directory(metadata) | Node::File { metadata, .. } = node {
            assert_eq!(inode.xattrs, metadata.xattrs, "{path}");
        }
    }
    assert_eq!(read.len(), tree.len() + 1, "the image holds more or less than the tree");
    assert_eq!((read[""].mode & 0o7777, read[""].uid, read[""].gid), (0o751, 3, 4));
}
