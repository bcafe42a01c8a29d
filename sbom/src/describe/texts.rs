// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the licence texts that recipes install, and those of crates, say of whom.

use std::collections::BTreeMap;

use ashlar_digest::BlobDigest;
use ashlar_tree::{Node, TreePath};

use super::{Evidence, fact};
use crate::error::SbomError;
use crate::licence_text::LicenceText;

/// Where recipes install theirs, each below its name.
const FOLDER: &str = "usr/share/licenses";
/// What the names of files with licences begin with, in crates.
const NAMES: [&str; 4] = ["license", "licence", "copying", "notice"];
/// What a crate says of itself.
const MANIFEST: &str = "Cargo.toml";

/// Whether a file of a recipe's output `licenses`, or of its vendored crates, is one that licences are looked for in.
#[must_use]
pub fn holds_licence(path: &TreePath) -> bool {
    let path = path.as_str();
    let is_crates = path
        .split_once('/')
        .filter(|(_, file)| !file.contains('/'))
        .is_some_and(|(_, file)| NAMES.iter().any(|begin| file.to_ascii_lowercase().starts_with(begin)));
    is_crates || path.strip_prefix(FOLDER).is_some_and(|rest| rest.starts_with('/'))
}

/// What the texts say.
pub(crate) struct Texts<'a> {
    evidence: &'a Evidence,
    /// The manifests of crates, by recipe and `<name>-<version>`.
    manifests: BTreeMap<(String, String), Vec<u8>>,
}

impl<'a> Texts<'a> {
    /// Reads the manifests of crates.
    pub(crate) fn read<E: From<SbomError>>(
        evidence: &'a Evidence,
        read: &impl Fn(BlobDigest) -> Result<Vec<u8>, E>,
    ) -> Result<Self, E> {
        let mut manifests = BTreeMap::new();
        for (recipe, tree) in &evidence.crates {
            for (path, node) in tree.iter() {
                let Some((name, MANIFEST)) = path.as_str().split_once('/') else { continue };
                if let Node::File { blob, .. } = node {
                    manifests.insert((recipe.clone(), name.to_owned()), read(*blob)?);
                }
            }
        }
        Ok(Self { evidence, manifests })
    }

    /// What the texts say of a recipe itself: all of them; of one in Go those of its own `module`, `path@version`.
    pub(crate) fn of_recipe(&self, recipe: &str, module: Option<&str>) -> LicenceText {
        match module {
            Some(module) => self.of_module(recipe, module),
            None => self.below(recipe, &format!("{FOLDER}/{recipe}/")),
        }
    }

    /// What a package of the seed says in its file of copyright.
    ///
    /// # Errors
    /// [`SbomError::Fact`] if nobody looked into it.
    pub(crate) fn of_package(&self, package: &str) -> Result<&LicenceText, SbomError> {
        let what = format!("package {package}");
        fact(&what, "its file of copyright was not looked into", self.evidence.package_texts.get(package))
    }

    /// What the texts of a module say, `path@version`, which `recipe` links in.
    pub(crate) fn of_module(&self, recipe: &str, module: &str) -> LicenceText {
        self.below(recipe, &format!("{FOLDER}/{recipe}/{module}/"))
    }

    /// The manifest of a crate of `recipe`, `<name>-<version>`, and what its texts say.
    pub(crate) fn of_crate(&self, recipe: &str, name: &str) -> Option<(&[u8], LicenceText)> {
        let manifest = self.manifests.get(&(recipe.to_owned(), name.to_owned()))?;
        Some((manifest, self.below(recipe, &format!("{name}/"))))
    }

    fn below(&self, recipe: &str, prefix: &str) -> LicenceText {
        let mut all = LicenceText::default();
        for (path, found) in self.evidence.licence_texts.get(recipe).into_iter().flatten() {
            if path.starts_with(prefix) {
                all.add(found);
            }
        }
        all
    }
}
