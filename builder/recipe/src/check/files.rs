// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of the project that are named and do not exist.

use super::references::numbered;
use super::reporter::Reporter;
use crate::assertion::Assertion;
use crate::code::Code;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::location::ProjectPath;
use crate::recipe::Recipe;
use crate::set::RecipeSet;
use crate::source::{OpenPgp, SourceKind};

/// See [`RecipeSet::check_files`].
pub(crate) fn files(set: &RecipeSet, exists: &dyn Fn(&str, &str) -> bool) -> Diagnostics {
    let mut faults = Diagnostics::new();
    for entry in set.recipes.values() {
        let mut reporter = Reporter { document: &entry.parsed.document, faults: &mut faults };
        for (key_path, path) in recipe_paths(&entry.parsed.value) {
            if !exists(&entry.origin.folder, path.as_str()) {
                reporter.report(&key_path, missing(path));
            }
        }
    }
    for parsed in set.images.values() {
        let mut reporter = Reporter { document: &parsed.document, faults: &mut faults };
        for (index, file) in parsed.value.root.files.iter().enumerate() {
            if let Some(path) = file.content.project_path()
                && !exists("", path.as_str())
            {
                reporter.report(&format!("root.file[{index}]"), missing(path));
            }
        }
    }
    faults
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
