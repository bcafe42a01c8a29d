// SPDX-License-Identifier: Apache-2.0 OR MIT
//! From a folder to a [`RecipeSet`]: the only part of this crate that reads the disk.
//!
//! ```text
//! ashlar.toml                   names the three below
//! <recipes>/<name>/recipe.toml
//! <images>/<name>.toml
//! <seeds>                       may be missing
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::error::RecipeError;
use crate::file::SourceFile;
use crate::project::{PROJECT_FILE, Project};
use crate::set::{OnDisk, ProjectFiles, RecipeSet};

/// How deep imports may lead: enough for any sane layering, and the end of any circle.
const MAX_IMPORT_DEPTH: usize = 8;

/// The folder of the project that `start` lies in: the nearest one upward that has an `ashlar.toml`.
///
/// # Errors
/// [`RecipeError::NoProject`].
pub fn find_project(start: &Path) -> Result<PathBuf, RecipeError> {
    start
        .ancestors()
        .find(|folder| folder.join(PROJECT_FILE).is_file())
        .map(Path::to_owned)
        .ok_or_else(|| RecipeError::NoProject { start: start.to_owned() })
}

/// Reads and checks the project in `root`, with everything that it imports.
///
/// # Errors
/// [`RecipeError::Read`] where the disk fails, [`RecipeError::Linked`] for a file behind a link, [`RecipeError::Invalid`] with everything that is wrong otherwise.
pub fn load_project(root: &Path) -> Result<RecipeSet, RecipeError> {
    let files = read_files(root, String::new(), 0)?;
    let invalid = |diagnostics| RecipeError::Invalid { diagnostics: Box::new(diagnostics) };
    let set = RecipeSet::parse(&files).map_err(invalid)?;
    let missing = set.check_files(&OnDisk {
        exists: &|folder, path| root.join(folder).join(path).exists(),
        names: &|folder, path| entries(&root.join(folder).join(path)).ok(),
    });
    if missing.is_empty() { Ok(set) } else { Err(invalid(missing)) }
}

fn read_files(root: &Path, folder: String, depth: usize) -> Result<ProjectFiles, RecipeError> {
    let here = root.join(&folder);
    let mut files = ProjectFiles { folder, ..ProjectFiles::default() };
    let Some(text) = read_text(&here.join(PROJECT_FILE))? else { return Ok(files) };
    refuse_links(&here, PROJECT_FILE)?;
    files.texts.insert(PROJECT_FILE.to_owned(), text.clone());
    // A faulty ashlar.toml is reported by the parser of the set; without its settings there is nothing to read.
    let Ok(project) = Project::parse(SourceFile::new(PROJECT_FILE, text)) else { return Ok(files) };

    let recipes = entries(&here.join(project.recipes.as_str()))?.into_par_iter().map(|name| {
        let path = format!("{}/{name}/recipe.toml", project.recipes);
        Ok(owned_text(&here, &path)?.map(|text| (path, text)))
    });
    files.texts.extend(recipes.collect::<Result<Vec<_>, RecipeError>>()?.into_iter().flatten());
    for name in entries(&here.join(project.images.as_str()))? {
        if name.ends_with(".toml") {
            insert_text(&mut files.texts, &here, format!("{}/{name}", project.images))?;
        }
    }
    insert_text(&mut files.texts, &here, project.seeds.to_string())?;

    for import in project.imports {
        let folder = if files.folder.is_empty() {
            import.path.clone()
        } else {
            format!("{}/{}", files.folder, import.path)
        };
        if depth < MAX_IMPORT_DEPTH && root.join(&folder).join(PROJECT_FILE).is_file() {
            files.imports.insert(import.name, read_files(root, folder, depth + 1)?);
        }
    }
    Ok(files)
}

fn insert_text(texts: &mut BTreeMap<String, String>, folder: &Path, path: String) -> Result<(), RecipeError> {
    if let Some(text) = owned_text(folder, &path)? {
        texts.insert(path, text);
    }
    Ok(())
}

/// The text of a file that belongs to the folder, `None` if there is none.
fn owned_text(folder: &Path, path: &str) -> Result<Option<String>, RecipeError> {
    let text = read_text(&folder.join(path))?;
    if text.is_some() {
        refuse_links(folder, path)?;
    }
    Ok(text)
}

/// The digest of a checkout records what a link says, not what it leads to, so no file that is read may be reached by one. The way to
/// the folder itself does not matter.
fn refuse_links(folder: &Path, path: &str) -> Result<(), RecipeError> {
    let mut here = folder.to_owned();
    for part in Path::new(path).components() {
        here.push(part);
        let found = fs::symlink_metadata(&here);
        if found.map_err(|source| RecipeError::Read { path: here.clone(), source })?.is_symlink() {
            return Err(RecipeError::Linked { path: folder.join(path) });
        }
    }
    Ok(())
}

/// The text of a file, `None` if there is none.
fn read_text(path: &Path) -> Result<Option<String>, RecipeError> {
    match fs::read(path) {
        Ok(bytes) => {
            String::from_utf8(bytes).map(Some).map_err(|_| RecipeError::NotUtf8 { path: path.to_owned() })
        }
        Err(source) if matches!(source.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Ok(None)
        }
        Err(source) => Err(RecipeError::Read { path: path.to_owned(), source }),
    }
}

/// The names in a folder, sorted; none if there is no such folder. Hidden ones belong to editors.
fn entries(folder: &Path) -> Result<Vec<String>, RecipeError> {
    let failed = |source| RecipeError::Read { path: folder.to_owned(), source };
    let reader = match fs::read_dir(folder) {
        Ok(reader) => reader,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(source) => return Err(failed(source)),
    };
    let mut names = Vec::new();
    for entry in reader {
        let name = entry.map_err(failed)?.file_name();
        let name = name.into_string().map_err(|name| RecipeError::NotUtf8 { path: folder.join(name) })?;
        if !name.starts_with('.') {
            names.push(name);
        }
    }
    names.sort_unstable();
    Ok(names)
}
