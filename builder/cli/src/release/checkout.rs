// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The digest of a checkout (DESIGN §5): of everything in the project that can reach an artifact, whatever version control says.
//!
//! One tree holds `ashlar.toml`, the lock, `ashlar.expected`, seeds and keyring, recipes, image definitions with their templates, every
//! `path` source and every language lock, each at its path in the project. Imported projects lie under their own folders, without
//! their locks, expected digests and images: nothing of these is used.

use std::path::Path;

use ashlar_digest::TreeDigest;
use ashlar_plan::ProjectSources as _;
use ashlar_recipe::{Assertion, ProjectPath, RecipeSet, SourceKind};
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
    for part in parts(&session.recipes, &session.root) {
        let Part { project, path, include } = &part;
        let parsed = ProjectPath::parse(path).map_err(|cause| wrong(cause.to_string()))?;
        let tree = folder.path_tree(project, &parsed, include).map_err(wrong)?;
        let tree = session.store.get_tree(tree)?;
        let full = if project.is_empty() { path.clone() } else { format!("{project}/{path}") };
        let is_file = session.root.join(&full).is_file();
        let full = as_tree_path(&full);
        let at = if is_file { full.rsplit_once('/').map_or("", |(folder, _)| folder) } else { full.as_str() };
        for (path, node) in tree.iter() {
            let text = if at.is_empty() { path.as_str().to_owned() } else { format!("{at}/{path}") };
            let at = TreePath::parse(&text).map_err(|cause| wrong(cause.to_string()))?;
            match whole.get(&at) {
                Some(present) if present == node || (present.is_directory() && node.is_directory()) => {}
                Some(_) => return Err(wrong(format!("{at} is there twice, with different content"))),
                None => whole.insert(at, node.clone()).map_err(|cause| wrong(cause.to_string()))?,
            }
        }
    }
    Ok(session.store.put_tree(&whole)?)
}

/// Projects beside this one are imported by paths that begin with `..`, which no tree can hold. Should the project itself have something
/// at the place that they get, other content there is an error.
fn as_tree_path(path: &str) -> String {
    let mut rest = path;
    let mut place = String::new();
    while let Some(after) = rest.strip_prefix("../") {
        place.push_str(":above/");
        rest = after;
    }
    place + rest
}

/// A file or folder of a project.
#[derive(Clone, Debug)]
struct Part {
    /// Folder of the project, relative to the one that is built.
    project: String,
    path: String,
    include: Vec<Pattern>,
}

fn parts(recipes: &RecipeSet, root: &Path) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut add = |project: &str, path: &str, include: &[Pattern]| {
        if root.join(project).join(path).exists() {
            parts.push(Part {
                project: project.to_owned(),
                path: path.to_owned(),
                include: include.to_vec(),
            });
        }
    };
    for path in ["ashlar.lock", "ashlar.expected", recipes.project().images.as_str()] {
        add("", path, &[]);
    }
    for (folder, project) in recipes.projects() {
        for path in ["ashlar.toml", project.seeds.as_str(), project.recipes.as_str()] {
            add(folder, path, &[]);
        }
    }
    if let Some(archive) = &recipes.seeds().archive {
        add("", archive.keyring.as_str(), &[]);
    }
    for recipe in recipes.recipes() {
        let origin = recipes.origin(&recipe.name).map_or("", |origin| origin.folder.as_str());
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
        let varied = recipe.variants.keys().filter_map(|variant| recipe.with_variant(variant));
        let builds = varied.map(|recipe| recipe.build).chain([recipe.build.clone()]);
        for Assertion::KernelConfig { fragments, .. } in builds.flat_map(|build| build.asserts) {
            for fragment in &fragments {
                add(origin, fragment.as_str(), &[]);
            }
        }
    }
    for image in recipes.images() {
        for path in image.root.files.iter().filter_map(|file| file.content.project_path()) {
            add("", path.as_str(), &[]);
        }
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECIPE: &str = "
[recipe]
name = \"NAME\"
version = \"1\"
summary = \"A test\"
license = \"MIT\"
homepage = \"https://example.invalid/\"
supplier = \"Organization: Test\"
purl = \"pkg:generic/NAME@1\"

[[source]]
name = \"data\"
path = \"data\"

[build]
seeds = []

[[build.step]]
run = \"cp -r /sources/data $OUT/data\"

[[output]]
name = \"runtime\"
paths = [\"data/**\"]

[[variant.other.assert]]
kernel-config = { file = \"data/config\", fragments = [\"only-of-a-variant.config\"] }
";

    fn write(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    #[test]
    fn each_project_has_a_place_of_its_own_in_the_tree() {
        let places = ["recipes", "imported/recipes", "a../b", "../base/recipes", "../../base/recipes"];
        let mut found: Vec<String> = places.map(as_tree_path).into();
        assert_eq!(&found[..3], &places[..3], "a project's own files stay where they are");
        for place in &found {
            TreePath::parse(place).unwrap();
        }
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), places.len());
    }

    #[test]
    fn what_an_imported_project_says_is_a_part_of_the_checkout() {
        let folder = tempfile::tempdir().unwrap();
        let project = |name: &str, import: &str| {
            format!("[project]\nname = \"{name}\"\nsupplier = \"Organization: Test\"\nepoch = 0\n{import}")
        };
        for (place, import) in [("main", "[import.base]\npath = \"../base\"\n"), ("base", "")] {
            let root = folder.path().join(place);
            write(&root, "ashlar.toml", &project(place, import));
            let recipe = RECIPE.replace("NAME", &format!("of-{place}"));
            write(&root, &format!("recipes/of-{place}/recipe.toml"), &recipe);
            write(&root, "data/file", "1");
            write(&root, "only-of-a-variant.config", "");
            write(&root, "ashlar.lock", "");
        }
        let root = folder.path().join("main");
        let recipes = ashlar_recipe::load_project(&root).unwrap();
        let parts: Vec<(String, String)> =
            parts(&recipes, &root).into_iter().map(|part| (part.project, part.path)).collect();
        let wanted = [
            ("", "ashlar.lock"),
            ("", "ashlar.toml"),
            ("", "recipes"),
            ("../base", "ashlar.toml"),
            ("../base", "recipes"),
            ("../base", "data"),
            ("../base", "only-of-a-variant.config"),
            ("", "data"),
            ("", "only-of-a-variant.config"),
        ];
        assert_eq!(parts, wanted.map(|(project, path)| (project.to_owned(), path.to_owned())));
    }
}
