// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Suites: from a pinned keyring to verified indexes.

use std::path::Path;

use ashlar_causes::chain;
use ashlar_debian::{Limits, Release, decompress};
use ashlar_digest::{Sha256, SourceDigest};
use ashlar_fetch::{Fetcher, Request};
use ashlar_openpgp::Keyring;
use ashlar_plan::LockedSuite;
use ashlar_recipe::Suite;

use crate::LockerError;

/// The most that a Release may be.
const RELEASE_LIMIT: u64 = 16 << 20;

/// A suite whose Release was verified, and the mirror that gave it.
#[derive(Clone, Debug)]
pub(crate) struct TrustedSuite {
    pub(crate) locked: LockedSuite,
    pub(crate) release: Release,
    /// Mirrors to ask for what it names, the one that gave the Release first.
    pub(crate) bases: Vec<String>,
    pub(crate) components: Vec<String>,
}

/// Asks every mirror for the suite's Release; the first that verifies wins.
pub(crate) fn trust(
    fetcher: &Fetcher,
    keyring: &Keyring,
    suite: &Suite,
    bases: &[String],
    previous: Option<&LockedSuite>,
    now: u64,
) -> Result<TrustedSuite, LockerError> {
    let mut reasons = Vec::new();
    for base in bases {
        let url = format!("{base}/dists/{}/InRelease", suite.name);
        match check(fetcher, keyring, suite, &url, previous, now) {
            Ok((locked, release)) => {
                let mut ordered = vec![base.clone()];
                ordered.extend(bases.iter().filter(|other| *other != base).cloned());
                return Ok(TrustedSuite {
                    locked,
                    release,
                    bases: ordered,
                    components: suite.components.clone(),
                });
            }
            Err(reason) => reasons.push(format!("{url}: {reason}")),
        }
    }
    if reasons.is_empty() {
        reasons.push("no mirror is configured".to_owned());
    }
    Err(LockerError::Suite { suite: suite.name.clone(), reasons })
}

/// One mirror's Release, or a sentence that says why not.
fn check(
    fetcher: &Fetcher,
    keyring: &Keyring,
    suite: &Suite,
    url: &str,
    previous: Option<&LockedSuite>,
    now: u64,
) -> Result<(LockedSuite, Release), String> {
    let urls = [url.to_owned()];
    let fetched = fetcher
        .fetch_unpinned(&format!("InRelease of {}", suite.name), &urls, RELEASE_LIMIT, &ashlar_fetch::Silent)
        .map_err(|cause| chain(&cause))?;
    let verified = keyring.verify_inline(&fetched.bytes, now).map_err(|cause| chain(&cause))?;
    let release = Release::parse(url, &verified.body).map_err(|cause| chain(&cause))?;
    if release.codename != suite.name {
        return Err(format!("it is the Release of {}, not of {}", release.codename, suite.name));
    }
    release.check_dates(url, now).map_err(|cause| chain(&cause))?;
    // A Release without an expiry is valid for ever, so an old one could be served for ever.
    if let Some(known) = previous.filter(|known| known.date > release.date) {
        return Err(format!(
            "its Release is of {}, older than the one of {} in ashlar.lock",
            release.date, known.date
        ));
    }
    let locked = LockedSuite {
        name: suite.name.clone(),
        release: Sha256::of(&verified.body).to_string(),
        date: release.date,
        signer: verified.signer.as_str().to_owned(),
    };
    Ok((locked, release))
}

impl TrustedSuite {
    /// Fetches the index `path` (without compression suffix) of a component and gives its bytes, verified and decompressed.
    pub(crate) fn index(
        &self,
        fetcher: &Fetcher,
        partial: &Path,
        path: &str,
        progress: &dyn ashlar_fetch::Progress,
    ) -> Result<Vec<u8>, LockerError> {
        let name = &self.locked.name;
        let what = format!("{path} of {name}");
        let found = [".xz", ".gz", ""].iter().find_map(|suffix| {
            let path = format!("{path}{suffix}");
            self.release.files.get(&path).map(|file| (path.clone(), file))
        });
        let Some((path, file)) = found else {
            return Err(LockerError::NoIndex { suite: name.clone(), path: path.to_owned() });
        };
        let mut urls = Vec::new();
        for base in &self.bases {
            let by_digest = self.release.by_hash_path(&path);
            urls.extend(by_digest.map(|by_digest| format!("{base}/dists/{name}/{by_digest}")));
            urls.push(format!("{base}/dists/{name}/{path}"));
        }
        let request = Request {
            digest: SourceDigest::new(file.sha256),
            size: Some(file.size),
            name: what.clone(),
            urls,
        };
        let read = |_: &Request, path: &Path| {
            std::fs::read(path).and_then(|bytes| std::fs::remove_file(path).map(|()| bytes))
        };
        let mut packed = Vec::new();
        for result in fetcher.fetch_all(vec![request], partial, progress, read).into_values() {
            let bytes =
                result.map_err(|cause| LockerError::Fetch { what: what.clone(), cause: Box::new(cause) })?;
            packed = bytes.map_err(|cause| LockerError::ProjectFile {
                path: what.clone(),
                reason: cause.to_string(),
            })?;
        }
        let limits = Limits { ratio: 100, ..Limits::default() };
        decompress(&what, &packed, &limits)
            .map_err(|cause| LockerError::Format { what, cause: Box::new(cause) })
    }
}
