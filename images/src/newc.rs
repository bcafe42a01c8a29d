// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A tree as a newc archive: the initramfs.
//!
//! The bytes are a function of tree, contents and epoch: entries in the tree's order (so a directory before what it
//! holds, as the kernel needs), inode numbers dense from 1, one link each, no device numbers. The end is padded to
//! 512 bytes, so archives can be concatenated (the kernel forgets hardlinks at each trailer) by writing one behind the other.
//! A tree holds no device nodes and needs none: the kernel's built-in archive brings `/dev/console`.
//!
//! Format: Documentation/driver-api/early-userspace/buffer-format.rst. Per entry:
//! ```text
//! "070701" ino mode uid gid nlink mtime filesize maj min rmaj rmin namesize check   13 fields of 8 hex digits
//! name NUL, padded to 4        data, padded to 4
//! ```

use std::io::Write;

use ashlar_tree::{Node, Tree, TreePath};

use crate::blob_source::copy_blob;
use crate::{BlobSource, ImageError};

const HEADER: usize = 110;
const END: u64 = 512;
const TRAILER: &str = "TRAILER!!!";

/// Writes `tree` as one newc archive; every entry gets `epoch` (seconds since 1970). Gives the number of bytes, a
/// multiple of 512.
///
/// # Errors
/// [`ImageError::Blob`], [`ImageError::BlobLength`], [`ImageError::Write`], [`ImageError::WriteEnd`]; and
/// [`ImageError::BeyondFormat`] for a file of 4 GiB, an epoch beyond the year 2106, or extended attributes, which newc
/// has no place for.
pub fn write_newc(
    tree: &Tree,
    blobs: &dyn BlobSource,
    epoch: u64,
    out: &mut dyn Write,
) -> Result<u64, ImageError> {
    let mut written = 0;
    for (index, (path, node)) in tree.iter().enumerate() {
        let beyond = |what| ImageError::BeyondFormat { path: path.clone(), what };
        let inode = u32::try_from(index + 1).map_err(|_| beyond("the number of entries"))?;
        let time = u32::try_from(epoch).map_err(|_| beyond("the epoch"))?;
        written += write_entry(path, node, blobs, [inode, time], out)?;
    }
    let mut end = Vec::new();
    push_header(&mut end, TRAILER, [0, 0, 0, 0, 1, 0, 0]);
    let total = (written + end.len() as u64).next_multiple_of(END);
    end.resize((total - written) as usize, 0);
    out.write_all(&end).map_err(|source| ImageError::WriteEnd { source })?;
    Ok(total)
}

fn write_entry(
    path: &TreePath,
    node: &Node,
    blobs: &dyn BlobSource,
    [inode, time]: [u32; 2],
    out: &mut dyn Write,
) -> Result<u64, ImageError> {
    let beyond = |what| ImageError::BeyondFormat { path: path.clone(), what };
    let write_error = |source| ImageError::Write { path: path.clone(), source };
    if let Node::Directory(metadata) | Node::File { metadata, .. } = node
        && !metadata.xattrs.is_empty()
    {
        return Err(beyond("an extended attribute"));
    }
    let mut entry = Vec::new();
    let size = match node {
        Node::Directory(metadata) => {
            let mode = 0o040_000 | metadata.mode.bits();
            push_header(&mut entry, path.as_str(), [inode, mode, metadata.uid, metadata.gid, 2, time, 0]);
            0
        }
        Node::Symlink { target, uid, gid } => {
            let size = u32::try_from(target.len()).map_err(|_| beyond("the length of the link"))?;
            push_header(&mut entry, path.as_str(), [inode, 0o120_777, *uid, *gid, 1, time, size]);
            entry.extend_from_slice(target.as_bytes());
            entry.resize(entry.len().next_multiple_of(4), 0);
            0
        }
        Node::File { metadata, size, .. } => {
            let field = u32::try_from(*size).map_err(|_| beyond("the size"))?;
            let mode = 0o100_000 | metadata.mode.bits();
            push_header(&mut entry, path.as_str(), [inode, mode, metadata.uid, metadata.gid, 1, time, field]);
            *size
        }
    };
    out.write_all(&entry).map_err(write_error)?;
    if let Node::File { blob, .. } = node {
        copy_blob(blobs, path, *blob, size, out)?;
    }
    let padded = size.next_multiple_of(4);
    out.write_all(&[0; 4][..(padded - size) as usize]).map_err(write_error)?;
    Ok(entry.len() as u64 + padded)
}

/// Appends header and name; `fields` are inode, mode, uid, gid, links, time and size.
fn push_header(entry: &mut Vec<u8>, name: &str, fields: [u32; 7]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    entry.extend_from_slice(b"070701");
    let name_size = name.len() as u32 + 1;
    for field in fields.into_iter().chain([0, 0, 0, 0, name_size, 0]) {
        for shift in (0..32).step_by(4).rev() {
            entry.push(DIGITS[(field >> shift & 15) as usize]);
        }
    }
    entry.extend_from_slice(name.as_bytes());
    entry.resize((HEADER + name.len() + 1).next_multiple_of(4), 0);
}

#[cfg(test)]
mod tests;
