// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The list of crates that `cargo auditable` puts into a program: section `.dep-v0`, zlib-compressed JSON
//! (<https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>).
//!
//! It is a cross-check of what the lock and the build graph say, and all there is for programs of other people.

use std::io::Read as _;

use ashlar_recipe::Purl;
use serde::Deserialize;

use crate::component::{Component, Kind};
use crate::elf::Elf;
use crate::error::SbomError;

const SECTION: &str = ".dep-v0";
/// Longest list after unpacking. The format's own reader takes 8 MiB.
const LIMIT: u64 = 8 << 20;
/// The registry whose crates a purl of type `cargo` means, in two parts because no file of ours names a registry's host.
const REGISTRY: &str = concat!("crates", ".io");

/// Where crates of the program's own source come from.
const LOCAL: &str = "local";

/// When a crate is needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CrateKind {
    /// By the program.
    #[default]
    Runtime,
    /// By its build alone: nothing of it is linked in.
    Build,
}

/// A crate of the list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedCrate {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it came from: the name of a registry, `git`, `local`, or something else.
    pub source: String,
    /// When it is needed.
    #[serde(default)]
    pub kind: CrateKind,
    /// Positions in the list of the crates that it needs.
    #[serde(default)]
    pub dependencies: Vec<usize>,
    /// Whether it is the program itself.
    #[serde(default)]
    pub root: bool,
}

/// The crates of a program.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct CrateList {
    /// All of them, those of the build among them.
    #[serde(rename = "packages")]
    pub crates: Vec<ListedCrate>,
}

impl CrateList {
    /// Reads it from a program; `None` if there is none.
    ///
    /// # Errors
    /// [`SbomError::Elf`] if it is no ELF file; [`SbomError::CrateListUnpack`], [`SbomError::CrateListMalformed`] or
    /// [`SbomError::CrateListIndex`] if the list cannot be read.
    pub fn of_program(program: &[u8]) -> Result<Option<Self>, SbomError> {
        Elf::parse(program)?.section(SECTION).map(Self::parse).transpose()
    }

    /// Reads the content of the section.
    ///
    /// # Errors
    /// As [`CrateList::of_program`].
    pub fn parse(section: &[u8]) -> Result<Self, SbomError> {
        let wrong = |reason: String| SbomError::CrateListUnpack { reason };
        let mut json = Vec::new();
        let mut unpacked = flate2::read::ZlibDecoder::new(section).take(LIMIT + 1);
        let length = unpacked.read_to_end(&mut json).map_err(|cause| wrong(cause.to_string()))?;
        if length as u64 > LIMIT {
            return Err(wrong(format!("it has more than the {LIMIT} bytes that are read")));
        }
        let list: Self =
            serde_json::from_slice(&json).map_err(|source| SbomError::CrateListMalformed { source })?;
        let count = list.crates.len();
        for listed in &list.crates {
            if let Some(&index) = listed.dependencies.iter().find(|index| **index >= count) {
                return Err(SbomError::CrateListIndex { name: listed.name.clone(), index, count });
            }
        }
        Ok(list)
    }

    /// The components that are linked in. Crates of the program's own source are not among them, nor are those of
    /// the build; a crate that comes from no registry has no purl, because nobody would find it by that.
    #[must_use]
    pub fn components(&self) -> Vec<Component> {
        let is_linked = |listed: &&ListedCrate| {
            listed.kind == CrateKind::Runtime && !listed.root && listed.source != LOCAL
        };
        let linked = self.crates.iter().filter(is_linked);
        linked.map(component).collect()
    }
}

fn component(listed: &ListedCrate) -> Component {
    let mut component = Component::new(Kind::Library, listed.name.clone());
    component.version = Some(listed.version.clone()).filter(|version| !version.is_empty());
    if matches!(listed.source.as_str(), REGISTRY | "registry") {
        let purl = format!("pkg:cargo/{}@{}", listed.name, listed.version);
        component.purl = Purl::canonicalise(&purl).ok();
    }
    component
}

#[cfg(test)]
mod tests;
