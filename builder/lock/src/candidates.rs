// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which versions of a source package the archive has: for whoever wants to name another one in a recipe.

use ashlar_digest::SourceDigest;
use ashlar_fetch::Request;
use ashlar_plan::Lockfile;

use crate::{Locker, LockerError, sources};

/// A version of a source package, as a signed index names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The Debian version.
    pub version: String,
    /// The part of it that upstream gave.
    pub upstream: String,
    /// The suite.
    pub suite: String,
    /// Its files.
    pub files: Vec<CandidateFile>,
}

/// A file of such a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CandidateFile {
    /// Its name.
    pub name: String,
    /// What it must hash to.
    pub digest: SourceDigest,
    /// Bytes.
    pub size: u64,
    /// Places that may have it.
    pub urls: Vec<String>,
}

impl Locker<'_> {
    /// Every version of source package `package` that the signed indexes have, the newest first. Trust is judged as by
    /// [`Locker::lock`].
    ///
    /// # Errors
    /// [`LockerError`] if the archive cannot be trusted or had.
    pub fn candidates(
        &self,
        previous: Option<&Lockfile>,
        package: &str,
    ) -> Result<Vec<Candidate>, LockerError> {
        let wanted = || LockerError::NoArchive { wanted: format!("source package {package}") };
        let archive = self.recipes.seeds().archive.as_ref().ok_or_else(wanted)?;
        let suites = self.trust(archive, previous)?;
        let mut found = Vec::new();
        for (suite, packages) in sources::indexes(self, &suites)? {
            for source in packages.into_iter().filter(|source| source.name == package) {
                let file = |file: &ashlar_debian::SourceFile| CandidateFile {
                    name: file.name.clone(),
                    digest: SourceDigest::new(file.sha256),
                    size: file.size,
                    urls: suite.bases.iter().map(|base| format!("{base}/{}", source.path_of(file))).collect(),
                };
                let candidate = Candidate {
                    version: source.version.to_string(),
                    upstream: source.version.upstream().to_owned(),
                    suite: suite.locked.name.clone(),
                    files: source.files.iter().map(file).collect(),
                };
                found.push((source.version, candidate));
            }
        }
        // Of one version in two suites, the one of the preferred suite stays first.
        found.sort_by(|(one, _), (two, _)| two.cmp(one));
        Ok(found.into_iter().map(|(_, candidate)| candidate).collect())
    }

    /// Brings a file into the store, verified. Tells whether any place has it: an index can name what no mirror holds.
    ///
    /// # Errors
    /// [`LockerError`] if it cannot be had for another reason.
    pub fn take(&self, file: &CandidateFile) -> Result<bool, LockerError> {
        let request = Request {
            digest: file.digest,
            size: Some(file.size),
            name: file.name.clone(),
            urls: file.urls.clone(),
        };
        Ok(self.bring(vec![request])?.is_empty())
    }
}
