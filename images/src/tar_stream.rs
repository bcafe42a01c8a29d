// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A tree as a tar stream, the form in which `mkfs.erofs --tar=f` keeps owners, modes and attributes.
//!
//! Ownership lives in the manifest and never on disk, so the file system cannot be made from a directory.
//! The stream is a function of tree, contents and epoch: entries in the tree's order behind `./` (the root
//! itself), no names of users, no hardlinks (equal files are written twice: measured, mkfs.erofs gives other images
//! for a hardlink than for two files, and dedupes by content).
//!
//! Format: POSIX.1-2001 pax interchange (ustar header blocks of 512 bytes; `x` headers for what ustar cannot
//! hold: long or non-ASCII names, great numbers, `SCHILY.xattr.*`), two zero blocks at the end.

use std::io::Write;

use ashlar_tree::{Metadata, Node, Tree, TreePath};

use crate::blob_source::copy_blob;
use crate::{BlobSource, ImageError};

const BLOCK: usize = 512;
/// The greatest number in a ustar field of seven octal digits.
const MAX_SEVEN_DIGITS: u64 = 0o7_777_777;
/// The greatest number in a ustar field of eleven octal digits.
const MAX_ELEVEN_DIGITS: u64 = 0o77_777_777_777;

/// Writes `tree` as a tar stream; every entry gets `epoch` (seconds since 1970) as its time, the root directory itself `root`.
///
/// # Errors
/// [`ImageError::Blob`], [`ImageError::BlobLength`], [`ImageError::Write`], [`ImageError::WriteEnd`];
/// [`ImageError::BeyondFormat`] for an epoch beyond the year 2242.
pub fn write_tar(
    tree: &Tree,
    root: &Metadata,
    blobs: &dyn BlobSource,
    epoch: u64,
    out: &mut dyn Write,
) -> Result<(), ImageError> {
    let mut header = Entry::new("./".to_owned(), b'5', epoch);
    header.set_metadata(root);
    out.write_all(&header.encode()).map_err(|source| ImageError::WriteEnd { source })?;
    for (path, node) in tree.iter() {
        write_entry(path, node, blobs, epoch, out)?;
    }
    out.write_all(&[0; 2 * BLOCK]).map_err(|source| ImageError::WriteEnd { source })
}

fn write_entry(
    path: &TreePath,
    node: &Node,
    blobs: &dyn BlobSource,
    epoch: u64,
    out: &mut dyn Write,
) -> Result<(), ImageError> {
    if epoch > MAX_ELEVEN_DIGITS {
        return Err(ImageError::BeyondFormat { path: path.clone(), what: "the epoch" });
    }
    let mut put = |bytes: &[u8]| {
        out.write_all(bytes).map_err(|source| ImageError::Write { path: path.clone(), source })
    };
    match node {
        Node::Directory(metadata) => {
            let mut entry = Entry::new(format!("{path}/"), b'5', epoch);
            entry.set_metadata(metadata);
            put(&entry.encode())
        }
        Node::Symlink { target, uid, gid } => {
            let mut entry = Entry::new(path.to_string(), b'2', epoch);
            entry.mode = 0o777;
            entry.uid = *uid;
            entry.gid = *gid;
            entry.link.clone_from(target);
            put(&entry.encode())
        }
        Node::File { metadata, blob, size } => {
            let mut entry = Entry::new(path.to_string(), b'0', epoch);
            entry.set_metadata(metadata);
            entry.size = *size;
            put(&entry.encode())?;
            copy_blob(blobs, path, *blob, *size, out)?;
            let padding = (BLOCK - (*size % BLOCK as u64) as usize) % BLOCK;
            out.write_all(&[0; BLOCK][..padding])
                .map_err(|source| ImageError::Write { path: path.clone(), source })
        }
    }
}

/// One entry before encoding.
struct Entry<'a> {
    name: String,
    kind: u8,
    mode: u32,
    uid: u32,
    gid: u32,
    size: u64,
    epoch: u64,
    link: String,
    xattrs: Option<&'a Metadata>,
}

impl<'a> Entry<'a> {
    fn new(name: String, kind: u8, epoch: u64) -> Self {
        Self { name, kind, mode: 0, uid: 0, gid: 0, size: 0, epoch, link: String::new(), xattrs: None }
    }

    fn set_metadata(&mut self, metadata: &'a Metadata) {
        self.mode = metadata.mode.bits();
        self.uid = metadata.uid;
        self.gid = metadata.gid;
        self.xattrs = Some(metadata);
    }

    /// The `x` header, if one is needed, and the entry's own header.
    fn encode(&self) -> Vec<u8> {
        let records = self.pax_records();
        let mut bytes = Vec::with_capacity(3 * BLOCK);
        if !records.is_empty() {
            let mut extension = Entry::new("././@PaxHeader".to_owned(), b'x', 0);
            extension.size = records.len() as u64;
            bytes.extend_from_slice(&extension.header());
            bytes.extend_from_slice(&records);
            bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        }
        bytes.extend_from_slice(&self.header());
        bytes
    }

    fn pax_records(&self) -> Vec<u8> {
        let mut records = Vec::new();
        if needs_pax(&self.name) {
            push_record(&mut records, "path", self.name.as_bytes());
        }
        if needs_pax(&self.link) {
            push_record(&mut records, "linkpath", self.link.as_bytes());
        }
        if u64::from(self.uid) > MAX_SEVEN_DIGITS {
            push_record(&mut records, "uid", self.uid.to_string().as_bytes());
        }
        if u64::from(self.gid) > MAX_SEVEN_DIGITS {
            push_record(&mut records, "gid", self.gid.to_string().as_bytes());
        }
        if self.size > MAX_ELEVEN_DIGITS {
            push_record(&mut records, "size", self.size.to_string().as_bytes());
        }
        for (name, value) in self.xattrs.iter().flat_map(|metadata| &metadata.xattrs) {
            push_record(&mut records, &format!("SCHILY.xattr.{name}"), value);
        }
        records
    }

    fn header(&self) -> [u8; BLOCK] {
        let mut header = [0; BLOCK];
        put_text(&mut header[0..100], &self.name);
        put_octal(&mut header[100..108], u64::from(self.mode));
        put_octal(&mut header[108..116], u64::from(self.uid).min(MAX_SEVEN_DIGITS));
        put_octal(&mut header[116..124], u64::from(self.gid).min(MAX_SEVEN_DIGITS));
        put_octal(&mut header[124..136], self.size.min(MAX_ELEVEN_DIGITS));
        put_octal(&mut header[136..148], self.epoch);
        header[156] = self.kind;
        put_text(&mut header[157..257], &self.link);
        header[257..265].copy_from_slice(b"ustar\x0000");
        put_octal(&mut header[329..337], 0);
        put_octal(&mut header[337..345], 0);
        // The checksum counts its own field as blanks (POSIX.1-2001, ustar).
        header[148..156].copy_from_slice(b"        ");
        let sum: u64 = header.iter().map(|byte| u64::from(*byte)).sum();
        put_octal(&mut header[148..155], sum);
        header
    }
}

/// Whether ustar's field of 100 bytes, portable characters only, cannot hold `name`.
fn needs_pax(name: &str) -> bool {
    name.len() > 100 || !name.is_ascii()
}

fn put_text(field: &mut [u8], text: &str) {
    let count = text.len().min(field.len());
    field[..count].copy_from_slice(&text.as_bytes()[..count]);
}

/// Octal digits that fill the field but for a NUL at its end.
fn put_octal(field: &mut [u8], mut value: u64) {
    let digits = field.len() - 1;
    for slot in field[..digits].iter_mut().rev() {
        *slot = b'0' + (value & 7) as u8;
        value >>= 3;
    }
}

/// `LENGTH KEY=VALUE\n`, where LENGTH counts its own digits.
fn push_record(records: &mut Vec<u8>, key: &str, value: &[u8]) {
    let rest = key.len() + value.len() + 3;
    let mut length = rest + 1;
    while rest + length.to_string().len() != length {
        length += 1;
    }
    records.extend_from_slice(format!("{length} {key}=").as_bytes());
    records.extend_from_slice(value);
    records.push(b'\n');
}

#[cfg(test)]
mod tests;
