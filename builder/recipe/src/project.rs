// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar.toml`: what a project is called, where its files are, what it imports.
//! Syntax: docs/recipe-format.md, "projects".

use crate::diagnostic::Diagnostics;
use crate::file::SourceFile;
use crate::import::Import;
use crate::location::{ProjectPath, Url};
use crate::name::RecipeName;
use crate::read::{Parsed, Scope, distinct, integer, parse_document, table, text};
use crate::recipe::{MAX_EPOCH, supplier};

/// The file that makes a folder a project.
pub(crate) const PROJECT_FILE: &str = "ashlar.toml";

/// One `ashlar.toml`, checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its name, the first part of release names.
    pub name: RecipeName,
    /// Who supplies what it makes (SPDX 2.3 §7.5).
    pub supplier: String,
    /// The source epoch of recipes and images that have no date of their own, in seconds since 1970.
    pub epoch: i64,
    /// The folder of recipes: each is `<folder>/<name>/recipe.toml`.
    pub recipes: ProjectPath,
    /// The folder of image definitions: each is `<folder>/<name>.toml`.
    pub images: ProjectPath,
    /// The file of seed sets; it may be missing.
    pub seeds: ProjectPath,
    /// Servers that hold upstream files by their names, tried after a source's own URLs.
    pub mirrors: Vec<Url>,
    /// Other projects whose recipes and seed sets are used.
    pub imports: Vec<Import>,
}

impl Project {
    /// Checks the text of an `ashlar.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(file: SourceFile) -> Result<Self, Diagnostics> {
        Self::parse_document(file).map(|parsed| parsed.value)
    }

    pub(crate) fn parse_document(file: SourceFile) -> Result<Parsed<Self>, Diagnostics> {
        parse_document(file, |scope| {
            let imports = scope.optional("import", |value| {
                value.map(RecipeName::parse, |name, value| value.table(|scope| Import::read(name, scope)))
            });
            let project = scope.required("project", table(Self::read));
            let imports = imports.unwrap_or_default().into_iter().map(|(_, import)| import).collect();
            Some(Self { imports, ..project? })
        })
    }

    fn read(scope: &Scope<'_, '_>) -> Option<Self> {
        let name = scope.required("name", text(RecipeName::parse));
        let supplier = scope.required("supplier", text(supplier));
        let epoch = scope.required("epoch", integer(0..=MAX_EPOCH));
        let recipes = scope.optional("recipes", text(ProjectPath::parse));
        let images = scope.optional("images", text(ProjectPath::parse));
        let seeds = scope.optional("seeds", text(ProjectPath::parse));
        let mirrors = scope.optional("mirrors", distinct(Url::parse)).unwrap_or_default();
        Some(Self {
            name: name?,
            supplier: supplier?,
            epoch: epoch?,
            recipes: or_default(recipes, "recipes")?,
            images: or_default(images, "images/definitions")?,
            seeds: or_default(seeds, "seeds.toml")?,
            mirrors,
            imports: Vec::new(),
        })
    }
}

fn or_default(path: Option<ProjectPath>, default: &str) -> Option<ProjectPath> {
    path.or_else(|| ProjectPath::parse(default).ok())
}
