// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The recount of a root that the environment names: `ASHLAR_SBOM_ROOT=DIR`, such as node's, by `fsck.erofs --extract=DIR
//! root.erofs`.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{FILE_LIST, Found, OS, Stated, differences};
use crate::tools::variable;

fn document(root: &Path, path: &str) -> Value {
    let bytes = fs::read(root.join(path)).unwrap_or_else(|cause| panic!("ASHLAR_SBOM_ROOT: {path}: {cause}"));
    serde_json::from_slice(&bytes).unwrap()
}

/// The one difference that there has to be.
fn only(found: &Found, os: &Value, file_list: &Value) -> String {
    let differences = differences(found, &Stated::read(os, file_list));
    assert_eq!(differences.len(), 1, "{differences:#?}");
    differences[0].clone()
}

/// Takes the first relationship of `kind` out of which `fits`.
fn take(os: &mut Value, kind: &str, fits: impl Fn(&str, &str) -> bool) {
    let relationships = os["relationships"].as_array_mut().unwrap();
    let at = relationships.iter().position(|it| {
        let end = |key: &str| it[key].as_str().unwrap();
        it["relationshipType"] == kind && fits(end("spdxElementId"), end("relatedSpdxElement"))
    });
    relationships.remove(at.unwrap_or_else(|| panic!("no {kind}")));
}

#[test]
fn other_peoples_programs_count_the_same_and_every_change_is_noticed() {
    let Some(root) = variable("ASHLAR_SBOM_ROOT") else { return };
    let (os, file_list) = (document(&root, OS), document(&root, FILE_LIST));
    let Some(found) = Found::of(&root) else { return };
    let stated = Stated::read(&os, &file_list);
    assert_eq!(differences(&found, &stated), Vec::<String>::new());
    let count = |all: &std::collections::BTreeMap<String, _>| all.len();
    assert!(count(&stated.files) > 10 && !stated.links.is_empty(), "{stated:?}");

    let mut changed = file_list.clone();
    let removed = changed["files"].as_array_mut().unwrap().remove(3);
    let differences = differences(&found, &Stated::read(&os, &changed));
    assert!(
        differences.iter().any(|it| it.contains(&removed["fileName"].as_str().unwrap()[2..])),
        "{differences:?}"
    );

    for algorithm in 0..3 {
        let mut changed = file_list.clone();
        let file = changed["files"].as_array_mut().unwrap().last_mut().unwrap();
        file["checksums"][algorithm]["checksumValue"] = Value::from("0000");
        assert!(only(&found, &os, &changed).contains("0000"));
    }

    let mut changed = os.clone();
    take(&mut changed, "DYNAMIC_LINK", |_, _| true);
    assert!(only(&found, &changed, &file_list).starts_with("links of"));

    // An image without programs of Go has nothing to change there.
    let Some(user) = stated.modules.keys().next() else { return };
    let is_module = |id: &str| {
        os["packages"].as_array().unwrap().iter().any(|it| it["SPDXID"] == id && super::stated::is_module(it))
    };
    let mut changed = os.clone();
    take(&mut changed, "STATIC_LINK", |from, to| from == user && is_module(to));
    assert!(only(&found, &changed, &file_list).starts_with("modules of"));

    let mut changed = os.clone();
    let mut packages = changed["packages"].as_array_mut().unwrap().iter_mut();
    let library = packages.find(|it| it["name"] == "stdlib").unwrap();
    library["versionInfo"] = Value::from("1.0.0");
    let differences = super::differences(&found, &Stated::read(&changed, &file_list));
    assert!(
        !differences.is_empty() && differences.iter().all(|it| it.starts_with("modules of")),
        "{differences:?}"
    );
}
