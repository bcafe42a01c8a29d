// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The content of regular files, compressed or not.
//!
//! A cluster of compressed bytes ends at the end of its last block and begins with zeroes (feature "zero padding"); what it
//! holds may be longer than what a file uses of it. Small files and tails are parts of one file that has no path, the packed
//! one, which is decompressed once.
//!
//! Each block of a file may name the same cluster, so an image of some megabytes can ask for work without end: what is read and
//! decompressed is counted, and may be [`WORK`] times what all contents may have.

use std::borrow::Cow;

use super::bytes::slice;
use super::clusters::{Piece, Stored, pieces};
use super::inode::{Inode, Kind};
use super::lz4;
use super::superblock::Superblock;
use super::zstandard::Frames;

const LZ4: u64 = 0;
const ZSTD: u64 = 3;
/// More than any cluster holds: mkfs.erofs takes at most 1 MiB together.
const LARGEST_CLUSTER: usize = 16 << 20;
/// How often the limit of all contents may be read and decompressed. Without clusters in common it is less than twice.
const WORK: u64 = 4;

/// Reads contents of one image.
pub(super) struct Contents<'a> {
    image: &'a [u8],
    superblock: &'a Superblock,
    /// Bytes that one content may have.
    limit: u64,
    /// Bytes that may still be read and decompressed.
    work: u64,
    frames: Frames,
    packed: Option<Vec<u8>>,
}

impl<'a> Contents<'a> {
    /// Of an image whose contents may have `all` bytes together, and `limit` each.
    pub(super) fn of(image: &'a [u8], superblock: &'a Superblock, all: u64, limit: u64) -> Self {
        let work = all.saturating_mul(WORK);
        Self { image, superblock, limit, work, frames: Frames::default(), packed: None }
    }

    /// The content of a regular file.
    pub(super) fn of_file(&mut self, inode: &Inode) -> Result<Cow<'a, [u8]>, String> {
        self.is_taken(inode)?;
        if !inode.is_compressed() {
            return inode.plain_data(self.image, self.superblock);
        }
        let mut content = Vec::new();
        for piece in pieces(self.image, self.superblock, inode)? {
            match piece.stored {
                Stored::Packed { at } => {
                    let at = usize::try_from(at).map_err(|_| "a place is beyond memory")?;
                    let part = slice(self.packed()?, at, piece.end - piece.start);
                    content.extend_from_slice(part.map_err(|reason| format!("the packed file: {reason}"))?);
                }
                _ => self.add(&piece, &mut content)?,
            }
        }
        Ok(Cow::Owned(content))
    }

    fn is_taken(&self, inode: &Inode) -> Result<(), String> {
        if inode.size > self.limit {
            return Err(format!("it has {} bytes, more than the {} that are taken", inode.size, self.limit));
        }
        Ok(())
    }

    /// Counts bytes that are read or decompressed.
    fn charge(&mut self, bytes: usize) -> Result<(), String> {
        let left = u64::try_from(bytes).ok().and_then(|bytes| self.work.checked_sub(bytes));
        self.work = left.ok_or("its files share clusters so often that reading them takes too long")?;
        Ok(())
    }

    fn packed(&mut self) -> Result<&[u8], String> {
        if self.packed.is_none() {
            let number = self.superblock.packed.ok_or("it has no packed file")?;
            let inode = Inode::read(self.image, self.superblock, number)?;
            self.is_taken(&inode).map_err(|reason| format!("the packed file: {reason}"))?;
            let whole = |piece: &Piece| !matches!(piece.stored, Stored::Packed { .. });
            if inode.kind != Kind::File
                || inode.is_compressed() && !pieces(self.image, self.superblock, &inode)?.iter().all(whole)
            {
                return Err("its packed file is none".to_owned());
            }
            let content = self.of_file(&inode).map_err(|reason| format!("the packed file: {reason}"))?;
            self.packed = Some(content.into_owned());
        }
        Ok(self.packed.as_deref().unwrap_or_default())
    }

    /// Adds what a cluster gives of a piece.
    fn add(&mut self, piece: &Piece, content: &mut Vec<u8>) -> Result<(), String> {
        let wanted = piece.end - piece.start;
        let (image, block_size) = (self.image, self.superblock.block);
        let blocks = |block: u64, count: usize| {
            let begin = usize::try_from(block).ok().and_then(|block| block.checked_mul(block_size));
            slice(image, begin.ok_or("a block is beyond memory")?, count.saturating_mul(block_size))
        };
        match piece.stored {
            Stored::Plain { block, interlaced } => {
                if wanted > block_size {
                    return Err("a plain piece is longer than its block".to_owned());
                }
                let bytes = blocks(block, 1)?;
                let begin = if interlaced { piece.start % block_size } else { 0 };
                let first = wanted.min(block_size - begin);
                content.extend_from_slice(&bytes[begin..begin + first]);
                content.extend_from_slice(&bytes[..wanted - first]);
            }
            Stored::Compressed { block, blocks: count, compressor } => {
                let bytes = blocks(block, count)?;
                self.charge(bytes.len())?;
                // The zeroes end in the first block (fs/erofs/decompressor.c, z_erofs_fixup_insize).
                let begin = bytes.iter().take(block_size).position(|byte| *byte != 0);
                let bytes = &bytes[begin.ok_or("a cluster begins with a block of zeroes")?..];
                match compressor {
                    LZ4 => {
                        let wanted = wanted.min(LARGEST_CLUSTER);
                        self.charge(wanted)?;
                        content.extend(lz4::decode(bytes, wanted)?);
                    }
                    ZSTD => {
                        self.charge(Frames::cost(bytes, wanted)?)?;
                        content.extend(self.frames.decode(bytes, wanted)?);
                    }
                    other => {
                        return Err(format!("it is compressed by number {other}, which is not known here"));
                    }
                }
            }
            Stored::Packed { .. } => {}
        }
        if content.len() != piece.end {
            return Err("a cluster holds less than its file needs".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: usize = 4096;

    /// An image of three blocks, and a file of `count` blocks each of which names the frame in the second one.
    fn naming_one_frame(frame: &[u8], count: usize) -> (Vec<u8>, Inode) {
        let mut image = vec![0; 2 * BLOCK];
        image[2 * BLOCK - frame.len()..].copy_from_slice(frame);
        // The header names the compressor; an entry is type 1 (head), offset 0, block 1.
        image.extend([0, 0, 0, 0, 0, 0, ZSTD as u8, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        (0..count).for_each(|_| image.extend([1, 0, 0, 0, 1, 0, 0, 0]));
        image.resize(3 * BLOCK, 0);
        let inode = Inode {
            kind: Kind::File,
            mode: 0o644,
            uid: 0,
            gid: 0,
            links: 1,
            time: None,
            size: (count * BLOCK) as u64,
            place: 0,
            xattrs: std::collections::BTreeMap::new(),
            layout: 1,
            tail: 2 * BLOCK,
        };
        (image, inode)
    }

    fn read(frame: &[u8], all: u64) -> Result<Vec<u8>, String> {
        let (image, inode) = naming_one_frame(frame, 16);
        let superblock =
            Superblock { block: BLOCK, length: image.len(), root: 0, inodes: 0, xattrs: 0, packed: None };
        Contents::of(&image, &superblock, all, all).of_file(&inode).map(Cow::into_owned)
    }

    #[test]
    fn a_file_whose_blocks_all_name_one_long_frame_is_read_up_to_a_bound() {
        let frame = zstd::bulk::compress(&vec![7; LARGEST_CLUSTER], 1).unwrap();
        assert!(frame.len() < BLOCK);
        assert_eq!(read(&frame, 16 << 20), Ok(vec![7; 16 * BLOCK]));
        assert_eq!(
            read(&frame, 16 * BLOCK as u64),
            Err("its files share clusters so often that reading them takes too long".to_owned())
        );
    }

    #[test]
    fn files_that_share_a_cluster_of_their_own_length_are_no_attack() {
        let frame = zstd::bulk::compress(&[7; BLOCK], 1).unwrap();
        assert_eq!(read(&frame, 16 * BLOCK as u64), Ok(vec![7; 16 * BLOCK]));
    }

    #[test]
    fn a_cluster_that_begins_with_a_block_of_zeroes_is_refused() {
        assert_eq!(read(&[], 1 << 20), Err("a cluster begins with a block of zeroes".to_owned()));
    }

    #[test]
    fn a_packed_file_that_is_too_long_is_refused_before_its_index_is_read() {
        let packed = Some(64);
        let mut image = vec![0; BLOCK];
        // A regular file in the compressed layout, of 4 GiB less a byte, whose index nobody wrote.
        image[2048..2050].copy_from_slice(&(1_u16 << 1).to_le_bytes());
        image[2052..2054].copy_from_slice(&0o100_644_u16.to_le_bytes());
        image[2056..2060].fill(0xff);
        let superblock =
            Superblock { block: BLOCK, length: image.len(), root: 0, inodes: 0, xattrs: 0, packed };
        let reason = Contents::of(&image, &superblock, 1 << 20, 1 << 20).packed().unwrap_err();
        assert_eq!(reason, "the packed file: it has 4294967295 bytes, more than the 1048576 that are taken");
    }
}
