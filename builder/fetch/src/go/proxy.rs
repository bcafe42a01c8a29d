// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Bringing module files from a proxy (GOPROXY protocol) into a folder of the same shape.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ashlar_digest::Sha256;

use super::hash::of_zip;
use super::{GoModule, GoModules, Hash1, ModuleVersion};
use crate::fetcher::in_parallel;
use crate::job::Job;
use crate::part::Part;
use crate::transfer::Limits;
use crate::{FetchError, Fetcher, Progress, Reason};

/// The bounds of the module reference on a zip and on a go.mod.
const MAX_ZIP: u64 = 500 << 20;
const MAX_MOD: u64 = 16 << 20;

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
}

/// One file to bring, and the hash it must have.
struct Pinned<'a> {
    module: &'a ModuleVersion,
    kind: &'static str,
    hash: &'a Hash1,
}

impl Pinned<'_> {
    fn cap(&self) -> u64 {
        if self.kind == "zip" { MAX_ZIP } else { MAX_MOD }
    }

    fn check(&self, path: &Path, digest: Sha256) -> Result<(), Reason> {
        let got = match self.kind {
            "zip" => of_zip(path, self.module)?,
            _ => Hash1::of_go_mod(digest),
        };
        self.hash.check(&got)
    }
}

impl Fetcher {
    /// Brings every file of `set` into `output`, a folder that then serves as a module proxy. Files that are there
    /// and verify are kept. Partial files stay in `folder`, which must be on the same file system.
    ///
    /// # Errors
    /// All failures, not only the first.
    pub fn fetch_go_modules(
        &self,
        set: &GoModules,
        proxies: &GoProxies,
        folder: &Path,
        output: &Path,
        progress: &dyn Progress,
    ) -> Result<(), Vec<FetchError>> {
        let pinned = |module: &'_ GoModule| {
            let GoModule { module, go_mod, zip } = module;
            let files = [("mod", go_mod), ("zip", zip)];
            files.map(|(kind, hash)| hash.as_ref().map(|hash| (module.clone(), kind, hash.clone())))
        };
        let files: Vec<_> = set.modules().iter().flat_map(pinned).flatten().collect();
        let results = in_parallel(self.config().parallel, files, |(module, kind, hash)| {
            self.fetch_pinned(
                &Pinned { module: &module, kind, hash: &hash },
                proxies,
                folder,
                output,
                progress,
            )
        });
        let mut errors: Vec<FetchError> = results.into_iter().filter_map(Result::err).collect();
        if errors.is_empty()
            && let Err(error) = write_lists(set, output)
        {
            errors.push(error);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }

    fn fetch_pinned(
        &self,
        file: &Pinned<'_>,
        proxies: &GoProxies,
        folder: &Path,
        output: &Path,
        progress: &dyn Progress,
    ) -> Result<(), FetchError> {
        let relative = file.module.file(file.kind);
        let target = output.join(&relative);
        if is_right(&target, file)? {
            return Ok(());
        }
        let urls: Vec<String> = proxies.0.iter().map(|proxy| format!("{proxy}/{relative}")).collect();
        // The name of a partial file has to stand for what must come, and the hash is not safe in a path.
        let key = Sha256::of(format!("{relative} {}", file.hash).as_bytes()).to_string();
        let mut part = Part::open(folder, &key)?;
        let name = format!("{} ({})", file.module, file.kind);
        let limits = Limits { expected: None, cap: file.cap() };
        let judge = |part: &Part| file.check(part.path(), part.digest());
        let job = Job { name: &name, urls: &urls, limits, judge: &judge, resumes: true };
        job.run(self, &mut part, progress)?;
        write_into(&target, |target| std::fs::rename(part.path(), target))
    }
}

fn is_right(target: &Path, file: &Pinned<'_>) -> Result<bool, FetchError> {
    match std::fs::read(target) {
        Ok(bytes) => Ok(file.check(target, Sha256::of(&bytes)).is_ok()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(FetchError::Folder { path: target.to_owned(), source }),
    }
}

fn write_lists(set: &GoModules, output: &Path) -> Result<(), FetchError> {
    let mut lists: BTreeMap<PathBuf, String> = BTreeMap::new();
    for GoModule { module, .. } in set.modules() {
        let info = format!("{{\"Version\":\"{}\"}}\n", module.version());
        write_into(&output.join(module.file("info")), |path| std::fs::write(path, info))?;
        let list = lists.entry(output.join(module.folder()).join("list")).or_default();
        list.push_str(module.version());
        list.push('\n');
    }
    for (path, text) in lists {
        write_into(&path, |path| std::fs::write(path, text))?;
    }
    Ok(())
}

fn write_into(path: &Path, write: impl FnOnce(&Path) -> std::io::Result<()>) -> Result<(), FetchError> {
    let parent = path.parent().unwrap_or(path);
    std::fs::create_dir_all(parent)
        .and_then(|()| write(path))
        .map_err(|source| FetchError::Write { path: path.to_owned(), source })
}
