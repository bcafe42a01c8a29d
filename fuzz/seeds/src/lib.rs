// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Inputs that fuzzing starts from, made by the code that writes each format, and files of the repository.
//!
//! Nothing of them is committed: `cargo run -p ashlar-fuzz-seeds` in fuzz/ writes them to `corpus/<target>/`, where cargo-fuzz
//! looks for them. What a target compares with ([`efi`], [`module`], [`record`]) is here too, so that both are of one making.
#![forbid(unsafe_code)]
#![expect(clippy::unwrap_used, reason = "seeds are made from constants")]

pub mod archives;
mod artifacts;
mod boot_files;
mod builds;
pub mod efi;
#[path = "../../../release/bundle/src/erofs/synthetic.rs"]
mod erofs;
mod file_systems;
mod installed;
mod inventories;
mod kernel_modules;
mod kernels;
mod language_modules;
pub mod module;
#[path = "../../../builder/lint/src/planted.rs"]
#[expect(dead_code, reason = "what the tests beside it plant besides is no seed")]
mod planted;
pub mod record;
mod releases;
#[path = "../../../sbom/src/sample_elf.rs"]
mod sample_elf;
mod seed;
mod statements;
#[path = "../../../signing/kernel-image/src/symbols.rs"]
mod symbols;
#[path = "../../../signing/kernel-image/src/synthetic.rs"]
mod synthetic;
mod texts;
pub mod two_parts;

mod judge {
    // Where the planted files look for it.
    pub(crate) use ashlar_lint::Question;
}

pub use seed::{Seed, all};
