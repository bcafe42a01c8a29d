// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The process that holds a release's key, for the seconds of its ceremony.
//!
//! `ashlar release` starts it with one end of a socket pair as standard input, which is all that it has: no argument, no
//! file, no environment. It locks itself in (hardening.rs, seccomp.rs), makes a key in memory of its own
//! (secret_memory.rs), signs the module digests that it was told of before, at last signs what it has signed
//! (ceremony.rs), wipes that memory, and ends. Design: docs/design/release.md.
//!
//! What wiping cannot prove, and what stands in for proof, is in DESIGN §9 and in the key statement. The features of this
//! crate exist for tests of exactly these claims, and show themselves in `ready`.

mod arena;
mod ceremony;
mod channel;
mod entropy;
mod error;
mod hardening;
#[cfg(any(feature = "known-key", test))]
#[cfg_attr(not(feature = "known-key"), expect(dead_code, reason = "unit tests use the search, not the key"))]
mod scan;
mod seccomp;
mod secret_memory;
mod start;
mod syscall;

#[cfg(not(test))]
#[global_allocator]
static HEAP: secret_memory::Heap = secret_memory::Heap;

fn main() {
    start::run()
}
