// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The parts of a checkout that are sources: folders, files and language locks.

use std::path::{Path, PathBuf};

use ashlar_digest::TreeDigest;
use ashlar_fetch::crates::CrateSet;
use ashlar_fetch::go::{GoFileKind, GoModules};
use ashlar_plan::{CrateFile, GoModuleFile, ModuleKind, ProjectSources};
use ashlar_recipe::ProjectPath;
use ashlar_store::{CaptureOptions, Store};
use ashlar_tree::{Node, Pattern, Tree, TreePath};

use crate::failure::chain;

/// Reads sources from the project's folder and stores them.
#[derive(Debug)]
pub(crate) struct ProjectFolder<'a> {
    pub(crate) root: &'a Path,
    pub(crate) store: &'a Store,
}

impl ProjectSources for ProjectFolder<'_> {
    fn path_tree(&self, folder: &str, path: &ProjectPath, include: &[Pattern]) -> Result<TreeDigest, String> {
        let full = inside(&self.root.join(folder), path)?;
        let wrong = |cause: ashlar_store::StoreError| chain(&cause);
        let tree = if full.is_file() {
            let (blob, size) = self.store.add_file(&full).map_err(wrong)?;
            let name = path.as_tree_path().file_name();
            let executable = is_executable(&full)?;
            let mut tree = Tree::new();
            let at = TreePath::parse(name).map_err(|cause| cause.to_string())?;
            tree.insert(at, Node::file(blob, size, executable)).map_err(|cause| cause.to_string())?;
            tree
        } else if full.is_dir() {
            self.folder(&full, include)?
        } else {
            return Err(format!("there is no {path} in the project"));
        };
        if tree.is_empty() {
            return Err(format!("nothing in {path} is included"));
        }
        self.store.put_tree(&tree).map_err(wrong)
    }

    fn crates(&self, folder: &str, lock: &ProjectPath, package: &str) -> Result<Vec<CrateFile>, String> {
        let set = crate_set(self.root, folder, lock, package)?;
        let files = set.crates().iter().map(|found| CrateFile {
            name: found.name().to_owned(),
            version: found.version().to_owned(),
            digest: found.digest(),
        });
        Ok(files.collect())
    }

    fn go_modules(
        &self,
        folder: &str,
        sum: &ProjectPath,
        module: &ProjectPath,
    ) -> Result<Vec<GoModuleFile>, String> {
        let read = |path: &ProjectPath| {
            std::fs::read_to_string(self.root.join(folder).join(path.as_str()))
                .map_err(|cause| format!("read {path}: {cause}"))
        };
        let set = GoModules::parse(&read(sum)?, &read(module)?, (sum.as_str(), module.as_str()))
            .map_err(|cause| chain(&cause))?;
        let files = set.files().map(|file| GoModuleFile {
            module: file.module.path().to_owned(),
            version: file.module.version().to_owned(),
            kind: match file.kind {
                GoFileKind::Mod => ModuleKind::Mod,
                GoFileKind::Zip => ModuleKind::Zip,
            },
            h1: file.hash.to_string(),
        });
        Ok(files.collect())
    }
}

impl ProjectFolder<'_> {
    /// The files of a folder that `include` takes, or all; never what a build left there (`target/`) or a version control's folder.
    fn folder(&self, full: &Path, include: &[Pattern]) -> Result<Tree, String> {
        let skip = |path: &TreePath| {
            // Cargo marks its folder of build results (Cache Directory Tagging Specification).
            let results =
                path.file_name() == "target" && full.join(path.as_str()).join("CACHEDIR.TAG").exists();
            path.file_name() == ".git" || results
        };
        let options = CaptureOptions { attributes: None, unlock: false, skip: Some(&skip) };
        let all = self.store.capture(full, options).map_err(|cause| chain(&cause))?;
        if include.is_empty() {
            return Ok(all);
        }
        if let Some(idle) = include.iter().find(|pattern| !all.iter().any(|(path, _)| pattern.matches(path)))
        {
            return Err(format!("the pattern {:?} of `include` takes nothing", idle.as_str()));
        }
        let mut tree = Tree::new();
        for (path, node) in all.iter() {
            if !node.is_directory() && include.iter().any(|pattern| pattern.matches(path)) {
                tree.insert(path.clone(), node.clone()).map_err(|cause| cause.to_string())?;
            }
        }
        Ok(tree)
    }
}

/// The place of `path` on disk; a link that leads out of the project would bring files that no checkout holds.
fn inside(project: &Path, path: &ProjectPath) -> Result<PathBuf, String> {
    let real = |path: &Path| {
        std::fs::canonicalize(path).map_err(|cause| format!("find {}: {cause}", path.display()))
    };
    let base = real(project)?;
    let full = real(&base.join(path.as_str()))?;
    if full.starts_with(&base) { Ok(full) } else { Err(format!("{path} leads out of the project by a link")) }
}

/// The crates that `package` of a Cargo.lock needs.
pub(crate) fn crate_set(
    root: &Path,
    folder: &str,
    lock: &ProjectPath,
    package: &str,
) -> Result<CrateSet, String> {
    let path = inside(&root.join(folder), lock)?;
    let text = std::fs::read_to_string(&path).map_err(|cause| format!("read {lock}: {cause}"))?;
    CrateSet::of_package(&text, lock.as_str(), package).map_err(|cause| chain(&cause))
}

fn is_executable(path: &Path) -> Result<bool, String> {
    use std::os::unix::fs::PermissionsExt as _;
    let metadata = std::fs::metadata(path).map_err(|cause| format!("read {}: {cause}", path.display()))?;
    Ok(metadata.permissions().mode() & 0o100 != 0)
}
