// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bringing module files from proxies (GOPROXY protocol), judged by the hashes of go.sum.

use std::path::Path;

use ashlar_digest::{Sha256, SourceDigest};

use super::GoFile;
use crate::fetcher::in_parallel;
use crate::job::Job;
use crate::part::Part;
use crate::transfer::Limits;
use crate::{FetchError, Fetcher, Progress};

/// Module proxies in the order in which they are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoProxies(Vec<String>);

impl GoProxies {
    /// Reads a value of `GOPROXY`: URLs separated by `,` or `|`. Hashes decide what is right, so both separators
    /// mean "otherwise ask the next". `direct` and `off` end the list.
    ///
    /// # Errors
    /// [`FetchError::GoProxies`] where no proxy is left or an entry is no http, https or file URL.
    pub fn parse(text: &str) -> Result<Self, FetchError> {
        let fail = || FetchError::GoProxies { text: text.to_owned() };
        let mut proxies = Vec::new();
        for entry in text.split([',', '|']).map(str::trim).filter(|entry| !entry.is_empty()) {
            if matches!(entry, "direct" | "off") {
                break;
            }
            let url = reqwest::Url::parse(entry).map_err(|_| fail())?;
            if !matches!(url.scheme(), "http" | "https" | "file") {
                return Err(fail());
            }
            proxies.push(entry.trim_end_matches('/').to_owned());
        }
        if proxies.is_empty() {
            return Err(fail());
        }
        Ok(Self(proxies))
    }

    /// Where each proxy has what lies at `path` below it ([`GoFile::path`]).
    #[must_use]
    pub fn urls(&self, path: &str) -> Vec<String> {
        self.0.iter().map(|proxy| format!("{proxy}/{path}")).collect()
    }
}

impl Fetcher {
    /// Brings `files`, several at once, and hands each to `deliver` with its digest as soon as it is verified; the
    /// rules of [`Fetcher::fetch_all`] hold for `deliver` and `folder`. Local folders that have the shape of a proxy are
    /// preferred to `proxies`. The results come in no particular order.
    pub fn fetch_go_files<T: Send>(
        &self,
        files: Vec<GoFile>,
        proxies: Option<&GoProxies>,
        folder: &Path,
        progress: &dyn Progress,
        deliver: impl Fn(&GoFile, &Path, SourceDigest) -> T + Sync,
    ) -> Vec<(GoFile, Result<T, FetchError>)> {
        in_parallel(self.config().parallel, files, |file| {
            let result = self.fetch_go_file(&file, proxies, folder, progress, &deliver);
            (file, result)
        })
    }

    fn fetch_go_file<T>(
        &self,
        file: &GoFile,
        proxies: Option<&GoProxies>,
        folder: &Path,
        progress: &dyn Progress,
        deliver: &impl Fn(&GoFile, &Path, SourceDigest) -> T,
    ) -> Result<T, FetchError> {
        let path = file.path();
        let local = self.config().folders.iter().flat_map(|folder| folder.find_below(&path));
        let mut urls: Vec<String> =
            local.filter_map(|path| reqwest::Url::from_file_path(path).ok()).map(String::from).collect();
        urls.extend(proxies.iter().flat_map(|proxies| proxies.urls(&path)));
        // The name of a partial file has to stand for what must come, and the hash is not safe in a path.
        let key = Sha256::of(format!("{path} {}", file.hash).as_bytes()).to_string();
        let mut part = Part::open(folder, &key)?;
        let name = file.to_string();
        let limits = Limits { expected: None, cap: file.cap() };
        let judge = |part: &Part| file.verify_hashed(part.path(), part.digest());
        let job = Job { name: &name, urls: &urls, limits, judge: &judge, resumes: true };
        job.run(self, &mut part, progress)?;
        Ok(deliver(file, part.path(), SourceDigest::new(part.digest())))
    }
}
