// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Differences as people read them.

use super::*;
use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::relationship::Verb;
use crate::samples::{component, inventory, os, path};

fn library(name: &str, version: &str) -> Component {
    component(Kind::Library, name, version, &format!("pkg:generic/{name}@{version}"))
}

fn with(components: Vec<Component>) -> Inventory {
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    for component in components {
        builder.component_in(&root, component);
    }
    builder.build().unwrap()
}

#[test]
fn nothing_changed_between_equals() {
    let found = difference(&inventory(), &inventory());
    assert!(found.is_empty());
    assert_eq!(found.to_string(), "Nothing changed.\n");
}

#[test]
fn a_difference_reads_like_release_notes() {
    let mut relicensed = library("zlib", "1.3.1");
    relicensed.declared = Some(License::parse("Zlib").unwrap());
    let mut older = library("popt", "1.19");
    older.supplier = None;
    let before = with(vec![
        library("musl", "1.2.5"),
        library("zlib", "1.3.1"),
        library("popt", "1.20"),
        library("xz", "5.8"),
    ]);
    let after = with(vec![library("musl", "1.2.10"), relicensed, older, library("zstd", "1.5.7")]);
    assert_eq!(
        difference(&before, &after).to_string(),
        "Added:\n  zstd 1.5.7\n\
         Removed:\n  xz 5.8\n\
         Upgraded:\n  musl 1.2.5 -> 1.2.10\n\
         Downgraded:\n  popt 1.20 -> 1.19\n\
         Licence changes:\n  zlib 1.3.1 (declared): MIT -> Zlib\n\
         Other changes:\n  popt 1.19: supplier\n"
    );
}

#[test]
fn of_several_versions_only_the_one_that_moved_is_upgraded() {
    let before = with(vec![library("net", "0.38"), library("net", "0.39")]);
    let after = with(vec![library("net", "0.39"), library("net", "0.40")]);
    assert_eq!(difference(&before, &after).to_string(), "Upgraded:\n  net 0.38 -> 0.40\n");
    let more = with(vec![library("net", "0.40"), library("net", "0.41"), library("net", "0.42")]);
    let found = difference(&before, &more);
    assert_eq!((found.removed.len(), found.added.len(), found.changed.len()), (2, 3, 0));
}

#[test]
fn an_upgrade_alone_changes_no_sentence() {
    let linked = |version: &str, verb: Verb| {
        let mut builder = InventoryBuilder::new(os());
        let root = builder.root().clone();
        let init = builder.component_in(&root, library("init", version));
        let musl = builder.component_in(&root, library("musl", version));
        builder.relate(&init, verb, &musl);
        builder.build().unwrap()
    };
    let upgraded = difference(&linked("1", Verb::LinksStatically), &linked("2", Verb::LinksStatically));
    assert_eq!((upgraded.changed.len(), upgraded.related.len(), upgraded.unrelated.len()), (2, 0, 0));
    let found = difference(&linked("1", Verb::LinksStatically), &linked("1", Verb::LinksDynamically));
    assert_eq!(
        found.to_string(),
        "Now:\n  init links dynamically musl\nNo longer:\n  init links statically musl\n"
    );
}

#[test]
fn files_are_compared_by_content() {
    let with = |files: &[(&str, &str)]| {
        let mut builder = InventoryBuilder::new(os());
        let root = builder.root().clone();
        for (name, content) in files {
            builder.file(path(name), Checksums::of(content.as_bytes()));
            builder.owns(&root, path(name));
        }
        builder.build().unwrap()
    };
    let found = difference(&with(&[("a", "1"), ("b", "1")]), &with(&[("b", "2"), ("c", "1")]));
    assert_eq!(found.to_string(), "Files added:\n  /c\nFiles removed:\n  /a\nFiles changed:\n  /b\n");
}

#[test]
fn a_name_cannot_write_to_the_terminal() {
    let after = with(vec![library("a", "1"), Component::new(Kind::Other, "\u{1b}[2Jx\nRemoved:")]);
    let text = difference(&with(vec![library("a", "1")]), &after).to_string();
    assert_eq!(text, "Added:\n   [2Jx Removed:\n");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    #[test]
    fn a_difference_backwards_is_the_other_way_round(
        one in crate::samples::inventories(), two in crate::samples::inventories()
    ) {
        let (there, back) = (difference(&one, &two), difference(&two, &one));
        proptest::prop_assert_eq!(&there.added, &back.removed);
        proptest::prop_assert_eq!(&there.removed, &back.added);
        proptest::prop_assert_eq!(&there.related, &back.unrelated);
        proptest::prop_assert_eq!(there.changed.len(), back.changed.len());
        proptest::prop_assert!(difference(&one, &one).is_empty());
    }
}
