// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Judges trust in the archive and writes `ashlar.lock`.
//!
//! ```text
//! keyring with pinned fingerprints → signed Release → indexes by digest → closures of seed sets, files of source packages
//!                                                                        → every file fetched, epochs read → Lockfile
//! ```
//!
//! Go modules go the same way without signatures: go.sum → files judged by its hashes → their digests in the lock.
//!
//! This is the only place where signatures, expiry and the clock count. Every file that the lock will name is fetched before the lock is
//! given out, because an index can name what no mirror holds: then the next version is taken, and said so.
#![forbid(unsafe_code)]

mod archive;
mod candidates;
mod epoch;
mod error;
mod locker;
mod modules;
mod sets;
mod signature;
mod sources;
mod stale;

pub use candidates::{Candidate, CandidateFile};
pub use epoch::is_archive;
pub use error::LockerError;
pub use locker::{Locked, Locker, Progress};
pub use stale::stale;
