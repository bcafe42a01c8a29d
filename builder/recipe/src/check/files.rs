// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of the project that are named and do not exist, and patches that nobody speaks of.

use std::collections::BTreeSet;

use ashlar_tree::TreePath;

use super::references::numbered;
use super::reporter::Reporter;
use crate::assertion::Assertion;
use crate::code::Code;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::location::ProjectPath;
use crate::recipe::Recipe;
use crate::set::{OnDisk, RecipeSet};
use crate::source::{OpenPgp, Source, SourceKind};

/// See [`RecipeSet::check_files`].
pub(crate) fn files(set: &RecipeSet, disk: &OnDisk<'_>) -> Diagnostics {
    let mut faults = Diagnostics::new();
    for entry in set.recipes.values() {
        let mut reporter = Reporter { document: &entry.parsed.document, faults: &mut faults };
        for (key_path, path) in recipe_paths(&entry.parsed.value) {
            if !(disk.exists)(&entry.origin.folder, path.as_str()) {
                reporter.report(&key_path, missing(path));
            }
        }
        for (index, source) in entry.parsed.value.sources.iter().enumerate() {
            let names = |path: &ProjectPath| (disk.names)(&entry.origin.folder, path.as_str());
            patches(source, &format!("source[{index}]"), names, &mut reporter);
        }
    }
    for parsed in set.images.values() {
        let mut reporter = Reporter { document: &parsed.document, faults: &mut faults };
        for (index, file) in parsed.value.root.files.iter().enumerate() {
            if let Some(path) = file.content.project_path()
                && !(disk.exists)("", path.as_str())
            {
                reporter.report(&format!("root.file[{index}]"), missing(path));
            }
        }
    }
    faults
}

/// A folder's patches are applied all, so each must be stated, and each that is stated must be there.
fn patches(
    source: &Source,
    key: &str,
    names: impl Fn(&ProjectPath) -> Option<Vec<String>>,
    reporter: &mut Reporter<'_>,
) {
    let SourceKind::Path { path, include } = &source.kind else { return };
    if source.patches.is_empty() {
        return;
    }
    let is_taken =
        |name: &TreePath| include.is_empty() || include.iter().any(|pattern| pattern.matches(name));
    let Some(names) = names(path) else { return };
    // What is no path in a tree is refused where the folder is read.
    let names = names.into_iter().filter_map(|name| TreePath::parse(&name).ok());
    let on_disk: BTreeSet<TreePath> =
        names.filter(|name| name.as_str().ends_with(".patch") && is_taken(name)).collect();
    let stated: BTreeSet<&TreePath> = source.patches.iter().filter_map(|patch| patch.file.as_ref()).collect();
    for name in on_disk.iter().filter(|name| !stated.contains(name)) {
        let message = format!("{path} holds {name}, of which nothing is said");
        let help = "write a `[[source.patch]]` for it, or take it away: every patch of the folder is applied";
        reporter.report(&format!("{key}.path"), Invalid::new(Code::Patch, message).help(help));
    }
    for (index, patch) in source.patches.iter().enumerate() {
        if let Some(file) = patch.file.as_ref().filter(|file| !on_disk.contains(file)) {
            let message = format!("no patch {file} is taken from {path}");
            let help = "name a file of that folder that ends in .patch, and that `include` takes";
            reporter
                .report(&format!("{key}.patch[{index}].file"), Invalid::new(Code::Patch, message).help(help));
        }
    }
}

fn missing(path: &ProjectPath) -> Invalid {
    Invalid::new(Code::MissingFile, format!("there is no {path} in this project"))
        .help("paths are relative to the folder of ashlar.toml")
}

fn recipe_paths(recipe: &Recipe) -> Vec<(String, &ProjectPath)> {
    let mut found = Vec::new();
    for (index, source) in recipe.sources.iter().enumerate() {
        let key = |rest: &str| format!("source[{index}].{rest}");
        match &source.kind {
            SourceKind::Path { path, .. } => found.push((key("path"), path)),
            SourceKind::Crates { lock, .. } => found.push((key("crates.lock"), lock)),
            SourceKind::Go { sum, module } => {
                found.push((key("go.sum"), sum));
                found.push((key("go.mod"), module));
            }
            SourceKind::Url { openpgp, .. } | SourceKind::Debian { openpgp, .. } => {
                found.extend(openpgp.iter().map(|OpenPgp { keyring, .. }| (key("openpgp.keyring"), keyring)));
            }
        }
    }
    for (index, assertion) in recipe.build.asserts.iter().enumerate() {
        let Assertion::KernelConfig { fragments, .. } = assertion;
        numbered(&mut found, &format!("build.assert[{index}].kernel-config.fragments"), fragments);
    }
    found
}
