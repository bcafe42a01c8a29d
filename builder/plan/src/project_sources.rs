// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The port through which planning sees the parts of a checkout that are no recipes: `path` sources and language locks.

use ashlar_digest::{SourceDigest, TreeDigest};
use ashlar_recipe::ProjectPath;
use ashlar_tree::Pattern;

use crate::ModuleKind;

/// One crate of a Cargo.lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CrateFile {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// The `checksum` of the lock.
    pub digest: SourceDigest,
}

/// One file of a module that a go.sum pins.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct GoModuleFile {
    /// The module's path.
    pub module: String,
    /// Its version.
    pub version: String,
    /// Which of its files.
    pub kind: ModuleKind,
    /// The hash that go.sum states. It is no digest of the file's bytes: that is in the lock.
    pub h1: String,
}

/// Reads what sources name inside the project. An error is a sentence that says what is wrong.
pub trait ProjectSources {
    /// The tree of a `path` source, stored. A single file is a tree of that one file. `folder` is the project's, relative to the one that is
    /// built: not empty for recipes of imported projects.
    ///
    /// # Errors
    /// If it is not there or holds what a tree cannot hold.
    fn path_tree(&self, folder: &str, path: &ProjectPath, include: &[Pattern]) -> Result<TreeDigest, String>;

    /// The registry packages that `package` of the Cargo.lock at `lock` needs.
    ///
    /// # Errors
    /// If the lock cannot be read or does not hold the package.
    fn crates(&self, folder: &str, lock: &ProjectPath, package: &str) -> Result<Vec<CrateFile>, String>;

    /// The files that the go.sum at `sum` pins and a build needs by the go.mod at `module`.
    ///
    /// # Errors
    /// If either cannot be read.
    fn go_modules(
        &self,
        folder: &str,
        sum: &ProjectPath,
        module: &ProjectPath,
    ) -> Result<Vec<GoModuleFile>, String>;
}
