// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The order of locking: suites, sets, source files, Go modules, epochs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use ashlar_fetch::crates::CargoClient;
use ashlar_fetch::go::GoClient;
use ashlar_fetch::{Fetcher, Request};
use ashlar_openpgp::{Fingerprint, Keyring};
use ashlar_plan::{LockedFile, Lockfile};
use ashlar_recipe::{Archive, RecipeSet};
use ashlar_store::Store;

use crate::archive::{self, TrustedSuite};
use crate::{LockerError, epoch, modules, sets, signature, sources};

/// Listens to locking.
pub trait Progress {
    /// Something was done or decided that the reader of the lock should know.
    fn note(&self, text: &str);
    /// Who listens to downloads.
    fn fetching(&self) -> &dyn ashlar_fetch::Progress;
}

/// Everything that locking needs.
pub struct Locker<'a> {
    /// The project.
    pub recipes: &'a RecipeSet,
    /// Its folder, for keyrings and language locks.
    pub root: &'a Path,
    /// Where fetched files go.
    pub store: &'a Store,
    /// Brings them.
    pub fetcher: &'a Fetcher,
    /// Bases of mirrors, in the order in which they are asked.
    pub mirrors: &'a [String],
    /// The host's cargo, for crates.
    pub cargo: &'a CargoClient,
    /// The host's settings for Go, for module proxies.
    pub go: &'a GoClient,
    /// Seconds since 1970: the moment at which trust is judged.
    pub now: u64,
    /// Who listens.
    pub progress: &'a dyn Progress,
}

impl std::fmt::Debug for Locker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Locker").field("root", &self.root).field("now", &self.now).finish_non_exhaustive()
    }
}

/// A new lock, whose files are all in the store.
#[derive(Clone, Debug)]
pub struct Locked {
    /// The lock.
    pub lock: Lockfile,
}

impl Locker<'_> {
    /// Makes a lock. `only` names seed sets and recipes; where it is not empty, everything else is taken from `previous`.
    ///
    /// # Errors
    /// [`LockerError`]: nothing is written before everything was verified and fetched.
    pub fn lock(&self, previous: Option<&Lockfile>, only: &[String]) -> Result<Locked, LockerError> {
        let mut lock = Lockfile::default();
        let chosen =
            |name: &str| only.is_empty() || only.iter().any(|wanted| wanted == name) || previous.is_none();
        let sets: BTreeSet<&str> =
            self.recipes.seeds().sets.keys().map(|set| set.as_str()).filter(|set| chosen(set)).collect();
        let wanted_files = sources::wanted(self.recipes, &|recipe| chosen(recipe));
        let wanted_modules = modules::wanted(self.recipes, self.root, &|recipe| chosen(recipe))?;
        if let Some(previous) = previous {
            self.keep(previous, &mut lock, &sets, &|recipe| chosen(recipe))?;
        }
        if !sets.is_empty() || !wanted_files.is_empty() {
            let wanted = sets
                .iter()
                .next()
                .map_or("sources of Debian packages".to_owned(), |set| format!("seed set {set}"));
            let archive = self.recipes.seeds().archive.as_ref().ok_or(LockerError::NoArchive { wanted })?;
            let suites = self.trust(archive, previous)?;
            let universe = RefCell::new(None);
            sets::lock(self, archive, &suites, &sets, &universe, &mut lock)?;
            sources::lock(self, &suites, &wanted_files, &mut lock)?;
            lock.suites = suites.iter().map(|suite| suite.locked.clone()).collect();
            lock.suites.sort_by(|a, b| a.name.cmp(&b.name));
        }
        modules::lock(self, previous, &wanted_modules, &mut lock)?;
        for recipe in self.recipes.recipes().filter(|recipe| chosen(recipe.name.as_str())) {
            if let Some(found) = epoch::of_recipe(self, recipe)? {
                lock.epochs.insert(recipe.name.to_string(), found);
            }
            signature::verify(self, recipe)?;
        }
        Ok(Locked { lock })
    }

    /// Takes over what is not locked again.
    fn keep(
        &self,
        previous: &Lockfile,
        lock: &mut Lockfile,
        sets: &BTreeSet<&str>,
        chosen: &dyn Fn(&str) -> bool,
    ) -> Result<(), LockerError> {
        lock.suites.clone_from(&previous.suites);
        for (set, ids) in previous.sets.iter().filter(|(set, _)| !sets.contains(set.as_str())) {
            if self.recipes.seeds().sets.keys().any(|known| known.as_str() == set) {
                lock.sets.insert(set.clone(), ids.clone());
                let packages = ids.iter().filter_map(|id| previous.packages.get(id));
                lock.packages.extend(packages.map(|package| (package.id(), package.clone())));
            }
        }
        for recipe in self.recipes.recipes().filter(|recipe| !chosen(recipe.name.as_str())) {
            if let Some(epoch) = previous.epochs.get(recipe.name.as_str()) {
                lock.epochs.insert(recipe.name.to_string(), *epoch);
            }
            for (file, _) in sources::debian_files(recipe) {
                let key = (file.package.clone(), file.version.clone(), file.file.clone());
                let found: Option<&LockedFile> = previous.files.get(&key);
                lock.files.extend(found.map(|found| (key, found.clone())));
            }
            for module in modules::of_recipe(self.recipes, self.root, recipe)? {
                lock.modules.extend(module.locked(previous).map(|found| (module.id(), found.clone())));
            }
        }
        Ok(())
    }

    pub(crate) fn trust(
        &self,
        archive: &Archive,
        previous: Option<&Lockfile>,
    ) -> Result<Vec<TrustedSuite>, LockerError> {
        let bytes = self.project_file(&archive.folder, archive.keyring.as_str())?;
        let failed = |cause| LockerError::Keyring { what: archive.keyring.as_str().to_owned(), cause };
        let pinned = archive.keyrings.iter().map(|fingerprint| fingerprint.as_str().parse::<Fingerprint>());
        let pinned = pinned.collect::<Result<Vec<_>, _>>().map_err(failed)?;
        let keyring = Keyring::parse(&bytes, &pinned)
            .map_err(|cause| LockerError::Keyring { what: archive.keyring.as_str().to_owned(), cause })?;
        let mut suites = Vec::new();
        for suite in &archive.suites {
            let known = previous.and_then(|lock| lock.suites.iter().find(|known| known.name == suite.name));
            let trusted = archive::trust(self.fetcher, &keyring, suite, self.mirrors, known, self.now)?;
            self.progress.note(&format!(
                "{}: Release of {} signed by {}",
                suite.name, trusted.locked.date, trusted.locked.signer
            ));
            suites.push(trusted);
        }
        Ok(suites)
    }

    /// A file of the project in `folder`, which is the main one or an import.
    pub(crate) fn project_file(&self, folder: &str, path: &str) -> Result<Vec<u8>, LockerError> {
        let path = self.root.join(folder).join(path);
        std::fs::read(&path).map_err(|cause| LockerError::ProjectFile {
            path: path.display().to_string(),
            reason: cause.to_string(),
        })
    }

    /// Brings files into the store; gives those that no place has.
    pub(crate) fn bring(&self, requests: Vec<Request>) -> Result<Vec<Request>, LockerError> {
        let mut missing = Vec::new();
        let wanted: Vec<Request> = requests
            .into_iter()
            .filter(|request| !self.store.has_blob(ashlar_digest::BlobDigest::new(request.digest.sha256())))
            .collect();
        let by_digest: BTreeMap<_, Request> =
            wanted.iter().map(|request| (request.digest, request.clone())).collect();
        let deliver = |request: &Request, path: &Path| self.store.adopt_file(path, request.digest).map(drop);
        let partial = self.store.partial_directory();
        for (digest, result) in self.fetcher.fetch_all(wanted, &partial, self.progress.fetching(), deliver) {
            match result {
                Ok(stored) => stored.map_err(|cause| LockerError::Store { cause: Box::new(cause) })?,
                Err(cause) if cause.is_absent() => missing.extend(by_digest.get(&digest).cloned()),
                Err(cause) => {
                    let what = by_digest
                        .get(&digest)
                        .map_or_else(|| digest.to_string(), |request| request.name.clone());
                    return Err(LockerError::Fetch { what, cause: Box::new(cause) });
                }
            }
        }
        Ok(missing)
    }
}
