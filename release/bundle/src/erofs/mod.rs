// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Reads an erofs image by its bytes: every path with its inode, and the content of every file.
//!
//! ```text
//! superblock ─▶ root's inode ─▶ folders ─▶ inodes ─▶ content: plain, or clusters that are decompressed
//!                                                     └ tails and small files: parts of one packed file (fragments)
//! ```
//! Format: Documentation/filesystems/erofs.rst and fs/erofs of the kernel. Known is what mkfs.erofs 1.8 makes of the options
//! that an image may have (`images/src/erofs.rs`); anything else is refused, never passed over. No crate reads compressed
//! images (composefs and erofs-rs know plain ones). Errors are in words that fit after "failed to read it:".

pub(crate) mod bytes;
mod clusters;
mod compressed;
pub(crate) mod inode;
mod lz4;
pub(crate) mod superblock;
#[cfg(test)]
pub(crate) mod synthetic;
mod walk;
mod zstandard;

use std::collections::BTreeMap;

use compressed::Contents;
use inode::Kind;
use superblock::Superblock;
pub(crate) use walk::walk;

use crate::limits::IMAGE_LIMIT;

/// What is shown path and content of a file.
pub type FileVisitor<'v> = dyn FnMut(&str, &[u8]) -> Result<(), String> + 'v;

/// Shows path (without leading slash) and content of every regular file of the erofs in `image`, which may be followed by
/// other bytes. All contents together may have at most `limit` bytes, one at most [`IMAGE_LIMIT`].
///
/// # Errors
/// If the image breaks the format, or has what is not known here; what `visit` says.
pub fn each_file(image: &[u8], limit: u64, visit: &mut FileVisitor<'_>) -> Result<(), String> {
    let superblock = Superblock::parse(image)?;
    let image = &image[..superblock.length];
    let mut left = limit;
    let mut contents = Contents::of(image, &superblock, limit, limit.min(IMAGE_LIMIT));
    walk(image, &superblock, &mut |path, inode| {
        if inode.kind != Kind::File {
            return Ok(());
        }
        left = left
            .checked_sub(inode.size)
            .ok_or_else(|| format!("its files have more than {limit} bytes together"))?;
        let content = contents.of_file(inode).map_err(|reason| format!("/{path}: {reason}"))?;
        visit(path, &content)
    })
}

/// Every regular file of the erofs in `image` and its size in bytes, by path without leading slash.
///
/// # Errors
/// If the image breaks the format, or has what is not known here.
pub fn sizes(image: &[u8]) -> Result<BTreeMap<String, u64>, String> {
    let superblock = Superblock::parse(image)?;
    let mut sizes = BTreeMap::new();
    walk(&image[..superblock.length], &superblock, &mut |path, inode| {
        if inode.kind == Kind::File {
            sizes.insert(path.to_owned(), inode.size);
        }
        Ok(())
    })?;
    Ok(sizes)
}

/// Whether `begin`, the first bytes of a file, are those of an erofs. It needs [`BEGIN`] of them.
#[must_use]
pub fn is_erofs(begin: &[u8]) -> bool {
    superblock::has_magic(begin)
}

/// How many bytes [`is_erofs`] needs.
pub const BEGIN: usize = superblock::AT + 4;

#[cfg(test)]
mod tests;
