// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of Go modules that recipes pin by a go.sum: fetched, judged by its `h1:` hashes, and written down by our digest.
//!
//! The hash of go.sum is one of a zip's *contents*, so different bytes can have it. The lock says which bytes were judged.

use std::collections::BTreeMap;
use std::path::Path;

use ashlar_digest::{BlobDigest, SourceDigest};
use ashlar_fetch::FetchError;
use ashlar_fetch::go::{GoFile, GoFileKind, GoModules};
use ashlar_plan::{LockedModule, Lockfile, ModuleId, ModuleKind};
use ashlar_recipe::{Recipe, RecipeSet, SourceKind};
use ashlar_store::StoreError;

use crate::{Locker, LockerError};

/// A file that a go.sum pins, and the recipe that names the go.sum.
#[derive(Clone, Debug)]
pub(crate) struct WantedModule {
    pub(crate) recipe: String,
    pub(crate) file: GoFile,
}

impl WantedModule {
    /// What names it within a lock.
    pub(crate) fn id(&self) -> ModuleId {
        let kind = match self.file.kind {
            GoFileKind::Mod => ModuleKind::Mod,
            GoFileKind::Zip => ModuleKind::Zip,
        };
        (self.file.module.path().to_owned(), self.file.module.version().to_owned(), kind)
    }

    /// What `lock` holds for it, if that is for the same hash.
    pub(crate) fn locked<'l>(&self, lock: &'l Lockfile) -> Option<&'l LockedModule> {
        lock.modules.get(&self.id()).filter(|locked| locked.h1 == self.file.hash.to_string())
    }
}

/// The module files of one recipe of the project in `root`.
pub(crate) fn of_recipe(
    recipes: &RecipeSet,
    root: &Path,
    recipe: &Recipe,
) -> Result<Vec<WantedModule>, LockerError> {
    let folder = recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str());
    let read = |path: &str| {
        std::fs::read_to_string(root.join(folder).join(path))
            .map_err(|cause| LockerError::ProjectFile { path: path.to_owned(), reason: cause.to_string() })
    };
    let mut wanted = Vec::new();
    for source in &recipe.sources {
        if let SourceKind::Go { sum, module } = &source.kind {
            let (go_sum, go_mod) = (read(sum.as_str())?, read(module.as_str())?);
            let modules =
                GoModules::parse(&go_sum, &go_mod, (sum.as_str(), module.as_str())).map_err(|cause| {
                    LockerError::Fetch {
                        what: format!("modules of recipe {}", recipe.name),
                        cause: Box::new(cause),
                    }
                })?;
            wanted.extend(modules.files().map(|file| WantedModule { recipe: recipe.name.to_string(), file }));
        }
    }
    Ok(wanted)
}

/// The module files of all recipes that `chosen` takes.
pub(crate) fn wanted(
    recipes: &RecipeSet,
    root: &Path,
    chosen: &dyn Fn(&str) -> bool,
) -> Result<Vec<WantedModule>, LockerError> {
    let mut wanted = Vec::new();
    for recipe in recipes.recipes().filter(|recipe| chosen(recipe.name.as_str())) {
        wanted.extend(of_recipe(recipes, root, recipe)?);
    }
    Ok(wanted)
}

/// Judges what the store has from `previous`, and fetches the rest.
pub(crate) fn lock(
    locker: &Locker<'_>,
    previous: Option<&Lockfile>,
    wanted: &[WantedModule],
    lock: &mut Lockfile,
) -> Result<(), LockerError> {
    // By file and not by name: where two recipes pin different hashes for one name, one of them is refused.
    let mut missing: BTreeMap<GoFile, &WantedModule> = BTreeMap::new();
    for item in wanted {
        match previous
            .and_then(|previous| item.locked(previous))
            .filter(|known| is_stored(locker, item, known))
        {
            Some(known) => drop(lock.modules.insert(item.id(), known.clone())),
            None => drop(missing.insert(item.file.clone(), item)),
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let proxies = locker.go.proxies();
    let deliver = |_: &GoFile, path: &Path, digest: SourceDigest| -> Result<_, StoreError> {
        let (_, size) = locker.store.adopt_file(path, digest)?;
        Ok((digest, size))
    };
    let results = locker.fetcher.fetch_go_files(
        missing.keys().cloned().collect(),
        proxies.as_ref().ok(),
        &locker.store.partial_directory(),
        locker.progress.fetching(),
        deliver,
    );
    let mut failures: BTreeMap<GoFile, FetchError> = BTreeMap::new();
    for (file, result) in results {
        match result {
            Ok(stored) => {
                let (digest, size) = stored.map_err(|cause| LockerError::Store { cause: Box::new(cause) })?;
                let Some(item) = missing.get(&file) else { continue };
                let (module, version, kind) = item.id();
                let locked = LockedModule { module, version, kind, h1: file.hash.to_string(), size, digest };
                lock.modules.insert(locked.id(), locked);
            }
            Err(cause) => drop(failures.insert(file, cause)),
        }
    }
    let Some(first) = failures.keys().next() else { return Ok(()) };
    let recipe = missing.get(first).map_or_else(String::new, |item| item.recipe.clone());
    // That nobody named a proxy explains everything that was not found elsewhere.
    let causes = proxies.err().into_iter().chain(failures.into_values()).collect();
    Err(LockerError::Modules { recipe, causes })
}

/// Whether the store has what the previous lock says, and it is what go.sum says.
fn is_stored(locker: &Locker<'_>, item: &WantedModule, known: &LockedModule) -> bool {
    let path = locker.store.blob_path(BlobDigest::new(known.digest.sha256()), false);
    path.is_ok_and(|path| item.file.verify(&path).is_ok())
}
