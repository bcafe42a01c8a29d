// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The digest of a checkout (DESIGN §5): of everything in the project that can reach an artifact, whatever version control says.
//!
//! One tree holds `ashlar.toml`, the lock, `ashlar.expected`, seeds and keyring, recipes, image definitions with their templates, every
//! `path` source and every language lock, each at its path in the project. Imported projects lie under their own folders.

use ashlar_digest::TreeDigest;
use ashlar_plan::ProjectSources as _;
use ashlar_recipe::{Assertion, ProjectPath, SourceKind};
use ashlar_tree::{Pattern, Tree, TreePath};

use crate::failure::Failure;
use crate::project_sources::ProjectFolder;
use crate::session::Session;

/// The digest of the session's checkout.
pub(crate) fn checkout_digest(session: &Session<'_>) -> Result<TreeDigest, Failure> {
    let folder = ProjectFolder { root: &session.root, store: &session.store };
    let wrong = |reason: String| Failure::Finding {
        message: format!("compute the digest of the checkout: {reason}"),
        help: None,
    };
    let mut whole = Tree::new();
    for part in parts(session) {
        let Part { project, path, include } = &part;
        let parsed = ProjectPath::parse(path).map_err(|cause| wrong(cause.to_string()))?;
        let tree = folder.path_tree(project, &parsed, include).map_err(wrong)?;
        let tree = session.store.get_tree(tree)?;
        let full = if project.is_empty() { path.clone() } else { format!("{project}/{path}") };
        let is_file = session.root.join(&full).is_file();
        // Projects beside this one are imported by paths that begin with `..`, which no tree can hold.
        let full = full.replace("../", "imported/");
        let at = if is_file { full.rsplit_once('/').map_or("", |(folder, _)| folder) } else { full.as_str() };
        for (path, node) in tree.iter() {
            let text = if at.is_empty() { path.as_str().to_owned() } else { format!("{at}/{path}") };
            let at = TreePath::parse(&text).map_err(|cause| wrong(cause.to_string()))?;
            if whole.get(&at).is_some_and(|present| present == node || present.is_directory()) {
                continue;
            }
            whole.insert(at, node.clone()).map_err(|cause| wrong(cause.to_string()))?;
        }
    }
    Ok(session.store.put_tree(&whole)?)
}

/// A file or folder of a project.
#[derive(Clone, Debug)]
struct Part {
    /// Folder of the project, relative to the one that is built.
    project: String,
    path: String,
    include: Vec<Pattern>,
}

fn parts(session: &Session<'_>) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |project: &str, path: &str, include: &[Pattern]| {
        if session.root.join(project).join(path).exists() {
            parts.push(Part {
                project: project.to_owned(),
                path: path.to_owned(),
                include: include.to_vec(),
            });
        }
    };
    let project = session.recipes.project();
    for path in ["ashlar.toml", "ashlar.lock", "ashlar.expected"] {
        add("", path, &[]);
    }
    for path in [&project.seeds, &project.recipes, &project.images] {
        add("", path.as_str(), &[]);
    }
    if let Some(archive) = &session.recipes.seeds().archive {
        add("", archive.keyring.as_str(), &[]);
    }
    for recipe in session.recipes.recipes() {
        let origin = session.recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str());
        for source in &recipe.sources {
            match &source.kind {
                SourceKind::Path { path, include } => add(origin, path.as_str(), include),
                SourceKind::Crates { lock, .. } => add(origin, lock.as_str(), &[]),
                SourceKind::Go { sum, module } => {
                    add(origin, sum.as_str(), &[]);
                    add(origin, module.as_str(), &[]);
                }
                SourceKind::Url { .. } | SourceKind::Debian { .. } => {}
            }
        }
        for Assertion::KernelConfig { fragments, .. } in &recipe.build.asserts {
            for fragment in fragments {
                add(origin, fragment.as_str(), &[]);
            }
        }
    }
    for image in session.recipes.images() {
        for path in image.root.files.iter().filter_map(|file| file.content.project_path()) {
            add("", path.as_str(), &[]);
        }
    }
    parts
}
