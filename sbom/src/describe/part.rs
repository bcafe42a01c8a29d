// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A tree by its owners: which recipes have files in it, and which programs.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_digest::BlobDigest;
use ashlar_tree::{Node, TreePath};
use rayon::prelude::*;

use super::program::Program;
use super::{FileOwner, OwnedTree, recipe_of};
use crate::checksum::Checksums;
use crate::error::SbomError;

/// What one recipe brings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Brought {
    programs: Vec<Program>,
    has_executables: bool,
    /// The checksums of its one file, if it has one alone.
    only_file: Option<Checksums>,
    files: usize,
}

impl Brought {
    /// Its programs and libraries.
    pub(crate) fn programs(&self) -> &[Program] {
        &self.programs
    }

    /// Whether it brings something that is run, a kernel module among it.
    pub(crate) const fn has_executables(&self) -> bool {
        self.has_executables
    }

    /// The checksums of its only file.
    pub(crate) const fn only_file(&self) -> Option<&Checksums> {
        self.only_file.as_ref()
    }
}

/// The whole tree.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    recipes: BTreeMap<String, Brought>,
    outputs: BTreeSet<String>,
    nothing: Brought,
}

impl Part {
    /// Reads every file that a recipe brought: a program need not be executable, nor be called like one.
    pub(crate) fn read<E: From<SbomError> + Send>(
        owned: &OwnedTree,
        read: &(impl Fn(BlobDigest) -> Result<Vec<u8>, E> + Sync),
    ) -> Result<Self, E> {
        let outputs = owned.owners.iter().filter_map(|(path, owner)| match owner {
            FileOwner::Output(output) => Some((path, output)),
            FileOwner::Definition => None,
        });
        let outputs: Vec<(&TreePath, &String)> = outputs.collect();
        let looked_at = outputs.par_iter().map(|(path, _)| match owned.tree.get(path) {
            Some(Node::File { blob, .. }) => Program::read(&read(*blob)?).map_err(|source| {
                SbomError::Program { path: (*path).clone(), source: Box::new(source) }.into()
            }),
            _ => Ok(None),
        });
        let programs: Vec<Option<Program>> = looked_at.collect::<Result<_, E>>()?;
        let mut part = Self::default();
        for ((path, output), program) in outputs.into_iter().zip(programs) {
            let brought = part.recipes.entry(recipe_of(output).to_owned()).or_default();
            part.outputs.insert(output.clone());
            let Some(Node::File { blob, metadata, .. }) = owned.tree.get(path) else { continue };
            brought.files += 1;
            brought.only_file = (brought.files == 1).then(|| Checksums::sha256(blob.sha256()));
            let is_module = path.as_str().ends_with(".ko");
            brought.has_executables |= is_module
                || (program.is_some() && metadata.mode.is_executable() && !is_library(path.as_str()));
            brought.programs.extend(program);
        }
        Ok(part)
    }

    /// The recipes that bring something.
    pub(crate) fn recipes(&self) -> impl Iterator<Item = &str> {
        self.recipes.keys().map(String::as_str)
    }

    /// The outputs that bring something.
    pub(crate) fn outputs(&self) -> impl Iterator<Item = &str> {
        self.outputs.iter().map(String::as_str)
    }

    /// What `recipe` brings.
    pub(crate) fn of(&self, recipe: &str) -> &Brought {
        self.recipes.get(recipe).unwrap_or(&self.nothing)
    }
}

/// Whether a path is that of a shared library, which may have the mode of a program.
fn is_library(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.ends_with(".so") || name.contains(".so."))
}
