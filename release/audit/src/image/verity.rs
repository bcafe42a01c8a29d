// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Recomputes the dm-verity tree of a root or an extension from the data alone.
//!
//! ```text
//! data, d blocks | superblock, 1 block | levels, root first: ⌈d/128⌉ blocks at the bottom, 1 at the top, none where d = 1
//! ```
//! How many of a file's blocks are data follows from its size, because the whole grows with d; so nothing that the
//! file or anything beside it claims is believed. Salt and UUID follow from the data too (images,
//! `VerityParameters::from_content`).

use ashlar_digest::Sha256;
use ashlar_images::{VERITY_BLOCK, VerityParameters, VerityTree};

use crate::AuditError;

const BLOCK: u64 = VERITY_BLOCK as u64;
/// Digests in a block of hashes.
const FANOUT: u64 = 128;

/// Blocks of a whole file over `data` blocks.
fn whole(data: u64) -> u64 {
    let (mut total, mut level) = (data.saturating_add(1), data);
    while level > 1 {
        level = level.div_ceil(FANOUT);
        total = total.saturating_add(level);
    }
    total
}

/// How many blocks of data a file of `size` bytes holds; none if no number of blocks gives that size.
pub(crate) fn data_blocks(size: u64) -> Option<u64> {
    if !size.is_multiple_of(BLOCK) {
        return None;
    }
    let total = size / BLOCK;
    let (mut low, mut high) = (1, total);
    while low < high {
        let middle = low + (high - low) / 2;
        if whole(middle) < total {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (total != 0 && whole(low) == total).then_some(low)
}

/// Computes the tree over the data of `bytes`, and compares the rest of them with it.
pub(crate) fn recompute(bytes: &[u8]) -> Result<VerityTree, AuditError> {
    let wrong = |reason: String| AuditError::Document { reason };
    let size = bytes.len() as u64;
    let blocks = data_blocks(size)
        .ok_or_else(|| wrong(format!("{size} bytes are not data with its dm-verity tree")))?;
    let (data, hash_area) = bytes.split_at((blocks * BLOCK) as usize);
    let parameters = VerityParameters::from_content(Sha256::of(data));
    let tree = VerityTree::build(&mut &data[..], data.len() as u64, parameters)
        .map_err(|cause| wrong(cause.to_string()))?;
    match tree.hash_area.iter().zip(hash_area).position(|(computed, found)| computed != found) {
        None if tree.hash_area.len() == hash_area.len() => Ok(tree),
        at => {
            let at = at.map_or(size, |at| blocks * BLOCK + at as u64);
            Err(wrong(format!("its dm-verity tree is not the one of its data, from offset {at} on")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn protected(blocks: usize) -> Vec<u8> {
        let data: Vec<u8> = (0..blocks * VERITY_BLOCK).map(|at| (at / 7) as u8).collect();
        let parameters = VerityParameters::from_content(Sha256::of(&data));
        let tree = VerityTree::build(&mut &data[..], data.len() as u64, parameters).unwrap();
        [data, tree.hash_area].concat()
    }

    #[test]
    fn data_and_tree_are_told_apart_by_size_alone() {
        for blocks in [1, 2, 127, 128, 129, 300] {
            let bytes = protected(blocks);
            assert_eq!(data_blocks(bytes.len() as u64), Some(blocks as u64));
            assert_eq!(recompute(&bytes).unwrap().data_blocks, blocks as u64);
        }
        assert_eq!(data_blocks(0), None);
        assert_eq!(data_blocks(4096), None);
        assert_eq!(data_blocks(4097), None);
        // 16384 blocks of data need 128 + 1 blocks of hashes, one more needs 129 + 2 + 1: some sizes are no file's.
        assert_eq!(data_blocks((16384 + 1 + 129 + 1) * 4096), None);
        assert!(data_blocks(u64::MAX / 4096 * 4096).is_none_or(|blocks| blocks < u64::MAX / 4096));
    }

    #[test]
    fn one_changed_byte_of_data_or_tree_is_found() {
        let good = protected(129);
        for at in [0, 128 * 4096 + 9, 129 * 4096 + 16, 129 * 4096 + 600, good.len() - 1] {
            let mut bytes = good.clone();
            bytes[at] ^= 1;
            assert!(recompute(&bytes).is_err(), "offset {at}");
        }
    }
}
