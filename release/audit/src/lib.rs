// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Distrusts a release directory (docs/design/release.md; DESIGN §9.5).
//!
//! ```text
//! verify: a folder and whom to trust ─▶ Report
//!   folder ─▶ origin ─▶ release_json ─▶ certificate ─▶ signatures ─▶ key_statement ─▶ records ─▶ image ─▶ documents
//!   ─▶ sbom_statements ─▶ inputs ─▶ provenance
//! compare: a release, its Report and a rebuild ─▶ AuditReport ─▶ rebuild_statement, to be signed
//! quorum: statements of several rebuilders ─▶ Quorum
//! ```
//! It judges bytes with readers of its own wherever a format has a writer here, and links nothing that builds: who
//! rebuilds runs the builder as any user would. Each check notes what it proved and what it found, and none stops
//! the next.
#![forbid(unsafe_code)]

mod certificate;
mod compare;
mod document;
mod documents;
mod error;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
mod image;
mod inputs;
mod key_statement;
mod listing;
mod manifest;
mod next_step;
mod origin;
mod pem;
mod provenance;
mod quorum;
mod records;
mod release_json;
mod report;
mod sbom_statements;
mod signatures;
mod statement;
mod subjects;
mod verify;

#[cfg(test)]
mod attacks;
#[cfg(test)]
mod synthetic;

pub use compare::{AuditReport, Identity, Rebuild, Verdict, compare};
pub use error::AuditError;
pub use pem::certificates as certificates_from_pem;
pub use quorum::{About, Accepted, Quorum, Refused, quorum, rebuild_statement};
pub use report::{Finding, Outcome, Proof, Report};
pub use verify::{Trust, verify};
