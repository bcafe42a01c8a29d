// SPDX-License-Identifier: Apache-2.0 OR MIT
//! One file that go.sum pins: what it is called, where a proxy has it, and whether bytes are it.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;
use std::str::FromStr;

use ashlar_digest::{Hasher, Sha256};

use super::hash::of_zip;
use super::{Hash1, ModuleVersion};
use crate::Reason;

/// The bounds of the module reference on a zip and on a go.mod.
const MAX_ZIP: u64 = 500 << 20;
const MAX_MOD: u64 = 16 << 20;

/// What go.sum pins of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GoFileKind {
    /// Its go.mod.
    Mod,
    /// All its files.
    Zip,
}

impl GoFileKind {
    /// The ending of the file's name in a proxy.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mod => "mod",
            Self::Zip => "zip",
        }
    }
}

impl FromStr for GoFileKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "mod" => Ok(Self::Mod),
            "zip" => Ok(Self::Zip),
            _ => Err(format!("{text:?} is neither mod nor zip")),
        }
    }
}

/// One pinned file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoFile {
    /// Of which module.
    pub module: ModuleVersion,
    /// Which of its files.
    pub kind: GoFileKind,
    /// What go.sum says that it hashes to.
    pub hash: Hash1,
}

impl GoFile {
    /// The file's place below a proxy.
    #[must_use]
    pub fn path(&self) -> String {
        self.module.file(self.kind.as_str())
    }

    /// Checks that the file at `path` is this one.
    ///
    /// # Errors
    /// [`Reason::GoHash`] if it hashes to something else, [`Reason::Archive`] for what is no module zip,
    /// [`Reason::File`] where it cannot be read.
    pub fn verify(&self, path: &Path) -> Result<(), Reason> {
        if self.kind == GoFileKind::Zip {
            return self.verify_zip(path);
        }
        let unreadable = |error: io::Error| Reason::File { cause: error.to_string() };
        let mut hasher = Hasher::new();
        io::copy(&mut File::open(path).map_err(unreadable)?, &mut hasher).map_err(unreadable)?;
        self.hash.check(&Hash1::of_go_mod(hasher.finish()))
    }

    /// The same, where the digest of the bytes is known already.
    pub(super) fn verify_hashed(&self, path: &Path, digest: Sha256) -> Result<(), Reason> {
        match self.kind {
            GoFileKind::Zip => self.verify_zip(path),
            GoFileKind::Mod => self.hash.check(&Hash1::of_go_mod(digest)),
        }
    }

    fn verify_zip(&self, path: &Path) -> Result<(), Reason> {
        self.hash.check(&of_zip(path, &self.module)?)
    }

    pub(super) const fn cap(&self) -> u64 {
        match self.kind {
            GoFileKind::Zip => MAX_ZIP,
            GoFileKind::Mod => MAX_MOD,
        }
    }
}

impl fmt::Display for GoFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.module, self.kind.as_str())
    }
}
