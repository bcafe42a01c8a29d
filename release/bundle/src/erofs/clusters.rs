// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The index of a compressed file: for each block of its content, which cluster of compressed bytes it belongs to.
//!
//! Format: fs/erofs/erofs_fs.h of the kernel (`z_erofs_map_header`, `z_erofs_lcluster_index`), read as fs/erofs/zmap.c does.
//! At the next multiple of 8 behind inode and attributes:
//! ```text
//! header   0 offset in the packed file (u32)  4 advice (u16)  6 compressors (4 bits of head 1, 4 of head 2)  7 bits 0 to 2: block
//!          size over that of the image, bit 7: the whole file lies in the packed one, at the header's number (u64) without its top bit
//! full     8 bytes unused, then for each block: type (u16, 2 bits), offset in it (u16), block (u32); or, where no cluster
//!          begins: blocks back (u16; with 0x800: blocks of the cluster), blocks ahead (u16)
//! compact  packs of 2 entries in 8 bytes or of 16 in 32; each entry 12 bits of the number, 2 of the type; a block (u32) at the end
//! ```

use super::bytes::{number, size, slice};
use super::inode::Inode;
use super::superblock::Superblock;

const FULL: u64 = 1;
const COMPACT: u64 = 3;

const COMPACT_PACKS_OF_16: u64 = 0x1;
const BIG_1: u64 = 0x2;
const BIG_2: u64 = 0x4;
const INTERLACED: u64 = 0x10;
const FRAGMENT: u64 = 0x20;
const KNOWN: u64 = COMPACT_PACKS_OF_16 | BIG_1 | BIG_2 | INTERLACED | FRAGMENT;

/// Says in an entry that its number is how many blocks the cluster has.
const BLOCKS: usize = 0x800;
/// Bits of an entry's number in a pack.
const NUMBER_BITS: usize = 12;

/// How a piece of a file is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stored {
    /// As it is, in one block; `interlaced` at its own offset in a block, else at the begin.
    Plain { block: u64, interlaced: bool },
    /// Compressed by `compressor`, in `blocks` blocks.
    Compressed { block: u64, blocks: usize, compressor: u64 },
    /// In the packed file.
    Packed { at: u64 },
}

/// A piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) stored: Stored,
}

/// What the index says of one block of the content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// A cluster begins in it.
    Head { plain: bool, second: bool, offset: usize, block: u64 },
    /// None does; where it is the first such block, it may say of how many blocks the cluster consists.
    Within { blocks: Option<usize> },
}

/// Index and header of one file.
struct Index<'a> {
    image: &'a [u8],
    block: usize,
    advice: u64,
    compact: bool,
    /// First byte of the entries.
    begin: usize,
    /// Blocks of the content.
    count: usize,
}

/// The pieces of a compressed file, in their order, without a gap.
pub(super) fn pieces(image: &[u8], superblock: &Superblock, inode: &Inode) -> Result<Vec<Piece>, String> {
    let length = usize::try_from(inode.size).map_err(|_| "a size is larger than memory")?;
    let header = inode.tail.next_multiple_of(8);
    if number(image, header + 7, 1)? & 0x80 != 0 {
        let at = number(image, header, 8)? & !(1 << 63);
        return Ok(vec![Piece { start: 0, end: length, stored: Stored::Packed { at } }]);
    }
    let (advice, compressors) = (number(image, header + 4, 2)?, number(image, header + 6, 1)?);
    if advice & !KNOWN != 0 || number(image, header + 7, 1)? != 0 {
        return Err("it is compressed in a way that is not known here".to_owned());
    }
    let compact = match inode.layout {
        FULL => false,
        COMPACT if superblock.block == 4096 => true,
        _ => return Err("it has a layout that is not known here".to_owned()),
    };
    let begin = header + if compact { 8 } else { 16 };
    let index = Index {
        image,
        block: superblock.block,
        advice,
        compact,
        begin,
        count: length.div_ceil(superblock.block),
    };
    let mut heads = Vec::new();
    for at in 0..index.count {
        if let Entry::Head { plain, second, offset, block } = index.entry(at)? {
            // An entry behind the end only says where that is.
            if at * index.block + offset < length {
                heads.push((at, plain, second, offset, block));
            }
        }
    }
    let starts: Vec<usize> = heads.iter().map(|(at, _, _, offset, _)| at * index.block + offset).collect();
    if length != 0 && starts.first() != Some(&0) || !starts.is_sorted_by(|one, next| one < next) {
        return Err("its clusters are not in order".to_owned());
    }
    let mut pieces = Vec::new();
    for (place, (at, plain, second, _, block)) in heads.iter().copied().enumerate() {
        let end = starts.get(place + 1).copied().unwrap_or(length);
        let stored = if place + 1 == heads.len() && advice & FRAGMENT != 0 {
            let high = if compact { 0 } else { block << 32 };
            Stored::Packed { at: number(image, header, 4)? | high }
        } else if plain {
            Stored::Plain { block, interlaced: advice & INTERLACED != 0 }
        } else {
            let compressor = if second { compressors >> 4 } else { compressors & 15 };
            Stored::Compressed { block, blocks: index.blocks(at, second, length)?, compressor }
        };
        pieces.push(Piece { start: starts[place], end, stored });
    }
    Ok(pieces)
}

impl Index<'_> {
    /// Of how many blocks the compressed cluster consists that begins in block `at` of the content.
    fn blocks(&self, at: usize, second: bool, length: usize) -> Result<usize, String> {
        let big = if second { BIG_2 } else { BIG_1 };
        if self.advice & big == 0 || (at + 1) * self.block >= length {
            return Ok(1);
        }
        match self.entry(at + 1)? {
            Entry::Head { .. } => Ok(1),
            Entry::Within { blocks: Some(blocks) } if blocks != 0 => Ok(blocks),
            Entry::Within { .. } => Err("a cluster does not say of how many blocks it consists".to_owned()),
        }
    }

    fn entry(&self, at: usize) -> Result<Entry, String> {
        if self.compact { self.packed_entry(at) } else { self.full_entry(at) }
    }

    fn full_entry(&self, at: usize) -> Result<Entry, String> {
        let place = self.begin + 8 * at;
        let kind = number(self.image, place, 2)? & 3;
        Ok(match kind {
            2 => {
                let back = size(self.image, place + 4, 2)?;
                Entry::Within { blocks: (back & BLOCKS != 0).then_some(back & !BLOCKS) }
            }
            _ => Entry::Head {
                plain: kind == 0,
                second: kind == 3,
                offset: self.offset(size(self.image, place + 2, 2)?)?,
                block: number(self.image, place + 4, 4)?,
            },
        })
    }

    fn offset(&self, found: usize) -> Result<usize, String> {
        if found < self.block { Ok(found) } else { Err("a cluster begins outside of its block".to_owned()) }
    }

    /// Begin, number of entries and size of the pack with entry `at`, and the entry's place in it.
    fn pack(&self, at: usize) -> (usize, usize, usize, usize) {
        // Packs of 16 lie at multiples of 32; before and behind them are packs of two.
        let before = (32 - self.begin % 32) / 4 % 8;
        let large = if self.advice & COMPACT_PACKS_OF_16 != 0 && before < self.count {
            (self.count - before) / 16 * 16
        } else {
            0
        };
        let (begin, entries, bytes, at) = if at < before {
            (self.begin, 2, 8, at)
        } else if at < before + large {
            (self.begin + 4 * before, 16, 32, at - before)
        } else {
            (self.begin + 4 * before + 2 * large, 2, 8, at - before - large)
        };
        (begin + at / entries * bytes, entries, bytes, at % entries)
    }

    fn packed_entry(&self, at: usize) -> Result<Entry, String> {
        let (begin, entries, bytes, place) = self.pack(at);
        let pack = slice(self.image, begin, bytes)?;
        let bits = (bytes - 4) * 8 / entries;
        let decode = |place: usize| -> Result<(usize, usize), String> {
            let bit = bits * place;
            let value = size(pack, bit / 8, 4)? >> (bit % 8);
            Ok((value & ((1 << NUMBER_BITS) - 1), value >> NUMBER_BITS & 3))
        };
        let (found, kind) = decode(place)?;
        if kind == 2 {
            return Ok(Entry::Within { blocks: (found & BLOCKS != 0).then_some(found & !BLOCKS) });
        }
        // The pack has the block of the cluster before its first; those of the others follow on it.
        let mut ahead = 0;
        let mut place = place;
        let big = self.advice & BIG_1 != 0;
        if !big {
            ahead = 1;
        }
        while place > 0 {
            place -= 1;
            let (found, kind) = decode(place)?;
            match (kind == 2, big) {
                (false, _) => ahead += 1,
                (true, true) if found & BLOCKS != 0 => {
                    ahead += (found & !BLOCKS) as u64;
                    place = place.saturating_sub(1);
                }
                (true, true) if found <= 1 => return Err("a pack of its index is corrupt".to_owned()),
                (true, true) => place = place.saturating_sub(found - 2),
                (true, false) => match place.checked_sub(found) {
                    Some(head) => {
                        place = head;
                        ahead += 1;
                    }
                    None => break,
                },
            }
        }
        let block = number(pack, bytes - 4, 4)? + ahead;
        Ok(Entry::Head { plain: kind == 0, second: kind == 3, offset: self.offset(found)?, block })
    }
}
