// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Everything that a project's files say, checked together: recipes, seed sets, images and what they refer to.

use std::collections::BTreeMap;
use std::fmt;

use crate::check;
use crate::code::Code;
use crate::diagnostic::Diagnostics;
use crate::error::Invalid;
use crate::file::{Document, SourceFile};
use crate::image::ImageDefinition;
use crate::name::{ImageName, RecipeName, SetName};
use crate::project::Project;
use crate::read::Parsed;
use crate::reading::Reading;
use crate::recipe::Recipe;
use crate::seeds::SeedSets;
use crate::suggest::did_you_mean;

/// The texts of a project: all that the checks of this crate depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProjectFiles {
    /// The project's folder as it is shown before paths: empty for the main project, else relative to that one.
    pub folder: String,
    /// Text by path relative to the folder.
    pub texts: BTreeMap<String, String>,
    /// Imported projects, by the name that the import has here.
    pub imports: BTreeMap<RecipeName, ProjectFiles>,
}

impl ProjectFiles {
    pub(crate) fn shown(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    pub(crate) fn file(&self, path: &str) -> Option<SourceFile> {
        self.texts.get(path).map(|text| SourceFile::new(self.shown(path), text.as_str()))
    }
}

/// What the checks ask of the disk: each question names a project's folder (see [`Origin::folder`]) and a path in it.
#[derive(Clone, Copy)]
pub struct OnDisk<'a> {
    /// Whether there is anything.
    pub exists: &'a dyn Fn(&str, &str) -> bool,
    /// The names in a folder; `None` where it cannot be listed, which is reported where its files are read.
    pub names: &'a dyn Fn(&str, &str) -> Option<Vec<String>>,
}

impl fmt::Debug for OnDisk<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnDisk").finish_non_exhaustive()
    }
}

/// Where a recipe comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The name of the project whose recipe it is.
    pub project: RecipeName,
    /// That project's folder relative to the main project's, empty for the main project itself:
    /// what the recipe's own paths are relative to.
    pub folder: String,
    /// The source epoch of recipes of that project which have no dates of their own.
    pub epoch: i64,
}

#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) parsed: Parsed<Recipe>,
    pub(crate) origin: Origin,
}

/// A project with all its recipes, seed sets and images, whose references all lead somewhere.
#[derive(Clone, Debug)]
pub struct RecipeSet {
    pub(crate) project: Parsed<Project>,
    pub(crate) projects: Vec<(String, Parsed<Project>)>,
    pub(crate) recipes: BTreeMap<RecipeName, Entry>,
    pub(crate) images: BTreeMap<ImageName, Parsed<ImageDefinition>>,
    pub(crate) seeds: SeedSets,
    /// The document of each set, for the place of a fault.
    pub(crate) seed_documents: BTreeMap<SetName, Document>,
}

impl RecipeSet {
    /// Checks the texts of a project and of what it imports.
    ///
    /// # Errors
    /// Everything that is wrong with any of them.
    pub fn parse(files: &ProjectFiles) -> Result<Self, Diagnostics> {
        let mut reading = Reading::default();
        let project = reading.read_project(files, true);
        let Reading { projects, recipes, images, archive, sets, seed_documents, known, mut faults } = reading;
        let Some(project) = project else { return Err(faults) };
        let seeds = SeedSets { archive, sets };
        let set = Self { project, projects, recipes, images, seeds, seed_documents };
        check::references(&set, &known, &mut faults);
        check::circles(&set, &mut faults);
        if faults.is_empty() { Ok(set) } else { Err(faults) }
    }

    /// The project's own settings.
    #[must_use]
    pub const fn project(&self) -> &Project {
        &self.project.value
    }

    /// This project and all that it imports, each with its folder relative to this one, which is empty for this one.
    pub fn projects(&self) -> impl Iterator<Item = (&str, &Project)> {
        self.projects.iter().map(|(folder, project)| (folder.as_str(), &project.value))
    }

    /// The archive and all seed sets, imported ones included.
    #[must_use]
    pub const fn seeds(&self) -> &SeedSets {
        &self.seeds
    }

    /// All recipes in order of their names, imported ones included.
    pub fn recipes(&self) -> impl Iterator<Item = &Recipe> {
        self.recipes.values().map(|entry| &entry.parsed.value)
    }

    /// The recipe called `name`.
    #[must_use]
    pub fn recipe(&self, name: &RecipeName) -> Option<&Recipe> {
        self.recipes.get(name).map(|entry| &entry.parsed.value)
    }

    /// All images in order of their names.
    pub fn images(&self) -> impl Iterator<Item = &ImageDefinition> {
        self.images.values().map(|parsed| &parsed.value)
    }

    /// The image called `name`.
    #[must_use]
    pub fn image(&self, name: &ImageName) -> Option<&ImageDefinition> {
        self.images.get(name).map(|parsed| &parsed.value)
    }

    /// The recipe that somebody asked for by `text`.
    ///
    /// # Errors
    /// If there is none; the help names the nearest, or all.
    pub fn find_recipe(&self, text: &str) -> Result<&Recipe, Invalid> {
        RecipeName::parse(text).ok().and_then(|name| self.recipe(&name)).ok_or_else(|| {
            Invalid::new(Code::UnknownRecipe, format!("there is no recipe `{text}`")).help(did_you_mean(
                text,
                "recipes",
                self.recipes.keys().map(RecipeName::as_str),
            ))
        })
    }

    /// The image that somebody asked for by `text`.
    ///
    /// # Errors
    /// If there is none; the help names the nearest, or all.
    pub fn find_image(&self, text: &str) -> Result<&ImageDefinition, Invalid> {
        ImageName::parse(text).ok().and_then(|name| self.image(&name)).ok_or_else(|| {
            Invalid::new(Code::UnknownRecipe, format!("there is no image `{text}`")).help(did_you_mean(
                text,
                "images",
                self.images.keys().map(ImageName::as_str),
            ))
        })
    }

    /// Where a recipe comes from.
    #[must_use]
    pub fn origin(&self, recipe: &RecipeName) -> Option<&Origin> {
        self.recipes.get(recipe).map(|entry| &entry.origin)
    }

    /// The `ashlar.toml` of the project in `folder` (see [`Origin::folder`]), with the places of its values.
    #[must_use]
    pub fn project_document(&self, folder: &str) -> Option<&Document> {
        self.projects.iter().find(|(other, _)| other == folder).map(|(_, project)| &project.document)
    }

    /// The file that defines a seed set, with the places of its values.
    #[must_use]
    pub fn seed_document(&self, set: &SetName) -> Option<&Document> {
        self.seed_documents.get(set)
    }

    /// The file of a recipe, with the places of its values, so that a fault found later can be shown in it.
    #[must_use]
    pub fn recipe_document(&self, recipe: &RecipeName) -> Option<&Document> {
        self.recipes.get(recipe).map(|entry| &entry.parsed.document)
    }

    /// The file of an image definition, with the places of its values.
    #[must_use]
    pub fn image_document(&self, image: &ImageName) -> Option<&Document> {
        self.images.get(image).map(|parsed| &parsed.document)
    }

    /// Every path of a project that some file names and that must exist.
    ///
    /// And whether the patches of a folder are those that the recipe states.
    #[must_use]
    pub fn check_files(&self, disk: &OnDisk<'_>) -> Diagnostics {
        check::files(self, disk)
    }

    /// Every exception whose `until` is over at `now` (seconds since 1970).
    #[must_use]
    pub fn check_dates(&self, now: i64) -> Diagnostics {
        check::dates(self, now)
    }
}
