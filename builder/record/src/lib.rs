// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What a build did and took: the format of its record, the critical path, and the page that shows both.
//!
//! A record states facts about one run on one machine: times, CPU, memory, bytes. None of them enters an identity or an
//! output. The engine writes [`Line`]s while it works; [`BuildRecord::read`] takes bytes that anybody may have written.
//! The format, with an example: docs/build-record.md.
#![forbid(unsafe_code)]

mod critical_path;
mod durations;
mod error;
mod line;
mod read;
mod record;
#[cfg(test)]
mod samples;
mod timeline;
mod totals;

pub use critical_path::{CriticalPath, Step};
pub use durations::durations;
pub use error::RecordError;
pub use line::{Begun, Build, End, Ended, Hit, Line, Outcome, Place, Planned, Sources, Used};
pub use record::{BuildRecord, Derivation, Ending, Fate, Work};
pub use timeline::timeline;
pub use totals::Totals;
