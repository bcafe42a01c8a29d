// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which outputs that a recipe is built against are copied into its programs.
//!
//! Linkers leave no list in a program, so this is decided by what there was to link: every output that a recipe declares is needed by it
//! (`ashlar lint` builds without each), and
//!
//! - into a program without a loader goes code from every output that has an archive (`*.a`, `*.rlib`);
//! - into any other, from each output with an archive of which there is no shared library by the same name.
//!
//! It may name a library of which a program uses nothing, and leaves none out.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_tree::{Tree, TreePath};

use super::program::Program;
use super::recipe_of;

/// The archives and shared libraries of outputs, by their names without `lib` and ending.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archives {
    archives: BTreeMap<String, BTreeSet<String>>,
    shared: BTreeMap<String, BTreeSet<String>>,
}

impl Archives {
    /// Looks through the trees of outputs.
    pub(crate) fn read(outputs: &BTreeMap<String, Tree>) -> Self {
        let mut found = Self::default();
        for (output, tree) in outputs {
            for (path, _) in tree.iter() {
                let Some((stem, is_archive)) = library(path) else { continue };
                let map = if is_archive { &mut found.archives } else { &mut found.shared };
                map.entry(output.clone()).or_default().insert(stem.to_owned());
            }
        }
        found
    }

    /// The archives of all outputs of `recipe`.
    pub(crate) fn of_recipe(&self, recipe: &str) -> impl Iterator<Item = &str> {
        let outputs = self.archives.iter().filter(move |(output, _)| recipe_of(output) == recipe);
        outputs.flat_map(|(_, stems)| stems.iter().map(String::as_str))
    }

    /// The recipes of `against`, outputs that a recipe is built against, whose code is in one of its `programs`.
    pub(crate) fn linked<'a>(
        &'a self,
        against: &'a BTreeSet<String>,
        programs: &[Program],
    ) -> BTreeSet<&'a str> {
        let holds_c = |is_static| programs.iter().any(|it| it.may_hold_c() && it.is_static == is_static);
        let shared: BTreeSet<&String> =
            against.iter().filter_map(|output| self.shared.get(output)).flatten().collect();
        let (is_static, is_dynamic) = (holds_c(true), holds_c(false));
        let copied = |output: &&String| {
            let archives = self.archives.get(*output);
            is_static && archives.is_some()
                || is_dynamic && archives.into_iter().flatten().any(|stem| !shared.contains(stem))
        };
        against.iter().filter(copied).map(|output| recipe_of(output)).collect()
    }
}

/// The name of a library without `lib` and ending, and whether it is an archive.
fn library(path: &TreePath) -> Option<(&str, bool)> {
    let name = path.as_str().rsplit('/').next()?;
    let stem = name.strip_prefix("lib")?;
    let ends = |ending| stem.strip_suffix(ending).map(|stem| (stem, true));
    ends(".a").or_else(|| ends(".rlib")).or_else(|| stem.strip_suffix(".so").map(|stem| (stem, false)))
}
