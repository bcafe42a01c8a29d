// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Image files that fit together, made by the crates that make real ones.

use std::collections::BTreeMap;
use std::io;

use ashlar_digest::{BlobDigest, Sha256};
use ashlar_images::{
    BlobSource, BootSpec, ExtensionSpec, RootDevice, Uki, VerityParameters, VerityTree, assemble_uki,
    extension_descriptor, write_newc,
};
use ashlar_tree::{Node, Tree, TreePath};

use super::programs::{KERNEL_RELEASE, bzimage, stub};

struct Blobs(BTreeMap<BlobDigest, Vec<u8>>);

impl BlobSource for Blobs {
    fn open(&self, digest: BlobDigest) -> io::Result<Box<dyn io::Read + '_>> {
        self.0.get(&digest).map_or_else(
            || Err(io::Error::from(io::ErrorKind::NotFound)),
            |bytes| Ok(Box::new(&bytes[..]) as Box<dyn io::Read>),
        )
    }
}

/// `data` with its tree, and the tree.
pub(crate) fn protect(data: &[u8]) -> (Vec<u8>, VerityTree) {
    let parameters = VerityParameters::from_content(Sha256::of(data));
    let tree = VerityTree::build(&mut &data[..], data.len() as u64, parameters).unwrap();
    ([data, &tree.hash_area].concat(), tree)
}

/// An extension's file, and what the root says of it.
pub(crate) fn extension(name: &str, release: &str, data: &[u8]) -> (Vec<u8>, ExtensionSpec) {
    let (mut bytes, tree) = protect(data);
    let spec = ExtensionSpec::new(name, &tree);
    bytes.extend_from_slice(&extension_descriptor(name, "1", release, &spec.root_hash).unwrap());
    (bytes, spec)
}

/// A newc archive of these files.
pub(crate) fn archive(files: &[(&str, &[u8], bool)]) -> Vec<u8> {
    let (mut tree, mut blobs) = (Tree::new(), Blobs(BTreeMap::new()));
    for (name, content, executable) in files {
        let digest = BlobDigest::new(Sha256::of(content));
        blobs.0.insert(digest, content.to_vec());
        let node = Node::file(digest, content.len() as u64, *executable);
        tree.insert(TreePath::parse(name).unwrap(), node).unwrap();
    }
    let mut bytes = Vec::new();
    write_newc(&tree, &blobs, 1_700_000_000, &mut bytes).unwrap();
    bytes
}

/// An entry that no tree can hold, for [`with_entry`].
pub(crate) struct NewcEntry<'a> {
    pub(crate) name: &'a str,
    pub(crate) mode: u32,
    pub(crate) inode: u32,
    pub(crate) links: u32,
    pub(crate) content: &'a [u8],
}

/// `archive` with one more entry in front of its trailer.
pub(crate) fn with_entry(archive: &[u8], entry: &NewcEntry<'_>) -> Vec<u8> {
    let (header, trailer) = (110, b"TRAILER!!!");
    let end = archive.windows(trailer.len()).rposition(|name| name == trailer).unwrap() - header;
    let mut bytes = archive[..end].to_vec();
    let &NewcEntry { name, mode, inode, links, content } = entry;
    let (size, name_size) = (content.len() as u32, name.len() as u32 + 1);
    bytes.extend_from_slice(b"070701");
    for field in [inode, mode, 0, 0, links, 0, size, 0, 0, 0, 0, name_size, 0] {
        bytes.extend_from_slice(format!("{field:08X}").as_bytes());
    }
    bytes.extend_from_slice(name.as_bytes());
    bytes.resize(end + (header + name.len() + 1).next_multiple_of(4), 0);
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes.extend_from_slice(&archive[end..]);
    bytes
}

/// A unified kernel image of these parts.
pub(crate) fn unified(linux: &[u8], cmdline: &str, initrd: &[u8]) -> Vec<u8> {
    let stub = stub();
    let uki = Uki { stub: &stub, linux, os_release: "ID=ashlar\n", cmdline, initrd, uname: KERNEL_RELEASE };
    assemble_uki(&uki).unwrap()
}

/// All files of role image but extensions and owners, by path; the root holds `data`, the kernel trusts `certificates`.
pub(crate) fn image_files(image: &str, certificates: &[u8], data: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let vmlinuz = bzimage(certificates);
    let mut files = root_files(image, &vmlinuz, data);
    files.insert("vmlinuz".to_owned(), vmlinuz);
    files
}

/// The root with `data`, and the files that hold or describe it.
pub(crate) fn root_files(image: &str, vmlinuz: &[u8], data: &[u8]) -> BTreeMap<String, Vec<u8>> {
    let (root, tree) = protect(data);
    let device = RootDevice::File(format!("/{}", BootSpec::ROOT_PATH));
    let boot = BootSpec::new(device, &tree, true).to_json().unwrap().into_bytes();
    let initramfs = archive(&[
        ("init", b"\x7fELF a program", true),
        (BootSpec::PATH, &boot, false),
        (BootSpec::ROOT_PATH, &root, false),
    ]);
    let cmdline = "console=ttyS0 quiet";
    [
        (format!("{image}.efi"), unified(vmlinuz, cmdline, &initramfs)),
        ("boot.json".to_owned(), boot),
        ("cmdline".to_owned(), format!("{cmdline}\n").into_bytes()),
        ("initramfs.cpio".to_owned(), initramfs),
        ("root.erofs".to_owned(), root),
    ]
    .into()
}
