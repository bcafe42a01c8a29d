// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Where the foreign programs are, and what a test does without them.
//!
//! ```text
//! $ASHLAR_SBOM_READERS, or ashlar-sbom-readers in the user's cache folder
//!   python/pins     = python/requirements.txt of the checkout   python/venv/bin/{python,sbomcheck,…}
//!   scanners/pins   = scanners/go.mod and go.sum behind it      scanners/{grype,syft}
//! ```

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A set of programs that is brought as one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tools {
    /// The validators.
    Python,
    /// grype and syft.
    Scanners,
}

impl Tools {
    const fn folder(self) -> &'static str {
        match self {
            Self::Python => "python",
            Self::Scanners => "scanners",
        }
    }

    /// The pins of this checkout.
    const fn pins(self) -> &'static str {
        match self {
            Self::Python => include_str!("../python/requirements.txt"),
            Self::Scanners => concat!(include_str!("../scanners/go.mod"), include_str!("../scanners/go.sum")),
        }
    }

    /// The folder that the programs are in; none if they are missing or of other pins, so that the test has to skip.
    ///
    /// # Panics
    /// Instead of that, where the environment variable CI is set: there, no check may be skipped.
    #[cfg_attr(
        not(test),
        expect(clippy::print_stderr, reason = "who reads the output of tests has to see what was left out")
    )]
    pub(crate) fn folder_of(self) -> Option<PathBuf> {
        let folder = cache().map(|cache| cache.join(self.folder()));
        let found = folder
            .filter(|folder| fs::read_to_string(folder.join("pins")).is_ok_and(|pins| pins == self.pins()));
        if found.is_none() {
            let missing = format!(
                "the {} of tests/sbom-readers are missing or outdated: run `just sbom-readers`",
                self.folder()
            );
            assert!(variable("CI").is_none(), "{missing}; in CI no check may be skipped");
            eprintln!("skipped: {missing}");
        }
        found
    }
}

/// Starts `program` in `folder` with nothing of the environment but `variables`, and the folder as home: no setting of a user
/// and no proxy of the machine reaches it.
pub(crate) fn run(folder: &Path, program: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env_clear().env("HOME", folder);
    command.env("PATH", "/usr/bin:/bin").envs(variables.iter().copied());
    match command.output() {
        Ok(output) => output,
        Err(cause) => panic!("start {}: {cause}; run `just sbom-readers`", program.display()),
    }
}

/// Standard output and error, one behind the other.
pub(crate) fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

/// A file of this crate's folder.
pub(crate) fn own(path: &str) -> String {
    format!("{}/{path}", env!("CARGO_MANIFEST_DIR"))
}

/// A variable that says where something lies; an empty one says nothing.
#[expect(
    clippy::disallowed_methods,
    reason = "a test asks where things are; nothing of it reaches an output"
)]
pub(crate) fn variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// As fetch.sh has it.
fn cache() -> Option<PathBuf> {
    let below = |folder: PathBuf| folder.join("ashlar-sbom-readers");
    variable("ASHLAR_SBOM_READERS")
        .or_else(|| variable("XDG_CACHE_HOME").map(below))
        .or_else(|| variable("HOME").map(|home| below(home.join(".cache"))))
}
