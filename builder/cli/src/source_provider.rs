// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Brings the sources of a graph: archives from mirrors, upstream files from their servers, crates through cargo, Go modules
//! from module proxies.

use std::collections::BTreeSet;
use std::path::Path;

use ashlar_digest::{BlobDigest, SourceDigest};
use ashlar_engine::{SourceError, SourceProvider};
use ashlar_fetch::crates::{CargoClient, CrateSet};
use ashlar_fetch::go::{GoClient, GoProxies, ModuleVersion};
use ashlar_fetch::{FetchError, Fetcher, Request};
use ashlar_plan::{Catalog, Location};
use ashlar_store::Store;

use crate::failure::chain;
use crate::terminal::Terminal;

/// How many files that failed are told one by one: where the network is gone, all say the same.
const TOLD: usize = 3;

/// Everything that brings bytes.
pub(crate) struct Provider<'a> {
    pub(crate) store: &'a Store,
    pub(crate) fetcher: &'a Fetcher,
    pub(crate) catalog: &'a Catalog,
    /// Bases of archive mirrors.
    pub(crate) mirrors: &'a [String],
    /// Servers that hold upstream files by name.
    pub(crate) file_mirrors: &'a [String],
    /// The crate sets of all recipes: cargo resolves a set only as a whole.
    pub(crate) crates: &'a [CrateSet],
    pub(crate) cargo: &'a CargoClient,
    pub(crate) go: &'a GoClient,
    pub(crate) terminal: &'a Terminal,
}

impl SourceProvider for Provider<'_> {
    fn bring(&self, wanted: &[SourceDigest]) -> Result<(), SourceError> {
        let wanted: BTreeSet<SourceDigest> = wanted.iter().copied().collect();
        let mut requests = self.crate_requests(&wanted)?;
        let is_module =
            |digest: &SourceDigest| matches!(self.catalog.get(digest), Some(Location::GoModule { .. }));
        let proxies = wanted.iter().any(is_module).then(|| self.go.proxies());
        let known_proxies = proxies.as_ref().and_then(|proxies| proxies.as_ref().ok());
        for digest in &wanted {
            match self.catalog.get(digest) {
                Some(Location::Crate { .. }) | None => {}
                Some(location) => requests.push(self.request(*digest, location, known_proxies)),
            }
        }
        let deliver = |request: &Request, path: &Path| self.store.adopt_file(path, request.digest).map(drop);
        let partial = self.store.partial_directory();
        let mut failures = Vec::new();
        let (mut missing, mut help) = (Vec::new(), None);
        for (digest, result) in self.fetcher.fetch_all(requests, &partial, self.terminal, deliver) {
            let failure = match result {
                Ok(Ok(())) => continue,
                Ok(Err(cause)) => (chain(&cause), cause.help()),
                Err(cause) => (chain(&cause), cause.help()),
            };
            failures.push(failure.0);
            help = help.or(failure.1);
            missing.push(digest);
        }
        if let Some(Err(cause)) = &proxies
            && missing.iter().any(is_module)
        {
            // That nobody named a proxy explains everything that was not found elsewhere.
            failures.insert(0, chain(cause));
            help = cause.help();
        }
        for digest in &wanted {
            if !missing.contains(digest) && !self.store.has_blob(BlobDigest::new(digest.sha256())) {
                failures.push(format!("find a place that may have the source {digest}"));
                missing.push(*digest);
            }
        }
        if failures.is_empty() {
            Ok(())
        } else {
            let more = failures.len().saturating_sub(TOLD);
            failures.truncate(TOLD);
            if more > 0 {
                failures.push(format!("and {more} more files could not be had"));
            }
            Err(SourceError { message: failures.join("\n"), help, missing })
        }
    }
}

impl Provider<'_> {
    fn request(&self, digest: SourceDigest, location: &Location, proxies: Option<&GoProxies>) -> Request {
        let (urls, size) = match location {
            Location::Urls { name, urls } => {
                let more =
                    self.file_mirrors.iter().map(|base| format!("{}/{name}", base.trim_end_matches('/')));
                (urls.iter().cloned().chain(more).collect(), None)
            }
            Location::Archive { path, size, suite } => {
                let is_security = suite.ends_with("-security");
                let mut bases: Vec<&String> = self.mirrors.iter().collect();
                // Security updates lie in an archive of their own; asking it last for others saves a round trip each.
                bases.sort_by_key(|base| base.contains("security") != is_security);
                (bases.iter().map(|base| format!("{base}/{path}")).collect(), Some(*size))
            }
            Location::GoModule { module, version, kind, size } => {
                // A lock with a name that is none has no place; the plan does not take it from go.sum either.
                let module = ModuleVersion::parse(module, version).ok();
                let path = module.map(|module| module.file(kind.as_str()));
                let urls = proxies.zip(path).map(|(proxies, path)| proxies.urls(&path));
                (urls.unwrap_or_default(), Some(*size))
            }
            Location::Crate { .. } => (Vec::new(), None),
        };
        Request { digest, size, name: location.name(), urls }
    }

    /// Requests for wanted crates, after cargo has downloaded them.
    fn crate_requests(&self, wanted: &BTreeSet<SourceDigest>) -> Result<Vec<Request>, SourceError> {
        let mut requests = Vec::new();
        for set in self.crates {
            if !set.crates().iter().any(|found| wanted.contains(&found.digest())) {
                continue;
            }
            let wrong = |cause: FetchError| SourceError {
                message: chain(&cause),
                help: cause.help(),
                missing: Vec::new(),
            };
            let scratch = self.store.scratch("cargo").map_err(|cause| SourceError {
                message: chain(&cause),
                help: cause.help(),
                missing: Vec::new(),
            })?;
            let found = self.fetcher.locate_crates(set, self.cargo, scratch.path()).map_err(wrong)?;
            requests.extend(found.into_iter().filter(|request| wanted.contains(&request.digest)));
        }
        Ok(requests)
    }
}
