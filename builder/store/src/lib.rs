// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where blobs, trees and realisations live on disk.
//!
//! A [`Store`] may be used by any number of threads and processes at once. Whatever stands under its final name is
//! complete, but for logs and build records, which grow: it was written elsewhere and renamed, so a full disk or a killed process leaves garbage in `tmp/` at
//! worst, which the next [`Store::open`] removes. Nothing is flushed to the medium before it is renamed, so a loss
//! of power can damage what was written last; [`Store::check`] finds that and [`ExclusiveStore::repair`] mends it.
//!
//! The layout is drawn in `layout.rs`.
#![forbid(unsafe_code)]

mod blob;
mod capture;
mod check;
mod checkout;
mod derivation;
mod error;
mod gc;
mod inspect;
mod layout;
mod lock;
mod new_file;
mod past;
mod permutation;
mod problem;
mod record;
mod remove;
mod repair;
mod roots;
mod scratch;
mod store;
mod survey;
mod tree;
mod walk;

pub use capture::{Attribute, CaptureOptions};
pub use check::CheckMode;
pub use derivation::{Realisation, Recorded};
pub use error::{CaptureProblem, StoreError};
pub use gc::{Freed, Keep};
pub use layout::MTIME;
pub use lock::Guard;
pub use past::Past;
pub use problem::{Problem, Progress, Report};
pub use record::RecordFile;
pub use repair::Repaired;
pub use roots::Roots;
pub use scratch::Scratch;
pub use store::{ExclusiveStore, Store};
pub use survey::Survey;
