// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The facts that planning hands to who describes an image: whatever they say, what is described can be written and read again.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;

use ashlar_sbom::{
    Checksums, Document, Evidence, Facts, Format, LicenceText, OwnedTree, SbomError, Supplier, Timestamp,
    Tool, describe, read, write,
};
use ashlar_tree::Tree;
use libfuzzer_sys::fuzz_target;

/// Nothing was built but what boots.
fn evidence(facts: &Facts) -> Evidence {
    let packages = facts.runtimes.iter().map(|runtime| &runtime.package);
    let packages = packages.chain(facts.recipes.values().filter_map(|recipe| recipe.seed_package.as_ref()));
    Evidence {
        root: OwnedTree { tree: Tree::new(), owners: BTreeMap::new() },
        containers: BTreeMap::new(),
        needs: BTreeMap::new(),
        built_against: BTreeMap::new(),
        licence_texts: BTreeMap::new(),
        package_texts: packages.map(|name| (name.clone(), LicenceText::default())).collect(),
        checksums: BTreeMap::new(),
        crates: BTreeMap::new(),
        boot: facts.boot.keys().map(|name| (name.clone(), Checksums::of(name.as_bytes()))).collect(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(facts) = serde_json::from_slice::<Facts>(bytes) else { return };
    let missing = |_| Err(SbomError::Empty { format: Format::Spdx23 });
    let Ok(described) = describe::<SbomError>(&facts, &evidence(&facts), missing) else { return };
    let document = Document {
        name: facts.name.clone(),
        namespace_base: "https://ashlar.example/spdx".to_owned(),
        created: Timestamp::new(0).expect("it is a moment"),
        author: Supplier::Organization("Ashlar".to_owned()),
        tool: Tool { name: "ashlar".to_owned(), version: "0.1.0".to_owned() },
        own_path: None,
        by_builder: true,
        others: Vec::new(),
    };
    for format in [Format::Spdx23, Format::Spdx301] {
        let written = write(format, &document, &described.inventory).expect("it cannot be written");
        let again = read(&written).expect("what was written is refused");
        assert_eq!(again.inventory, described.inventory, "{format} says something else: {:?}", again.notes);
    }
});
