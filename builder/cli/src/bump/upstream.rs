// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The new source itself: what a server gives for a URL, or what the archive's signed index says of a file.

use std::io::Read;

use ashlar_digest::{BlobDigest, Sha256, SourceDigest};
use ashlar_lock::{Candidate, CandidateFile, Locker};
use ashlar_plan::Lockfile;
use ashlar_recipe::DebianFile;

use super::places::Located;
use super::version::substituted;
use crate::failure::Failure;

/// The most that a source may be.
const LARGEST: u64 = 1 << 30;

/// A source of the new version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) digest: SourceDigest,
    /// Key inside the source, what it said, what it says now.
    pub(crate) texts: Vec<(String, String, String)>,
    pub(crate) note: Option<String>,
}

/// Finds sources and brings them into the store.
pub(crate) trait Upstream {
    /// # Errors
    /// If there is no such source, or it cannot be had.
    fn find(&self, located: &Located, version: &str) -> Result<Found, Failure>;

    /// Opens a source that is in the store; `None` if it is not.
    ///
    /// # Errors
    /// If the store cannot be read.
    fn open(&self, digest: SourceDigest) -> Result<Option<Box<dyn Read>>, Failure>;
}

/// The network.
pub(crate) struct Network<'a> {
    pub(crate) locker: &'a Locker<'a>,
    pub(crate) previous: Option<&'a Lockfile>,
}

impl Upstream for Network<'_> {
    fn find(&self, located: &Located, version: &str) -> Result<Found, Failure> {
        match located {
            Located::Urls(urls) => self.find_in_urls(urls),
            Located::Debian { file, old } => self.find_in_archive(file, old, version),
        }
    }

    fn open(&self, digest: SourceDigest) -> Result<Option<Box<dyn Read>>, Failure> {
        let (store, blob) = (self.locker.store, BlobDigest::new(digest.sha256()));
        if !store.has_blob(blob) {
            return Ok(None);
        }
        Ok(Some(Box::new(store.open_blob(blob)?)))
    }
}

impl Network<'_> {
    fn find_in_urls(&self, urls: &[(String, String, String)]) -> Result<Found, Failure> {
        let places: Vec<String> = urls.iter().map(|(_, _, url)| url.clone()).collect();
        let name = places.first().and_then(|url| url.rsplit('/').next()).unwrap_or("source").to_owned();
        let fetched =
            self.locker.fetcher.fetch_unpinned(&name, &places, LARGEST, self.locker.progress.fetching())?;
        let digest = SourceDigest::new(Sha256::of(&fetched.bytes));
        self.locker.store.add_bytes(&fetched.bytes, false)?;
        let note = format!(
            "{digest} is what {} gave just now, and nobody vouches for it; compare it with what upstream publishes",
            fetched.url
        );
        Ok(Found { digest, texts: urls.to_vec(), note: Some(note) })
    }

    fn find_in_archive(&self, file: &DebianFile, old: &str, version: &str) -> Result<Found, Failure> {
        let candidates = self.locker.candidates(self.previous, &file.package)?;
        let mut passed = Vec::new();
        for (candidate, found) in debian_file(&candidates, file, old, version)? {
            if !self.locker.take(found)? {
                passed.push(candidate.version.clone());
                continue;
            }
            let texts = vec![
                ("debian.version".to_owned(), file.version.clone(), candidate.version.clone()),
                ("debian.file".to_owned(), file.file.clone(), found.name.clone()),
            ];
            let passed = (!passed.is_empty()).then(|| {
                format!("passed over {}, which the index has, but no mirror does", passed.join(", "))
            });
            return Ok(Found { digest: found.digest, texts, note: passed });
        }
        Err(Failure::Finding {
            message: format!("fetch {} {version}: the index has it, but no mirror does", file.package),
            help: Some("name other mirrors with `--mirror FILE`, or take another version".to_owned()),
        })
    }
}

/// What the archive has of `version` that stands for `file`, which is of the version `old`: the newest revision first.
///
/// # Errors
/// If it has no such version, with those that it has; or if that has no such file.
pub(crate) fn debian_file<'c>(
    candidates: &'c [Candidate],
    file: &DebianFile,
    old: &str,
    version: &str,
) -> Result<Vec<(&'c Candidate, &'c CandidateFile)>, Failure> {
    // What Debian leaves out of an archive it says behind a `+`, such as `+dfsg`.
    let is_meant = |candidate: &&Candidate| {
        let rest = candidate.upstream.strip_prefix(version);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['+', '~']))
    };
    let meant: Vec<&Candidate> = candidates.iter().filter(is_meant).collect();
    if meant.is_empty() {
        let mut versions: Vec<&str> = candidates.iter().map(|candidate| candidate.version.as_str()).collect();
        versions.dedup();
        let known = match versions.as_slice() {
            [] => "it has no such source package".to_owned(),
            some => format!(
                "it has {}; name the part before the last hyphen, which is upstream's",
                some.join(", ")
            ),
        };
        return Err(Failure::Finding {
            message: format!("find {} {version} in the archive's signed indexes", file.package),
            help: Some(known),
        });
    }
    let named = meant.iter().filter_map(|candidate| Some((*candidate, same_file(candidate, file, old)?)));
    let named: Vec<_> = named.collect();
    if named.is_empty() {
        let names: Vec<&str> =
            meant.iter().flat_map(|candidate| &candidate.files).map(|file| file.name.as_str()).collect();
        return Err(Failure::Finding {
            message: format!("find what stands for {} in {} {version}", file.file, file.package),
            help: Some(format!("there are {}; write one of them by hand", names.join(", "))),
        });
    }
    Ok(named)
}

/// The file of `candidate` that has the name of `file` but for the version; where upstream packs in another way now, the one that is
/// named so up to its compression.
fn same_file<'c>(candidate: &'c Candidate, file: &DebianFile, old: &str) -> Option<&'c CandidateFile> {
    let name = substituted(&file.file, whole_upstream(file).unwrap_or(old), &candidate.upstream)?;
    let stem = |name: &str| name.rsplit_once(".tar.").map(|(stem, _)| stem.to_owned());
    let exact = candidate.files.iter().find(|found| found.name == name);
    exact.or_else(|| {
        let wanted = stem(&name)?;
        let is_archive = |found: &&CandidateFile| {
            stem(&found.name).as_ref() == Some(&wanted) && !found.name.ends_with(".asc")
        };
        candidate.files.iter().find(is_archive)
    })
}

/// The upstream part of a Debian version, if the file is named by it: `1.2.3+dfsg` of `1:1.2.3+dfsg-4`.
fn whole_upstream(file: &DebianFile) -> Option<&str> {
    let without_epoch = file.version.split_once(':').map_or(file.version.as_str(), |(_, rest)| rest);
    let upstream = without_epoch.rsplit_once('-').map_or(without_epoch, |(upstream, _)| upstream);
    file.file.contains(upstream).then_some(upstream)
}
