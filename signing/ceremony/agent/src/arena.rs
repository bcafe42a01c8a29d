// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which part of a stretch of memory is in use: a buddy allocator that knows offsets and no addresses.
//!
//! It is apart from `secret_memory.rs` so that the arithmetic of the process's heap is safe code with tests of its own.
//! A block of order `k` is `2^k` cells long and begins at a multiple of its length; a freed block joins its neighbour
//! as often as that is free too. Its books lie outside of the memory that it hands out, and hold no secret.

/// A cell that is the inner part of a block.
const INNER: u8 = 0;
/// Added to `order + 1` in the state of a block that is free.
const FREE: u8 = 0x80;
const ORDERS: usize = 32;

/// The books of one cell. All zeroes is the state of a cell that nobody owns, so that a static of them takes no file space.
#[derive(Clone, Copy, Debug)]
struct Cell {
    /// Neighbours in the list of free blocks of the same order: index + 1, or 0.
    next: u32,
    previous: u32,
    /// Of the first cell of a block: `order + 1`, with [`FREE`] if it is free. Of any other: [`INNER`].
    state: u8,
}

/// Hands out blocks of `CELLS` cells of `2^SHIFT` bytes.
#[derive(Debug)]
pub(crate) struct Arena<const CELLS: usize, const SHIFT: u32> {
    cells: [Cell; CELLS],
    /// First free block of each order: index + 1, or 0.
    heads: [u32; ORDERS],
}

impl<const CELLS: usize, const SHIFT: u32> Arena<CELLS, SHIFT> {
    /// Bytes that it hands out.
    pub(crate) const BYTES: usize = CELLS << SHIFT;

    /// An arena without any memory; see [`Arena::open`].
    pub(crate) const fn closed() -> Self {
        assert!(CELLS.is_power_of_two() && CELLS < u32::MAX as usize && SHIFT >= 3);
        Self { cells: [Cell { next: 0, previous: 0, state: INNER }; CELLS], heads: [0; ORDERS] }
    }

    /// Makes all its memory free. Once: what is closed has no block.
    pub(crate) fn open(&mut self) {
        self.push(0, CELLS.trailing_zeros() as usize);
    }

    /// Takes a block of at least `size` bytes at a multiple of `align` (a power of two) and gives its offset in bytes.
    pub(crate) fn take(&mut self, size: usize, align: usize) -> Option<usize> {
        let order = Self::order(size.max(align))?;
        let mut found =
            (order..ORDERS).find(|order| self.heads.get(*order).is_some_and(|head| *head != 0))?;
        let block = (*self.heads.get(found)?).checked_sub(1)? as usize;
        self.unlink(block, found);
        while found > order {
            found -= 1;
            self.push(block + (1 << found), found);
        }
        self.cells.get_mut(block)?.state = order as u8 + 1;
        Some(block << SHIFT)
    }

    /// Bytes of the block in use that begins at `offset`; none if no block does.
    pub(crate) fn length(&self, offset: usize) -> Option<usize> {
        let cell = self.cells.get(offset >> SHIFT)?;
        let exact = (offset >> SHIFT) << SHIFT == offset;
        (exact && cell.state != INNER && cell.state & FREE == 0)
            .then(|| 1 << (u32::from(cell.state) - 1 + SHIFT))
    }

    /// Gives the block at `offset` back. Anything that is not the beginning of a block in use is left alone.
    pub(crate) fn give_back(&mut self, offset: usize) {
        let Some(length) = self.length(offset) else { return };
        let mut block = offset >> SHIFT;
        let mut order = (length >> SHIFT).trailing_zeros() as usize;
        self.set_state(block, INNER);
        while (1 << order) < CELLS {
            let buddy = block ^ (1 << order);
            if self.cells.get(buddy).is_none_or(|cell| cell.state != FREE | (order as u8 + 1)) {
                break;
            }
            self.unlink(buddy, order);
            block &= !(1 << order);
            order += 1;
        }
        self.push(block, order);
    }

    /// The order of the smallest block that holds `size` bytes.
    fn order(size: usize) -> Option<usize> {
        let cells = size.max(1).checked_next_power_of_two()?.max(1 << SHIFT) >> SHIFT;
        (cells <= CELLS).then(|| cells.trailing_zeros() as usize)
    }

    fn push(&mut self, block: usize, order: usize) {
        let Some(head) = self.heads.get_mut(order) else { return };
        let next = std::mem::replace(head, block as u32 + 1);
        if let Some(cell) = self.cells.get_mut(block) {
            *cell = Cell { next, previous: 0, state: FREE | (order as u8 + 1) };
        }
        if let Some(after) = self.linked(next) {
            after.previous = block as u32 + 1;
        }
    }

    fn unlink(&mut self, block: usize, order: usize) {
        let Some(Cell { next, previous, .. }) = self.cells.get(block).copied() else { return };
        self.set_state(block, INNER);
        if let Some(after) = self.linked(next) {
            after.previous = previous;
        }
        match self.linked(previous) {
            Some(before) => before.next = next,
            None => {
                if let Some(head) = self.heads.get_mut(order) {
                    *head = next;
                }
            }
        }
    }

    fn linked(&mut self, link: u32) -> Option<&mut Cell> {
        self.cells.get_mut((link as usize).checked_sub(1)?)
    }

    fn set_state(&mut self, block: usize, state: u8) {
        if let Some(cell) = self.cells.get_mut(block) {
            cell.state = state;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    type Small = Arena<256, 6>;

    fn open() -> Small {
        let mut arena = Small::closed();
        arena.open();
        arena
    }

    #[test]
    fn a_closed_arena_has_nothing() {
        assert_eq!(Small::closed().take(1, 1), None);
    }

    #[test]
    fn blocks_are_aligned_and_cover_what_was_asked_for() {
        let mut arena = open();
        for (size, align) in [(1, 1), (64, 8), (65, 1), (3, 256), (1000, 16)] {
            let offset = arena.take(size, align).unwrap();
            assert_eq!(offset % align, 0);
            assert!(arena.length(offset).unwrap() >= size.max(align));
        }
        assert_eq!(arena.take(Small::BYTES + 1, 1), None);
        assert_eq!(arena.take(usize::MAX, 1), None);
    }

    #[test]
    fn all_of_it_is_usable_and_comes_back_in_one_piece() {
        let mut arena = open();
        let offsets: Vec<_> = (0..256).map(|_| arena.take(64, 1).unwrap()).collect();
        assert_eq!(arena.take(1, 1), None);
        for offset in offsets.iter().step_by(2).chain(offsets.iter().skip(1).step_by(2)) {
            arena.give_back(*offset);
        }
        assert_eq!(arena.take(Small::BYTES, 1), Some(0));
    }

    #[test]
    fn freeing_what_is_not_in_use_changes_nothing() {
        let mut arena = open();
        let first = arena.take(128, 1).unwrap();
        let second = arena.take(128, 1).unwrap();
        arena.give_back(first);
        for offset in [first, second + 64, second + 1, Small::BYTES, usize::MAX] {
            arena.give_back(offset);
            assert_eq!(arena.length(offset), None);
        }
        assert_eq!(arena.length(second), Some(128));
        assert_eq!(arena.take(128, 1), Some(first));
        assert_eq!(arena.take(Small::BYTES / 2, 1), Some(Small::BYTES / 2));
    }

    #[test]
    fn no_two_blocks_overlap_in_a_long_random_life() {
        let mut arena = open();
        let mut live: BTreeMap<usize, usize> = BTreeMap::new();
        let mut state = 0x2545_f491_4f6c_dd1d_u64;
        for _ in 0..20_000 {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            if state % 5 < 3 {
                let size = (state >> 20) as usize % 700 + 1;
                let Some(offset) = arena.take(size, 1) else { continue };
                let length = arena.length(offset).unwrap();
                assert!(length >= size && offset + length <= Small::BYTES);
                assert!(
                    live.range(..offset + length).next_back().is_none_or(|(at, long)| at + long <= offset)
                );
                live.insert(offset, length);
            } else if let Some((&offset, _)) = live.range((state >> 20) as usize % Small::BYTES..).next() {
                arena.give_back(offset);
                live.remove(&offset);
            }
        }
        assert!(!live.is_empty());
        for offset in live.into_keys() {
            arena.give_back(offset);
        }
        assert_eq!(arena.take(Small::BYTES, 1), Some(0));
    }
}
