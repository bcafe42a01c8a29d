// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The finished root, counted again by programs of other people: files, digests, modules of Go, links of the loader.

use std::fs;
use std::path::Path;

use ashlar_sbom_readers::recount::{FILE_LIST, Found, OS, Stated, differences};
use ashlar_system_tests::{Folder, scratch_root};
use serde_json::Value;

use crate::read_back::Reader;
use crate::scene::Scene;

fn document(root: &Path, path: &str) -> Value {
    serde_json::from_slice(&fs::read(root.join(path)).unwrap()).unwrap()
}

#[test]
fn the_documents_in_the_root_say_what_other_peoples_programs_count() {
    let scene = Scene::get();
    let built = scene.built.clone().succeeds();
    let files = scene.files(&built, "image qemu:out");
    let folder = Folder::below(&scratch_root());
    let root = folder.join("root");
    let paths = Reader::of(scene).paths(&files["root.erofs"], &root);
    let Some(found) = Found::of(&root) else { return };
    let (os, file_list) = (document(&root, OS), document(&root, FILE_LIST));
    let stated = Stated::read(&os, &file_list);
    assert_eq!(differences(&found, &stated), Vec::<String>::new());
    // What was counted is what is there.
    let regular = |path: &&String| fs::symlink_metadata(root.join(path)).unwrap().is_file();
    assert_eq!(found.files.len(), paths.keys().filter(regular).count());
    assert!(!found.links.is_empty(), "{found:?}");

    let changed = "usr/lib/os-release";
    fs::write(root.join(changed), [fs::read(root.join(changed)).unwrap(), b"\n".to_vec()].concat()).unwrap();
    let lines = differences(&Found::of(&root).unwrap(), &stated);
    assert!(matches!(&lines[..], [line] if line.starts_with(&format!("file {changed}: "))), "{lines:#?}");
    fs::remove_file(root.join(changed)).unwrap();
    let lines = differences(&Found::of(&root).unwrap(), &stated);
    assert!(matches!(&lines[..], [line] if line.contains("found None")), "{lines:#?}");

    let mut unlinked = os;
    let relationships = unlinked["relationships"].as_array_mut().unwrap();
    let link = relationships.iter().position(|it| it["relationshipType"] == "DYNAMIC_LINK").unwrap();
    drop(relationships.remove(link));
    let lines = differences(&found, &Stated::read(&unlinked, &file_list));
    assert!(matches!(&lines[..], [line] if line.starts_with("links of ")), "{lines:#?}");
}
