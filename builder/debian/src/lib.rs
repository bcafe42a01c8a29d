// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The Debian archive as a seed: control files, versions, indexes, dependency closure, and the packages themselves.
//!
//! Everything here takes bytes and gives values; nothing is fetched, written or executed, and maintainer scripts
//! are never looked at. What it reads comes from strangers, so each parser is strict: it names the place and stops.
//!
//! The order of use in `ashlar lock`: a signed [`Release`] names the digests of the indexes; [`parse_packages`] and
//! [`parse_sources`] read those; [`resolve`] closes the roots of a seed set over their dependencies. Later
//! [`read_deb`] turns each package into entries of a tree, and [`newest_mtime`] finds the date of a source archive.
#![forbid(unsafe_code)]

mod archive;
mod date;
mod deb822;
mod error;
mod packages;
mod path;
mod relation;
mod release;
mod resolve;
mod sources;
mod universe;
mod version;

#[doc(hidden)]
pub use archive::fuzzing;
pub use archive::{
    ArchiveKind, DebEntry, DebIdentity, DebKind, Limits, decompress, newest_mtime, read_deb, read_members,
};
pub use date::parse_date;
pub use deb822::{Field, Stanza, Stanzas};
pub use error::{ArchiveProblem, ControlProblem, DebianError, Requirement};
pub use packages::{BinaryPackage, Priority, parse_packages};
pub use relation::{Alternatives, Comparison, Provide, Relation};
pub use release::{IndexFile, Release};
pub use resolve::{Reason, Request, Resolution, Resolved, resolve};
pub use sources::{SourceFile, SourcePackage, parse_sources};
pub use universe::{Admission, SuiteIndex};
pub use version::Version;
