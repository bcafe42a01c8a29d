// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Which component brings a path: by lists of files (`os-files.spdx.json`), or by `owners.json`, which a release and an image in the
//! store have beside `os.spdx.json`, and which names links and folders too.

use std::collections::{BTreeMap, BTreeSet};

use ashlar_recipe::nearest;
use ashlar_sbom::{Component, ComponentId, Inventory, Reading, Verb};
use ashlar_tree::TreePath;
use serde::Deserialize;

use super::holder::{FILE_LIST, Holder};
use super::subject::{Found, Subject};
use crate::failure::Failure;

/// Paths that are shown at most.
const SHOWN: usize = 5;
const OWNERS: &str = "owners.json";

/// Paths with the components that bring them: one, or for a folder several.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnedPaths(BTreeMap<TreePath, Vec<Component>>);

/// What `owners.json` says: `recipe:output` or `image:name` for each path (images/src/owners.rs writes it).
#[derive(Deserialize)]
struct Owners {
    schema: u32,
    paths: BTreeMap<String, BTreeSet<String>>,
}

impl OwnedPaths {
    /// Those of a subject.
    ///
    /// # Errors
    /// If it has no list of files, or as [`OwnedPaths::find`].
    pub(crate) fn of(subject: &Subject) -> Result<Self, Failure> {
        Self::find(subject)?.ok_or_else(|| Failure::Usage {
            message: "find who owns what: no files are listed there".to_owned(),
            help: Some(
                "name a release, an image of this project, a mounted root, or its usr/share/spdx/os-files.spdx.json"
                    .to_owned(),
            ),
        })
    }

    /// Those of a subject; `None` if it has no list of files, as a folder with nothing but documents.
    ///
    /// # Errors
    /// If a list that is there cannot be read.
    pub(crate) fn find(subject: &Subject) -> Result<Option<Self>, Failure> {
        let mut all = Self::default();
        match subject {
            Subject::File(_) => all.add_list(&subject.document()?.reading),
            Subject::Holder(holder, _) => {
                for path in holder.documents()?.iter().filter(|path| path.ends_with(FILE_LIST)) {
                    let bytes = holder.read(path)?.unwrap_or_default();
                    all.add_list(&Found::read(format!("{path} of {}", holder.shown()), &bytes)?.reading);
                }
                if all.0.is_empty() {
                    all.add_owners(holder, &subject.document()?)?;
                }
            }
        }
        Ok((!all.0.is_empty()).then_some(all))
    }

    fn add_list(&mut self, reading: &Reading) {
        let inventory = &reading.inventory;
        for path in inventory.files().keys() {
            self.0.entry(path.clone()).or_default().extend(inventory.owner_of(path).cloned());
        }
        // A list cannot name itself; it is the root's, as all documents are.
        if let (Some(own), Some(root)) = (&reading.own_path, inventory.components().get(inventory.root())) {
            self.0.entry(own.clone()).or_insert_with(|| vec![root.clone()]);
        }
    }

    fn add_owners(&mut self, holder: &Holder, found: &Found) -> Result<(), Failure> {
        let Some(bytes) = holder.read(OWNERS)? else { return Ok(()) };
        let wrong = |reason: String| Failure::Finding {
            message: format!("read {OWNERS} of {}: {reason}", holder.shown()),
            help: None,
        };
        let owners: Owners = serde_json::from_slice(&bytes).map_err(|cause| wrong(cause.to_string()))?;
        if owners.schema != 1 {
            return Err(wrong(format!("its schema is {}, and 1 is read", owners.schema)));
        }
        for (path, names) in owners.paths {
            let path = TreePath::parse(&path).map_err(|cause| wrong(cause.to_string()))?;
            let components = names.iter().map(|name| {
                let component = component_of(&found.reading.inventory, name);
                component.cloned().ok_or_else(|| wrong(format!("{name} is no component of {}", found.place)))
            });
            self.0.insert(path, components.collect::<Result<_, _>>()?);
        }
        Ok(())
    }

    /// All paths.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &TreePath> {
        self.0.keys()
    }

    /// How many bytes each component brings, of files of the sizes `sizes`.
    pub(crate) fn sizes(&self, sizes: &BTreeMap<TreePath, u64>) -> BTreeMap<ComponentId, u64> {
        let mut result = BTreeMap::new();
        for (path, size) in sizes {
            // A folder has several; a file has one.
            if let Some([owner]) = self.0.get(path).map(Vec::as_slice) {
                *result.entry(owner.id()).or_default() += size;
            }
        }
        result
    }

    /// The components that bring `path`.
    ///
    /// # Errors
    /// With what lies below it, or else with the nearest paths, where there is no such path.
    pub(crate) fn owners(&self, path: &TreePath) -> Result<&[Component], Failure> {
        self.0.get(path).map(Vec::as_slice).ok_or_else(|| self.unknown(path))
    }

    fn unknown(&self, path: &TreePath) -> Failure {
        let below: Vec<_> = self.below(path).collect();
        let (reason, help) = if below.is_empty() {
            ("no component brings it".to_owned(), self.near(path))
        } else {
            let titles: BTreeSet<String> =
                below.iter().flat_map(|(_, all)| all.iter().map(Component::title)).collect();
            let titles: Vec<String> = titles.into_iter().collect();
            let reason = format!("it is a folder, with files of {}", some(&titles));
            let paths: Vec<String> = below.iter().map(|(path, _)| format!("/{path}")).collect();
            (reason, format!("ask for one of its files: {}", some(&paths)))
        };
        Failure::Finding { message: format!("find who owns /{path}: {reason}"), help: Some(help) }
    }

    fn below<'a>(&'a self, path: &TreePath) -> impl Iterator<Item = (&'a TreePath, &'a Vec<Component>)> {
        let folder = format!("{path}/");
        let first = TreePath::parse(&format!("{path}/\u{1}")).unwrap_or_else(|_| path.clone());
        self.0.range(first..).take_while(move |(path, _)| path.as_str().starts_with(&folder))
    }

    /// The same name elsewhere, or a path that differs by a slip, or what lies beside it.
    fn near(&self, path: &TreePath) -> String {
        let same_name = self.0.keys().filter(|other| other.file_name() == path.file_name());
        let same_name: Vec<String> = same_name.map(|path| format!("/{path}")).collect();
        if !same_name.is_empty() {
            return format!("there is {}", some(&same_name));
        }
        let text = path.as_str();
        let alike = self.0.keys().map(TreePath::as_str).filter(|other| other.len().abs_diff(text.len()) <= 3);
        if let Some(near) = nearest(text, alike) {
            return format!("did you mean /{near}?");
        }
        let beside = path
            .parent()
            .map(|parent| self.below(&parent).map(|(path, _)| format!("/{path}")).collect::<Vec<_>>());
        match beside.filter(|beside| !beside.is_empty()) {
            Some(beside) => format!("beside it there is {}", some(&beside)),
            None => "lists of files name regular files alone: no links, no folders".to_owned(),
        }
    }
}

/// The component of the root that an owner is.
fn component_of<'a>(inventory: &'a Inventory, owner: &str) -> Option<&'a Component> {
    let (recipe, _) = owner.split_once(':')?;
    if recipe == "image" {
        return inventory.components().get(inventory.root());
    }
    let held = inventory.related(inventory.root(), Verb::Contains);
    let held = held.filter_map(|id| inventory.components().get(id));
    held.into_iter().find(|component| component.recipe.as_deref() == Some(recipe))
}

/// The first few of a list, and how many more there are.
fn some(all: &[String]) -> String {
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sbom::samples;
    use std::fs;
    use std::path::Path;

    fn path(text: &str) -> TreePath {
        TreePath::parse(text).unwrap()
    }

    fn paths() -> OwnedPaths {
        let mut paths = OwnedPaths::default();
        paths.add_list(&ashlar_sbom::read(&samples::file_list("1.2.5")).unwrap());
        paths
    }

    fn of_folder(files: &[(&str, &[u8])]) -> Result<OwnedPaths, Failure> {
        let folder = tempfile::tempdir().unwrap();
        for (path, bytes) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).unwrap();
            fs::write(path, bytes).unwrap();
        }
        OwnedPaths::of(&Subject::Holder(Holder::Folder(folder.path().to_owned()), "os".to_owned()))
    }

    fn owner(paths: &OwnedPaths, of: &str) -> String {
        paths.owners(&path(of)).unwrap().iter().map(Component::title).collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn a_list_of_files_names_the_owner_of_each_and_the_root_owns_the_list() {
        let paths = paths();
        assert_eq!(owner(&paths, "usr/lib/libc.so"), "musl 1.2.5");
        assert_eq!(owner(&paths, "etc/hostname"), "ashlar 1");
        assert_eq!(owner(&paths, "usr/share/spdx/os-files.spdx.json"), "ashlar 1");
    }

    #[test]
    fn an_unknown_path_is_answered_with_the_nearest() {
        let paths = paths();
        let help = |of: &str| paths.owners(&path(of)).unwrap_err().help().unwrap();
        assert_eq!(help("lib/libc.so"), "there is /usr/lib/libc.so");
        assert_eq!(help("usr/bin/inti"), "did you mean /usr/bin/init?");
        assert_eq!(help("usr/lib/something-else"), "beside it there is /usr/lib/libc.so");
        assert!(help("var/x").starts_with("lists of files name"), "{}", help("var/x"));
        let folder = paths.owners(&path("usr")).unwrap_err();
        assert!(
            folder.to_string().contains("it is a folder, with files of ashlar 1, init 1.0, musl 1.2.5"),
            "{folder}"
        );
        assert!(folder.help().unwrap().contains("/usr/bin/init, /usr/lib/libc.so"));
        // Not what merely begins with the same letters.
        assert!(!paths.owners(&path("usr/li")).unwrap_err().to_string().contains("folder"));
    }

    #[test]
    fn a_mounted_root_has_a_list_for_each_that_was_merged_into_it() {
        let extension = ashlar_sbom::InventoryBuilder::new(samples::component(
            ashlar_sbom::Kind::OperatingSystem,
            "ext",
            "2",
        ));
        let mut builder = extension;
        let root = builder.root().clone();
        builder.file(path("usr/lib/ext.ko"), ashlar_sbom::Checksums::of(b"x"));
        builder.owns(&root, path("usr/lib/ext.ko"));
        let reading = ashlar_sbom::read(&samples::file_list("1")).unwrap();
        let tool = ashlar_sbom::Tool { name: "x".to_owned(), version: "1".to_owned() };
        let (about, _) = ashlar_sbom::Document::made_from(&reading, reading.author.clone().unwrap(), tool);
        let list =
            ashlar_sbom::write(ashlar_sbom::Format::Spdx23, &about, &builder.build().unwrap()).unwrap();
        let paths = of_folder(&[
            ("usr/share/spdx/os-files.spdx.json", &samples::file_list("1.2.5")),
            ("usr/share/spdx/ext-files.spdx.json", &list),
        ])
        .unwrap();
        assert_eq!(owner(&paths, "usr/lib/libc.so"), "musl 1.2.5");
        assert_eq!(owner(&paths, "usr/lib/ext.ko"), "ext 2");
    }

    #[test]
    fn a_release_answers_by_its_list_of_owners_links_and_folders_too() {
        let owners = br#"{"schema": 1, "paths": {"usr": ["init:runtime", "musl:runtime"], "usr/bin/sh": ["init:runtime"], "etc/x": ["image:q"]}}"#;
        let document = samples::document("1.2.5");
        let paths = of_folder(&[("os.spdx.json", &document), ("owners.json", owners)]).unwrap();
        assert_eq!(owner(&paths, "usr"), "init 1.0, musl 1.2.5");
        assert_eq!(owner(&paths, "usr/bin/sh"), "init 1.0");
        assert_eq!(owner(&paths, "etc/x"), "ashlar 1");
        let foreign = br#"{"schema": 1, "paths": {"usr": ["absent:runtime"]}}"#;
        let failure = of_folder(&[("os.spdx.json", &document), ("owners.json", foreign)]).unwrap_err();
        assert!(failure.to_string().contains("absent:runtime is no component"), "{failure}");
        let failure = of_folder(&[("os.spdx.json", &document)]).unwrap_err();
        assert!(failure.help().unwrap().contains("os-files.spdx.json"), "{failure}");
    }
}
