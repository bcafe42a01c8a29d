// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Downloading crates with the host's `cargo`.
//!
//! `cargo fetch` runs on a manifest made up for the purpose, which depends on each crate in exactly its version
//! and without default features, beside a lock that names the same crates: so cargo accepts yanked versions and
//! resolves nothing else. What it downloads lies in
//!
//! ```text
//! $CARGO_HOME/registry/cache/<registry>/<name>-<version>.crate
//! ```
//! and is verified against the original lock, whatever cargo made of it.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::{Crate, CrateSet};
use crate::{FetchError, Fetcher, Request};

/// The host's cargo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CargoClient {
    /// The program, as a path or a name to be searched for.
    pub program: PathBuf,
    /// Its `CARGO_HOME`.
    pub home: PathBuf,
}

impl Fetcher {
    /// Finds the files of `set` in local folders and in cargo's cache, after letting cargo download what is
    /// missing, and makes a request of each for [`Fetcher::fetch_all`], which verifies them. `scratch` is a
    /// folder for temporary files.
    ///
    /// # Errors
    /// Where cargo fails, or a crate is nowhere and the network is forbidden.
    pub fn locate_crates(
        &self,
        set: &CrateSet,
        cargo: &CargoClient,
        scratch: &Path,
    ) -> Result<Vec<Request>, FetchError> {
        let missing = self.missing(set, cargo)?;
        if !missing.is_empty() && !self.config().offline {
            // The whole set: cargo could not resolve a part of it without the versions of the rest.
            cargo.download(set, scratch)?;
        }
        let missing = self.missing(set, cargo)?;
        if !missing.is_empty() {
            return Err(FetchError::CrateMissing {
                crates: missing.join(", "),
                home: cargo.home.clone(),
                offline: self.config().offline,
            });
        }
        let request = |krate: &Crate| {
            Ok(Request {
                digest: krate.digest(),
                size: None,
                name: format!("{} {}", krate.name(), krate.version()),
                urls: cargo
                    .cached(krate)?
                    .into_iter()
                    .filter_map(|path| reqwest::Url::from_file_path(path).ok())
                    .map(String::from)
                    .collect(),
            })
        };
        set.crates().iter().map(request).collect()
    }

    fn missing(&self, set: &CrateSet, cargo: &CargoClient) -> Result<Vec<String>, FetchError> {
        let mut missing = Vec::new();
        for krate in set.crates() {
            let mut found = !cargo.cached(krate)?.is_empty();
            for folder in &self.config().folders {
                found = found || folder.find(krate.digest(), None)?.is_some();
            }
            if !found {
                missing.push(format!("{} {}", krate.name(), krate.version()));
            }
        }
        Ok(missing)
    }
}

impl CargoClient {
    /// The files in the cache that bear the crate's name: one per registry.
    fn cached(&self, krate: &Crate) -> Result<Vec<PathBuf>, FetchError> {
        let cache = self.home.join("registry/cache");
        let unreadable = |source| FetchError::Folder { path: cache.clone(), source };
        let registries = match std::fs::read_dir(&cache) {
            Ok(registries) => registries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(unreadable(error)),
        };
        let mut found = Vec::new();
        for registry in registries {
            let file = registry.map_err(unreadable)?.path().join(krate.file_name());
            if file.is_file() {
                found.push(file);
            }
        }
        found.sort();
        Ok(found)
    }

    fn download(&self, set: &CrateSet, scratch: &Path) -> Result<(), FetchError> {
        let write_error = |path: &Path| {
            let path = path.to_owned();
            move |source| FetchError::Write { path, source }
        };
        let project =
            tempfile::Builder::new().prefix("crates-").tempdir_in(scratch).map_err(write_error(scratch))?;
        for (name, text) in
            [("Cargo.toml", manifest(set)), ("Cargo.lock", lock(set)), ("lib.rs", String::new())]
        {
            let path = project.path().join(name);
            std::fs::write(&path, text).map_err(write_error(&path))?;
        }
        let output = Command::new(&self.program)
            .args(["fetch", "--quiet"])
            .current_dir(project.path())
            .env("CARGO_HOME", &self.home)
            .stdin(Stdio::null())
            .output()
            .map_err(|source| FetchError::CargoStart { program: self.program.clone(), source })?;
        if output.status.success() {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = text.lines().collect();
        Err(FetchError::CargoFetch {
            program: self.program.clone(),
            output: lines[lines.len().saturating_sub(20)..].join("\n"),
        })
    }
}

const NAME: &str = "ashlar-crates";

fn manifest(set: &CrateSet) -> String {
    // A workspace of its own, so that cargo looks for none above the scratch folder.
    let mut text = format!(
        "[package]\nname = \"{NAME}\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[lib]\npath = \"lib.rs\"\n\n\
         [workspace]\n\n[dependencies]\n"
    );
    for (index, krate) in set.crates().iter().enumerate() {
        // Keys of our own: one crate may be there in several versions. Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "c{index} = {{ package = \"{}\", version = \"={}\", default-features = false }}",
            krate.name(),
            krate.version()
        );
    }
    text
}

/// Version 3 of the format says the same as 4 for registries, and older versions of cargo read it.
fn lock(set: &CrateSet) -> String {
    let mut text =
        format!("version = 3\n\n[[package]]\nname = \"{NAME}\"\nversion = \"0.0.0\"\ndependencies = [\n");
    for krate in set.crates() {
        let _ = writeln!(text, " \"{} {}\",", krate.name(), krate.version());
    }
    text.push_str("]\n");
    for krate in set.crates() {
        let _ = write!(
            text,
            "\n[[package]]\nname = \"{}\"\nversion = \"{}\"\nsource = \"{}\"\nchecksum = \"{}\"\n",
            krate.name(),
            krate.version(),
            krate.source(),
            krate.digest()
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Config, Silent};
    use ashlar_digest::Sha256;

    fn set(content: &[u8]) -> CrateSet {
        let lock = format!(
            "version = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\n\
             source = \"registry+https://r.example/index\"\nchecksum = \"{}\"\n",
            Sha256::of(content)
        );
        CrateSet::of_package(&lock, "Cargo.lock", "a").unwrap()
    }

    /// A cargo that writes one crate into the cache, and leaves its manifest for inspection.
    fn fake_cargo(root: &Path, script: &str) -> CargoClient {
        use std::os::unix::fs::PermissionsExt as _;
        let program = root.join("cargo");
        std::fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        CargoClient { program, home: root.join("home") }
    }

    const WRITES: &str = "mkdir -p $CARGO_HOME/registry/cache/r && printf good > $CARGO_HOME/registry/cache/r/a-1.0.0.crate && cp Cargo.toml $CARGO_HOME/";

    #[test]
    fn cargo_is_run_once_and_its_file_is_verified() {
        let root = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Config::default()).unwrap();
        let cargo = fake_cargo(root.path(), WRITES);
        let requests = fetcher.locate_crates(&set(b"good"), &cargo, root.path()).unwrap();
        let manifest = std::fs::read_to_string(root.path().join("home/Cargo.toml")).unwrap();
        assert!(manifest.contains(r#"c0 = { package = "a", version = "=1.0.0", default-features = false }"#));
        let got = fetcher.fetch_all(requests, root.path(), &Silent, |_, path| std::fs::read(path).unwrap());
        assert_eq!(got.into_values().next().unwrap().unwrap(), b"good");

        let never = fake_cargo(root.path(), "exit 1");
        fetcher.locate_crates(&set(b"good"), &never, root.path()).unwrap();
    }

    #[test]
    fn a_crate_that_a_registry_replaced_is_refused() {
        let root = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Config::default()).unwrap();
        let cargo = fake_cargo(root.path(), WRITES);
        let requests = fetcher.locate_crates(&set(b"honest"), &cargo, root.path()).unwrap();
        let got = fetcher.fetch_all(requests, root.path(), &Silent, |_, _| ());
        let error = got.into_values().next().unwrap().unwrap_err();
        assert!(error.to_string().contains("wrong content"), "{error}");
    }

    #[test]
    fn a_failing_cargo_is_quoted() {
        let root = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Config::default()).unwrap();
        let cargo = fake_cargo(root.path(), "echo no such registry >&2; exit 101");
        let error = fetcher.locate_crates(&set(b"good"), &cargo, root.path()).unwrap_err();
        assert!(error.to_string().contains("no such registry"), "{error}");
    }

    #[test]
    fn offline_never_runs_cargo() {
        let root = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Config { offline: true, ..Config::default() }).unwrap();
        let cargo = fake_cargo(root.path(), WRITES);
        let error = fetcher.locate_crates(&set(b"good"), &cargo, root.path()).unwrap_err();
        assert!(matches!(error, FetchError::CrateMissing { offline: true, .. }), "{error}");
        assert!(!cargo.home.exists());
    }
}
