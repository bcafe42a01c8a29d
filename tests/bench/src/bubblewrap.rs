// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The peer: bubblewrap, of the locked test tools, so that it is the same everywhere.
//!
//! It is started by the loader of its own tree, because the host may have another C library, or none.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::BenchError;

const LIBRARIES: &str = "usr/lib/x86_64-linux-gnu";
const LOADER: &str = "ld-linux-x86-64.so.2";

/// A call of bubblewrap that is being put together.
#[derive(Debug)]
pub(crate) struct Bubblewrap {
    command: Command,
}

impl Bubblewrap {
    /// `tools` is the checkout of the test tools.
    pub(crate) fn new(tools: &Path) -> Self {
        let libraries = tools.join(LIBRARIES);
        let mut command = Command::new(libraries.join(LOADER));
        command.arg("--library-path").arg(&libraries).arg(tools.join("usr/bin/bwrap"));
        command.env_clear().current_dir("/");
        Self { command }
    }

    pub(crate) fn words<const N: usize>(mut self, words: [&str; N]) -> Self {
        self.command.args(words);
        self
    }

    /// An option with two paths, such as `--bind`.
    pub(crate) fn place(
        mut self,
        option: &str,
        source: impl AsRef<OsStr>,
        destination: impl AsRef<OsStr>,
    ) -> Self {
        self.command.arg(option).arg(source).arg(destination);
        self
    }

    /// Uid and gid 0, and this environment alone.
    pub(crate) fn surroundings(mut self, environment: &BTreeMap<String, String>) -> Self {
        self.command.args(["--uid", "0", "--gid", "0", "--die-with-parent", "--clearenv"]);
        for (name, value) in environment {
            self.command.args(["--setenv", name, value]);
        }
        self
    }

    /// Shows what is in `sysroot` itself, without a layer over it: its folders read-only, its links as links.
    pub(crate) fn root_of(mut self, sysroot: &Path) -> Result<Self, BenchError> {
        for (path, kind) in entries(sysroot)? {
            let Some(name) = path.file_name() else { continue };
            let shown = Path::new("/").join(name);
            if kind.is_symlink() {
                let leads_to = fs::read_link(&path).map_err(BenchError::file("read", &path))?;
                self.command.arg("--symlink").arg(leads_to).arg(shown);
            } else {
                self.command.arg("--ro-bind").arg(&path).arg(shown);
            }
        }
        Ok(self)
    }

    /// Shows `sysroot` under a writable layer, as our sandbox does.
    pub(crate) fn overlay(mut self, sysroot: &Path, upper: &Path, work: &Path) -> Self {
        self.command.arg("--overlay-src").arg(sysroot);
        self.command.arg("--overlay").arg(upper).arg(work).arg("/");
        self
    }

    /// What runs inside.
    pub(crate) fn program(mut self, words: &[String]) -> Command {
        self.command.arg("--").args(words);
        self.command
    }
}

fn entries(folder: &Path) -> Result<Vec<(PathBuf, fs::FileType)>, BenchError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(BenchError::file("read", folder))? {
        let entry = entry.map_err(BenchError::file("read", folder))?;
        let kind = entry.file_type().map_err(BenchError::file("read", entry.path()))?;
        found.push((entry.path(), kind));
    }
    found.sort_by(|one, other| one.0.cmp(&other.0));
    Ok(found)
}
