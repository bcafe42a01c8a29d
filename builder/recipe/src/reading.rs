// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The texts of a project and its imports, one after the other, into what a [`crate::RecipeSet`] holds.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use rayon::prelude::*;

use crate::code::Code;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::file::{Document, SourceFile};
use crate::image::ImageDefinition;
use crate::name::{ImageName, RecipeName, SetName};
use crate::project::{PROJECT_FILE, Project};
use crate::read::Parsed;
use crate::recipe::Recipe;
use crate::seeds::{Archive, SeedSet, SeedSets};
use crate::set::{Entry, Origin, ProjectFiles};

/// What has been read of a project and its imports so far.
#[derive(Default)]
pub(crate) struct Reading {
    /// The project itself first, then what it imports.
    pub(crate) projects: Vec<(String, Parsed<Project>)>,
    pub(crate) recipes: BTreeMap<RecipeName, Entry>,
    pub(crate) images: BTreeMap<ImageName, Parsed<ImageDefinition>>,
    pub(crate) archive: Option<Archive>,
    pub(crate) sets: BTreeMap<SetName, SeedSet>,
    pub(crate) seed_documents: BTreeMap<SetName, Document>,
    /// Names of recipes whose files are there, even if they could not be read: nobody refers to them in vain.
    pub(crate) known: BTreeSet<String>,
    pub(crate) faults: Diagnostics,
}

impl Reading {
    fn take<T>(&mut self, result: Result<T, Diagnostics>) -> Option<T> {
        result.map_err(|faults| self.faults.append(faults)).ok()
    }

    fn fault(&mut self, document: &Document, span: Range<usize>, fault: Diagnostic) {
        self.faults.add_file(document.file());
        self.faults.push(fault.at(document.file(), span, ""));
    }

    pub(crate) fn read_project(&mut self, files: &ProjectFiles, main: bool) -> Option<Parsed<Project>> {
        let Some(file) = files.file(PROJECT_FILE) else {
            let path = files.shown(PROJECT_FILE);
            self.faults.push(Diagnostic::new(Code::MissingFile, format!("there is no {path}")));
            return None;
        };
        let project = Project::parse_document(file);
        let project = self.take(project)?;
        self.projects.push((files.folder.clone(), project.clone()));
        let settings = &project.value;
        let origin =
            Origin { project: settings.name.clone(), folder: files.folder.clone(), epoch: settings.epoch };
        let recipes = format!("{}/", settings.recipes);
        let recipes = files.texts.keys().filter_map(|path| {
            let folder = path.strip_prefix(&recipes).and_then(|rest| rest.strip_suffix("/recipe.toml"))?;
            let file = (!folder.contains('/')).then(|| files.file(path))??;
            Some((folder, file))
        });
        // Each file by itself, on all processors; what they say together follows in the order of their names.
        let parsed: Vec<_> = recipes
            .collect::<Vec<_>>()
            .into_par_iter()
            .map(|(folder, file)| (folder, Recipe::parse_document(file)))
            .collect();
        for (folder, parsed) in parsed {
            self.add_recipe(folder, parsed, &origin);
        }
        if let Some(file) = files.file(settings.seeds.as_str()) {
            self.read_seeds(file, &files.folder, main);
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
                        .help("the path leads to a folder with an ashlar.toml, relative to this one; imports cannot lead in a circle");
                    self.fault(&project.document, span, fault);
                }
            }
        }
        Some(project)
    }

    fn add_recipe(&mut self, folder: &str, parsed: Result<Parsed<Recipe>, Diagnostics>, origin: &Origin) {
        self.known.insert(folder.to_owned());
        let Some(parsed) = self.take(parsed) else { return };
        let name = parsed.value.name.clone();
        let span = || parsed.document.value("recipe.name");
        if name.as_str() != folder {
            let message = format!("the recipe `{name}` is in a folder called `{folder}`");
            let fault = Diagnostic::new(Code::NameMismatch, message).help("give both the same name");
            self.fault(&parsed.document, span(), fault);
        }
        if let Some(other) = self.recipes.get(&name) {
            let other = other.parsed.document.clone();
            self.fault_twice(&format!("recipe `{name}`"), &parsed.document, span(), &other, "recipe.name");
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

    fn read_seeds(&mut self, file: SourceFile, folder: &str, main: bool) {
        let parsed = SeedSets::parse_document(file);
        let Some(Parsed { value, document }) = self.take(parsed) else { return };
        // The main project decides whom to trust; an import's archive counts only where it says nothing.
        if main || self.archive.is_none() {
            let named = value.archive.map(|archive| Archive { folder: folder.to_owned(), ..archive });
            self.archive = named.or_else(|| self.archive.take());
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
