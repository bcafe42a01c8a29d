// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where the key lives: the heap and the stack of the ceremony, in memory that no one else reads and nothing stores.
//!
//! ```text
//! | guard | stack of the ceremony | guard | heap | guard |      locked; guards fault
//! ```
//! It is `memfd_secret(2)`, whose pages the kernel itself cannot reach by their ordinary address, and otherwise ordinary
//! memory under mlock. It is in no core dump and no child, and nothing in it is ever swapped. What is freed is zeroed.
//!
//! The whole process allocates from it, so that no temporary of any crate can lie elsewhere. The exception is named where
//! it is made: [`public`] runs code that handles frames, which both ends know anyway and which are larger than the memory
//! that an ordinary user may lock (8 MiB).
#![expect(unsafe_code, reason = "an allocator hands out pointers, and its memory has to be mapped and wiped")]

use std::alloc::{GlobalAlloc, Layout};
use std::cell::UnsafeCell;
use std::ffi::c_void;
use std::hint::spin_loop;
use std::mem::MaybeUninit;
use std::ptr::{self, null_mut};
use std::slice;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};

use ashlar_module_signature::Memory;
use rustix::io::Errno;
use rustix::mm::{Advice, MapFlags, ProtFlags, madvise, mlock, mmap, mmap_anonymous};
use zeroize::Zeroize as _;

use crate::arena::Arena;
use crate::error::AgentError;
use crate::syscall;

/// A multiple of every page size that Linux has.
const GUARD: usize = 64 << 10;
const STACK: usize = 1 << 20;
const HEAP: usize = Pool::<SECRET_CELLS, 6>::BYTES;
const SECRET_CELLS: usize = 1 << 15;
/// Room for the statement of the largest ceremony, three times over; only what is touched is ever there.
const PUBLIC_CELLS: usize = 1 << 20;
/// What the runtime allocates before there is a region; never freed.
const EARLY: usize = 64 << 10;
/// Beyond this no block is aligned.
const PAGE: usize = 4096;

/// An arena and the memory that it describes.
struct Pool<const CELLS: usize, const SHIFT: u32> {
    busy: AtomicBool,
    /// Null until the memory is there.
    base: AtomicPtr<u8>,
    arena: UnsafeCell<Arena<CELLS, SHIFT>>,
}

// SAFETY: the arena is reached only in `with`, by whoever has set `busy`.
unsafe impl<const CELLS: usize, const SHIFT: u32> Sync for Pool<CELLS, SHIFT> {}

impl<const CELLS: usize, const SHIFT: u32> Pool<CELLS, SHIFT> {
    const BYTES: usize = Arena::<CELLS, SHIFT>::BYTES;

    const fn closed() -> Self {
        Self {
            busy: AtomicBool::new(false),
            base: AtomicPtr::new(null_mut()),
            arena: UnsafeCell::new(Arena::closed()),
        }
    }

    fn with<R>(&self, act: impl FnOnce(&mut Arena<CELLS, SHIFT>) -> R) -> R {
        while self.busy.swap(true, Ordering::Acquire) {
            spin_loop();
        }
        // SAFETY: `busy` was clear and is set, so that no other reference exists until it is cleared below. `act` does
        // not allocate: it is arithmetic on the arena.
        let result = act(unsafe { &mut *self.arena.get() });
        self.busy.store(false, Ordering::Release);
        result
    }

    fn open(&self, base: *mut u8) {
        self.with(Arena::open);
        self.base.store(base, Ordering::Release);
    }

    fn take(&self, layout: Layout) -> *mut u8 {
        let base = self.base.load(Ordering::Acquire);
        if base.is_null() || layout.align() > PAGE {
            return null_mut();
        }
        let offset = self.with(|arena| arena.take(layout.size(), layout.align()));
        offset.map_or(null_mut(), |offset| base.wrapping_add(offset))
    }

    /// Offset of a pointer into this pool, and the length of its block.
    fn find(&self, pointer: *mut u8) -> Option<(usize, usize)> {
        let base = self.base.load(Ordering::Acquire);
        let offset = pointer.addr().checked_sub(base.addr()).filter(|_| !base.is_null())?;
        Some((offset, self.with(|arena| arena.length(offset))?))
    }
}

static SECRET: Pool<SECRET_CELLS, 6> = Pool::closed();
static PUBLIC: Pool<PUBLIC_CELLS, 8> = Pool::closed();
/// Whether [`public`] runs. Only the thread of the ceremony allocates while it exists.
static IN_PUBLIC: AtomicBool = AtomicBool::new(false);

#[repr(align(4096))]
struct Early(UnsafeCell<[MaybeUninit<u8>; EARLY]>);

// SAFETY: its bytes are handed out once each, by the counter beside it.
unsafe impl Sync for Early {}

static EARLY_BYTES: Early = Early(UnsafeCell::new([MaybeUninit::uninit(); EARLY]));
static EARLY_USED: AtomicUsize = AtomicUsize::new(0);

fn take_early(layout: Layout) -> *mut u8 {
    let advance = |used: usize| {
        let start = used.checked_next_multiple_of(layout.align())?;
        start.checked_add(layout.size()).filter(|end| *end <= EARLY && layout.align() <= PAGE)
    };
    match EARLY_USED.fetch_update(Ordering::Relaxed, Ordering::Relaxed, advance) {
        // The end that `advance` found, less the size, is the aligned start.
        Ok(used) => EARLY_BYTES.0.get().cast::<u8>().wrapping_add(used.next_multiple_of(layout.align())),
        Err(_) => null_mut(),
    }
}

/// The allocator of the process.
#[derive(Debug)]
#[cfg_attr(test, expect(dead_code, reason = "unit tests keep the allocator of their harness"))]
pub(crate) struct Heap;

// SAFETY: blocks of an arena do not overlap, are as long and as aligned as asked for (tests of arena.rs), and lie in memory
// that stays mapped until the process ends.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if SECRET.base.load(Ordering::Acquire).is_null() {
            take_early(layout)
        } else if IN_PUBLIC.load(Ordering::Relaxed) {
            PUBLIC.take(layout)
        } else {
            SECRET.take(layout)
        }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, _: Layout) {
        if let Some((offset, length)) = SECRET.find(pointer) {
            // SAFETY: the block is this long, in use, and its owner has just given it up.
            unsafe { slice::from_raw_parts_mut(pointer.cast::<MaybeUninit<u8>>(), length) }.zeroize();
            SECRET.with(|arena| arena.give_back(offset));
        } else if let Some((offset, _)) = PUBLIC.find(pointer) {
            PUBLIC.with(|arena| arena.give_back(offset));
        }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let block = SECRET.find(pointer).or_else(|| PUBLIC.find(pointer));
        if block.is_some_and(|(_, length)| size <= length) {
            return pointer;
        }
        // SAFETY: the caller of realloc vouches for size and alignment, and `pointer` is of `layout`; the new block is
        // another one.
        unsafe {
            let new = self.alloc(Layout::from_size_align_unchecked(size, layout.align()));
            if !new.is_null() {
                ptr::copy_nonoverlapping(pointer, new, layout.size().min(size));
                self.dealloc(pointer, layout);
            }
            new
        }
    }
}

/// Runs `act`, whose allocations hold nothing but what both ends of the socket know.
pub(crate) fn public<R>(act: impl FnOnce() -> R) -> R {
    let before = IN_PUBLIC.swap(true, Ordering::Relaxed);
    let result = act();
    IN_PUBLIC.store(before, Ordering::Relaxed);
    result
}

/// The locked memory.
#[derive(Debug)]
pub(crate) struct Region {
    stack: *mut u8,
    heap: *mut u8,
    memory: Memory,
}

impl Region {
    /// Maps the region and lets the process allocate from it from now on.
    ///
    /// # Errors
    /// [`AgentError::Memory`] if no memory can be had that stays where it is.
    pub(crate) fn open() -> Result<Self, AgentError> {
        let fail = |errno: Errno| AgentError::Memory { source: errno.into() };
        let region = Self::map(Memory::MemfdSecret).or_else(|_| Self::map(Memory::Mlock)).map_err(fail)?;
        let bytes = Pool::<PUBLIC_CELLS, 8>::BYTES;
        // SAFETY: a new mapping at a place that the kernel chooses, which nothing else refers to.
        let frames = unsafe { mmap_anonymous(null_mut(), bytes, WRITABLE, PRIVATE) }.map_err(fail)?;
        keep_apart(frames, bytes).map_err(fail)?;
        PUBLIC.open(frames.cast());
        SECRET.open(region.heap);
        Ok(region)
    }

    fn map(memory: Memory) -> Result<Self, Errno> {
        let total = GUARD + STACK + GUARD + HEAP + GUARD;
        // SAFETY: as above. All of it faults until parts of it are replaced below.
        let base = unsafe { mmap_anonymous(null_mut(), total, ProtFlags::empty(), PRIVATE) }?;
        let stack: *mut u8 = base.cast::<u8>().wrapping_add(GUARD);
        let heap = stack.wrapping_add(STACK + GUARD);
        match memory {
            Memory::MemfdSecret => Self::fill_secret(stack, heap)?,
            Memory::Mlock => Self::fill_locked(stack, heap)?,
        }
        let region = Self { stack, heap, memory };
        for (start, length) in region.parts() {
            keep_apart(start.cast(), length)?;
        }
        // Every page is there from the beginning: one that cannot be had must not end a ceremony halfway.
        region.wipe();
        Ok(region)
    }

    fn fill_secret(stack: *mut u8, heap: *mut u8) -> Result<(), Errno> {
        let file = syscall::memfd_secret()?;
        rustix::fs::ftruncate(&file, (STACK + HEAP) as u64)?;
        let flags = MapFlags::SHARED | MapFlags::FIXED;
        // SAFETY: both ranges lie within the reservation, on pages, and nothing refers to them yet.
        unsafe {
            mmap(stack.cast(), STACK, WRITABLE, flags, &file, 0)?;
            mmap(heap.cast(), HEAP, WRITABLE, flags, &file, STACK as u64)?;
        }
        Ok(())
    }

    fn fill_locked(stack: *mut u8, heap: *mut u8) -> Result<(), Errno> {
        for (start, length) in [(stack, STACK), (heap, HEAP)] {
            // SAFETY: both ranges lie within the reservation, on pages, and nothing refers to them yet.
            unsafe {
                mmap_anonymous(start.cast(), length, WRITABLE, PRIVATE | MapFlags::FIXED)?;
                mlock(start.cast(), length)?;
            }
        }
        Ok(())
    }

    /// What kind of memory it is.
    pub(crate) fn memory(&self) -> Memory {
        self.memory
    }

    /// Lowest address and length of the stack for the ceremony.
    pub(crate) fn stack(&self) -> (*mut c_void, usize) {
        (self.stack.cast(), STACK)
    }

    fn parts(&self) -> [(*mut u8, usize); 2] {
        [(self.stack, STACK), (self.heap, HEAP)]
    }

    /// Zeroes stack and heap. The thread of the ceremony has to be gone, and whatever lies on the heap is gone after it.
    pub(crate) fn wipe(&self) {
        for (start, length) in self.parts() {
            // SAFETY: the range is mapped and writable. Either nothing uses it yet, or its only thread has ended and the
            // caller goes on to end the process; the writes are ones that a compiler must not leave out.
            unsafe { slice::from_raw_parts_mut(start.cast::<MaybeUninit<u8>>(), length) }.zeroize();
        }
    }
}

const WRITABLE: ProtFlags = ProtFlags::READ.union(ProtFlags::WRITE);
const PRIVATE: MapFlags = MapFlags::PRIVATE.union(MapFlags::NORESERVE);

/// Keeps a mapping out of core dumps and out of children (a child has not even wiped pages of it).
fn keep_apart(start: *mut c_void, length: usize) -> Result<(), Errno> {
    // SAFETY: the range is a mapping of this file's; neither advice changes what this process reads from it.
    unsafe {
        madvise(start, length, Advice::LinuxDontDump)?;
        madvise(start, length, Advice::LinuxDontFork)
    }
}

/// The bytes of a mapping, for the search of `scan.rs`.
///
/// The caller names a range that /proc/self/maps lists as readable; nothing is unmapped after the filter is in place.
#[cfg(any(feature = "known-key", test))]
pub(crate) fn mapped(start: usize, end: usize) -> &'static [u8] {
    // SAFETY: see above. The search reads its own stack while it runs on it; whatever it finds there is a number, not a
    // promise, and no released agent contains this.
    unsafe { slice::from_raw_parts(ptr::with_exposed_provenance(start), end - start) }
}

#[cfg(test)]
mod tests;
