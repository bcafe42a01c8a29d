// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Realises derivations: schedules, runs, records.
//!
//! The engine takes a [`ashlar_plan::Graph`] and makes its goals true in the [`ashlar_store::Store`]: what is recorded there is
//! taken, everything else is done by a builtin or in the sandbox, checked, stored and recorded. It owns no terminal and no
//! network: [`Events`] tells what happens, [`SourceProvider`] brings bytes.
#![forbid(unsafe_code)]

mod builtin;
mod engine;
mod error;
mod events;
mod realise;
mod recorder;
mod sandboxed;
mod schedule;
mod sizes;
mod surroundings;

pub use engine::{Built, Engine, SourceProvider};
pub use error::{EngineError, SourceError};
pub use events::{Events, How, Silent};
pub use recorder::Recording;
pub use sandboxed::{Room, fixed_environment};
pub use surroundings::{PermutedOrder, ShiftedClock, Surroundings};
