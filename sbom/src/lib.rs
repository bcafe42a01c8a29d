// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is in an image: the inventory, and the documents that say it in SPDX 2.3, SPDX 3.0.1 and CycloneDX 1.6.
//!
//! Nobody has to scan an image whose builder knows what it put there. An [`Inventory`] is made by an [`InventoryBuilder`],
//! which reports everything that is wrong with it at once; [`write()`] makes documents of it, [`read`] reads anybody's, [`lint`]
//! says which component no scanner could match, [`difference`] and [`merge`] compare and join. Why: docs/design/sbom.md.
//!
//! ```text
//! recipes, trees, binaries ──InventoryBuilder──▶ Inventory ──write──▶ SPDX 2.3, SPDX 3.0.1, CycloneDX 1.6
//!                                                    ▲ ──lint──▶ Finding    ──difference──▶ Difference
//! documents of anybody ──read──▶ Reading (and Notes)─┘ ──merge──▶ Inventory
//! ```
//!
//! The crate is pure: bytes and values in, bytes and values out.
#![forbid(unsafe_code)]

mod builder;
mod checksum;
mod component;
mod containment;
mod conversion;
mod crate_list;
mod cyclonedx;
mod describe;
mod difference;
mod document;
mod elf;
mod error;
mod facts;
mod go_build;
mod go_modules;
mod inventory;
mod licence_text;
mod licences;
mod lint;
mod listing;
mod location;
mod merge;
mod note;
mod owned_file;
mod page;
mod problem;
mod reading;
mod relationship;
mod spdx2;
mod spdx3;
mod supplier;
mod timestamp;
mod version_order;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod foreign;
#[cfg(test)]
mod golden;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample_elf;
#[cfg(test)]
mod samples;
#[cfg(test)]
mod schemas;
#[cfg(test)]
mod scores;

pub use builder::InventoryBuilder;
pub use checksum::{Algorithm, Checksums};
pub use component::{Component, ComponentId, Kind};
pub use crate_list::{CrateKind, CrateList, ListedCrate};
pub use cyclonedx::{Unsaid, unsaid};
pub use describe::{Description, Evidence, FileOwner, OwnedTree, describe, holds_licence};
pub use difference::{Change, Difference, difference};
pub use document::{Document, Format, OtherDocument, Tool, write};
pub use error::SbomError;
pub use facts::{
    BootFacts, ContainerFacts, Facts, PatchFacts, RecipeFacts, RuntimeFacts, SourceFacts, ToolFacts,
};
pub use go_build::{GoBuild, GoModule};
pub use go_modules::GoSums;
pub use inventory::Inventory;
pub use licence_text::{KnownTexts, LicenceText, terms};
pub use lint::{Finding, Flaw, lint};
pub use listing::with_files;
pub use location::Location;
pub use merge::{Conflict, merge};
pub use note::Note;
pub use owned_file::OwnedFile;
pub use page::page;
pub use problem::Problem;
pub use reading::{MAX_BYTES, Reading, read};
pub use relationship::{Relationship, Verb};
pub use supplier::Supplier;
pub use timestamp::Timestamp;
