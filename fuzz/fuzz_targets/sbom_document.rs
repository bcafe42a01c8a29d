// SPDX-License-Identifier: Apache-2.0 OR MIT
//! SBOMs of strangers in every format: what was read, written and read again is the same, and whatever was read can be judged,
//! compared, joined and shown.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;

use ashlar_sbom::{
    Component, Document, Format, Inventory, Kind, Reading, Supplier, Tool, difference, lint, merge, page,
    read, write,
};
use libfuzzer_sys::fuzz_target;

fn document(reading: &Reading) -> Document {
    let tool = Tool { name: "ashlar".to_owned(), version: "0.1.0".to_owned() };
    Document::made_from(reading, Supplier::Organization("Ashlar".to_owned()), tool).0
}

/// The inventory that a document of `inventory` gives back; none where the format cannot hold it.
fn again(format: Format, reading: &Reading, inventory: &Inventory) -> Option<Inventory> {
    let written = write(format, &document(reading), inventory).ok()?;
    let again =
        read(&written).unwrap_or_else(|cause| panic!("{format}: what was written is refused: {cause}"));
    assert_eq!(again.format, format);
    Some(again.inventory)
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(reading) = read(bytes) else { return };
    let inventory = &reading.inventory;
    assert!(inventory.components().contains_key(inventory.root()), "it is about nothing");
    for format in [Format::Spdx23, Format::Spdx301] {
        if let Some(again) = again(format, &reading, inventory) {
            assert_eq!(&again, inventory, "{format} says something else");
        }
    }
    // It cannot say everything, but what it says it says again.
    let once = again(Format::CycloneDx16, &reading, inventory).expect("CycloneDX holds every inventory");
    assert!(once.components().keys().eq(inventory.components().keys()), "CycloneDX has other components");
    assert_eq!(
        again(Format::CycloneDx16, &reading, &once).as_ref(),
        Some(&once),
        "CycloneDX says something else"
    );
    let judged = lint(inventory);
    assert!(judged.iter().all(|it| inventory.components().contains_key(&it.id)), "a flaw of nothing");
    assert!(difference(inventory, inventory).is_empty(), "a document differs from itself");
    assert!(!page(&reading, &BTreeMap::new()).expect("it cannot be shown").is_empty());
    let both = Component::new(Kind::Other, "both");
    if !inventory.components().contains_key(&both.id()) {
        let joined = merge(both, &[inventory.clone(), inventory.clone()]).expect("it contradicts itself");
        assert_eq!(joined.components().len(), inventory.components().len() + 1);
        assert_eq!(joined.files(), inventory.files());
    }
});
