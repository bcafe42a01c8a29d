// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The public face: many files at once, each from the first place that has it.
//!
//! Blocking by design: callers are plain threads, and the asynchronous HTTP library stays in here.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use ashlar_digest::SourceDigest;
use reqwest::Client;
use tokio::runtime::Runtime;

use crate::job::Job;
use crate::part::Part;
use crate::transfer::Limits;
use crate::troubles::Troubles;
use crate::{FetchError, LocalFolder, Progress, Reason};

/// How to fetch.
#[derive(Debug)]
pub struct Config {
    /// Files fetched at once (at least 1).
    pub parallel: usize,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for the next bytes.
    pub idle_timeout: Duration,
    /// How often a place that breaks off is asked (at least 1).
    pub rounds: u32,
    /// The pause after the first failed round; it doubles from there.
    pub pause: Duration,
    /// The most bytes that are written for a file whose size nobody named.
    pub cap: u64,
    /// Never ask the network: local folders and `file:` places only.
    pub offline: bool,
    /// Folders whose files are preferred to any place, found by digest.
    pub folders: Vec<LocalFolder>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            parallel: 8,
            connect_timeout: Duration::from_secs(20),
            idle_timeout: Duration::from_secs(60),
            rounds: 4,
            pause: Duration::from_secs(1),
            cap: 4 << 30,
            offline: false,
            folders: Vec::new(),
        }
    }
}

/// One file by its digest, and where to look for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The file's identity.
    pub digest: SourceDigest,
    /// Its size in bytes, where known.
    pub size: Option<u64>,
    /// What people call it; shown in progress and errors.
    pub name: String,
    /// Places to look, in order: `http:`, `https:` or `file:` URLs.
    pub urls: Vec<String>,
}

/// Bytes that nothing vouches for yet: the caller verifies a signature over them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpinned {
    /// What the place gave.
    pub bytes: Vec<u8>,
    /// The place.
    pub url: String,
}

/// Brings bytes. One per process is enough; it may be shared between threads.
pub struct Fetcher {
    /// Made when first needed: it reads the machine's TLS roots, which working offline must not depend on.
    client: OnceLock<Client>,
    runtime: Runtime,
    config: Config,
    troubles: Troubles,
}

impl fmt::Debug for Fetcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetcher").field("config", &self.config).finish_non_exhaustive()
    }
}

impl Fetcher {
    /// Starts a runtime; opens no socket.
    ///
    /// # Errors
    /// [`FetchError::Runtime`].
    pub fn new(config: Config) -> Result<Self, FetchError> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("fetch")
            .enable_all()
            .build()
            .map_err(|source| FetchError::Runtime { source })?;
        Ok(Self { client: OnceLock::new(), runtime, config, troubles: Troubles::default() })
    }

    /// Brings every requested file into `folder`, several at once, and hands each to `deliver` as soon as it is
    /// verified, from the thread that fetched it. `deliver` moves the file on (a rename within one file system);
    /// what it leaves behind is found again by the next run. Partial files stay in `folder` for resuming.
    ///
    /// Requests for one digest are one: their places are joined, the first name wins.
    /// One failure does not stop the others.
    pub fn fetch_all<T: Send>(
        &self,
        requests: Vec<Request>,
        folder: &Path,
        progress: &dyn Progress,
        deliver: impl Fn(&Request, &Path) -> T + Sync,
    ) -> BTreeMap<SourceDigest, Result<T, FetchError>> {
        let fetched = in_parallel(self.config.parallel, joined(requests), |request| {
            (request.digest, self.fetch_one(&request, folder, progress, &deliver))
        });
        fetched.into_iter().collect()
    }

    fn fetch_one<T>(
        &self,
        request: &Request,
        folder: &Path,
        progress: &dyn Progress,
        deliver: &impl Fn(&Request, &Path) -> T,
    ) -> Result<T, FetchError> {
        let mut urls = Vec::new();
        for local in &self.config.folders {
            if let Some(path) = local.find(request.digest, request.size)? {
                urls.extend(reqwest::Url::from_file_path(path).map(String::from));
            }
        }
        urls.extend(request.urls.iter().cloned());
        let mut part = Part::open(folder, &request.digest.to_string())?;
        let expected = request.digest.sha256();
        let judge = |part: &Part| match part.digest() {
            got if got == expected => Ok(()),
            got => Err(Reason::Digest { expected, got }),
        };
        let limits = Limits { expected: request.size, cap: self.config.cap };
        let job = Job { name: &request.name, urls: &urls, limits, judge: &judge, resumes: true };
        job.run(self, &mut part, progress)?;
        // The lock of `part` is held until the file is where the caller wants it.
        Ok(deliver(request, part.path()))
    }

    /// Brings signed metadata, at most `max_size` bytes, from the first of `urls` that has it.
    ///
    /// # Errors
    /// [`FetchError::Exhausted`] with a reason for each place; see [`FetchError::is_absent`].
    pub fn fetch_unpinned(
        &self,
        name: &str,
        urls: &[String],
        max_size: u64,
        progress: &dyn Progress,
    ) -> Result<Unpinned, FetchError> {
        let mut part = Part::in_memory();
        let limits = Limits { expected: None, cap: max_size };
        let job = Job { name, urls, limits, judge: &|_| Ok(()), resumes: false };
        let url = job.run(self, &mut part, progress)?.unwrap_or_default().to_owned();
        Ok(Unpinned { bytes: part.into_bytes(), url })
    }

    /// The client, or [`FetchError::Client`] where the machine has no usable TLS roots.
    pub(crate) fn client(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .user_agent(concat!("ashlar/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.config.connect_timeout)
            .read_timeout(self.config.idle_timeout)
            .redirect(reqwest::redirect::Policy::limited(10))
            .build()
            .map_err(|source| FetchError::Client { source })?;
        Ok(self.client.get_or_init(|| client))
    }

    pub(crate) const fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    pub(crate) const fn troubles(&self) -> &Troubles {
        &self.troubles
    }

    pub(crate) const fn config(&self) -> &Config {
        &self.config
    }
}

/// A panic elsewhere is reported by the scope; it does not make a list of results unusable.
pub(crate) fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Runs `work` on every item, `threads` at a time. The results come in no particular order.
pub(crate) fn in_parallel<T: Send, R: Send>(
    threads: usize,
    items: Vec<T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let threads = threads.clamp(1, items.len().max(1));
    let queue = Mutex::new(items.into_iter());
    let results = Mutex::new(Vec::new());
    // A block of its own: in the head of a `while let` the lock would be held during the work.
    let next = || locked(&queue).next();
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(item) = next() {
                    let result = work(item);
                    locked(&results).push(result);
                }
            });
        }
    });
    results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner)
}

fn joined(requests: Vec<Request>) -> Vec<Request> {
    let mut order: Vec<Request> = Vec::new();
    let mut places: BTreeMap<SourceDigest, usize> = BTreeMap::new();
    for request in requests {
        match places.get(&request.digest) {
            None => {
                places.insert(request.digest, order.len());
                order.push(request);
            }
            Some(&index) => {
                let first = &mut order[index];
                first.size = first.size.or(request.size);
                for url in request.urls {
                    if !first.urls.contains(&url) {
                        first.urls.push(url);
                    }
                }
            }
        }
    }
    order
}
