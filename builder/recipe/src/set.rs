// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Everything that a project's files say, checked together: recipes, seed sets, images and what they refer to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::check;
use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::error::Invalid;
use crate::file::{Document, SourceFile};
use crate::image::ImageDefinition;
use crate::name::{ImageName, RecipeName, SetName};
use crate::project::{PROJECT_FILE, Project};
use crate::read::Parsed;
use crate::recipe::Recipe;
use crate::seeds::{Archive, SeedSet, SeedSets};
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
    fn shown(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }

    fn file(&self, path: &str) -> Option<SourceFile> {
        self.texts.get(path).map(|text| SourceFile::new(self.shown(path), text.as_str()))
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
        let Reading { recipes, images, archive, sets, seed_documents, known, mut faults } = reading;
        let Some(project) = project else { return Err(faults) };
        let seeds = SeedSets { archive, sets };
        let set = Self { project, recipes, images, seeds, seed_documents };
        check::references(&set, &known, &mut faults);
        if faults.is_empty() { Ok(set) } else { Err(faults) }
    }

    /// The project's own settings.
    #[must_use]
    pub const fn project(&self) -> &Project {
        &self.project.value
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
    /// `exists` is asked with the project's folder (see [`Origin::folder`]) and the path in it.
    #[must_use]
    pub fn check_files(&self, exists: &dyn Fn(&str, &str) -> bool) -> Diagnostics {
        check::files(self, exists)
    }

    /// Every exception whose `until` is over at `now` (seconds since 1970).
    #[must_use]
    pub fn check_dates(&self, now: i64) -> Diagnostics {
        check::dates(self, now)
    }
}

/// What has been read of a project and its imports so far.
#[derive(Default)]
struct Reading {
    recipes: BTreeMap<RecipeName, Entry>,
    images: BTreeMap<ImageName, Parsed<ImageDefinition>>,
    archive: Option<Archive>,
    sets: BTreeMap<SetName, SeedSet>,
    seed_documents: BTreeMap<SetName, Document>,
    /// Names of recipes whose files are there, even if they could not be read: nobody refers to them in vain.
    known: BTreeSet<String>,
    faults: Diagnostics,
}

impl Reading {
    fn take<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        result.map_err(|faults| self.faults.append(faults)).ok()
    }

    fn fault(&mut self, document: &Document, span: Range<usize>, fault: Diagnostic) {
        self.faults.add_file(document.file());
        self.faults.push(fault.at(document.file(), span, ""));
    }

    fn read_project(&mut self, files: &ProjectFiles, main: bool) -> Option<Parsed<Project>> {
        let Some(file) = files.file(PROJECT_FILE) else {
            let path = files.shown(PROJECT_FILE);
            self.faults.push(Diagnostic::new(Code::MissingFile, format!("there is no {path}")));
            return None;
        };
        let project = Project::parse_document(file);
        let project = self.take(project)?;
        let settings = &project.value;
        let origin = Origin { project: settings.name.clone(), folder: files.folder.clone() };
        let recipes = format!("{}/", settings.recipes);
        for path in files.texts.keys() {
            let folder = path.strip_prefix(&recipes).and_then(|rest| rest.strip_suffix("/recipe.toml"));
            if let Some(folder) = folder.filter(|folder| !folder.contains('/')) {
                self.read_recipe(files, path, folder, &origin);
            }
        }
        if let Some(file) = files.file(settings.seeds.as_str()) {
            self.read_seeds(file, main);
        }
        if main {
            let images = format!("{}/", settings.images);
            for path in files.texts.keys() {
                let name = path.strip_prefix(&images).and_then(|rest| rest.strip_suffix(".toml"));
                if let Some(name) = name.filter(|name| !name.contains('/')) {
                    self.read_image(files, path, name);
                }
            }
        }
        for import in &settings.imports {
            let key = format!("import.{}.path", import.name);
            let span = project.document.value(&key);
            match files.imports.get(&import.name) {
                Some(imported) => {
                    self.read_project(imported, false);
                }
                None => {
                    let message = format!("there is no project in {}", import.path);
                    let fault = Diagnostic::new(Code::Import, message)
                        .help("the path leads to a folder with an ashlar.toml, relative to this one");
                    self.fault(&project.document, span, fault);
                }
            }
        }
        Some(project)
    }

    fn read_recipe(&mut self, files: &ProjectFiles, path: &str, folder: &str, origin: &Origin) {
        self.known.insert(folder.to_owned());
        let Some(file) = files.file(path) else { return };
        let parsed = Recipe::parse_document(file);
        let Some(parsed) = self.take(parsed) else { return };
        let name = parsed.value.name.clone();
        let span = parsed.document.value("recipe.name");
        if name.as_str() != folder {
            let message = format!("the recipe `{name}` is in a folder called `{folder}`");
            let fault = Diagnostic::new(Code::NameMismatch, message).help("give both the same name");
            self.fault(&parsed.document, span.clone(), fault);
        }
        if let Some(other) = self.recipes.get(&name) {
            let other = other.parsed.document.clone();
            self.fault_twice(&format!("recipe `{name}`"), &parsed.document, span, &other, "recipe.name");
            return;
        }
        self.recipes.insert(name, Entry { parsed, origin: origin.clone() });
    }

    fn read_image(&mut self, files: &ProjectFiles, path: &str, stem: &str) {
        let Some(file) = files.file(path) else { return };
        let parsed = ImageDefinition::parse_document(file);
        let Some(parsed) = self.take(parsed) else { return };
        let name = parsed.value.name.clone();
        if name.as_str() != stem {
            let message = format!("the image `{name}` is in a file called `{stem}.toml`");
            let fault = Diagnostic::new(Code::NameMismatch, message).help("give both the same name");
            self.fault(&parsed.document, parsed.document.value("image.name"), fault);
            return;
        }
        self.images.insert(name, parsed);
    }

    fn read_seeds(&mut self, file: SourceFile, main: bool) {
        let parsed = SeedSets::parse_document(file);
        let Some(Parsed { value, document }) = self.take(parsed) else { return };
        // The main project decides whom to trust; an import's archive counts only where it says nothing.
        if main || self.archive.is_none() {
            self.archive = value.archive.or_else(|| self.archive.take());
        }
        for (name, set) in value.sets {
            let key = format!("set.{name}");
            if let Some(other) = self.seed_documents.get(&name).cloned() {
                let span = document.key(&key);
                self.fault_twice(&format!("seed set `{name}`"), &document, span, &other, &key);
                continue;
            }
            self.seed_documents.insert(name.clone(), document.clone());
            self.sets.insert(name, set);
        }
    }

    fn fault_twice(
        &mut self,
        what: &str,
        document: &Document,
        span: Range<usize>,
        other: &Document,
        other_key: &str,
    ) {
        self.faults.add_file(document.file());
        self.faults.add_file(other.file());
        let fault = Diagnostic::new(Code::DuplicateDefinition, format!("the {what} is defined twice"))
            .at(document.file(), span, "here")
            .at(other.file(), other.key(other_key), "and here")
            .help("rename one, or import only one of the projects that define it");
        self.faults.push(fault);
    }
}
