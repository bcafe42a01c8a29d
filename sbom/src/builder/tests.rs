// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Everything that the builder refuses, and that it tells all of it at once.

use super::*;
use crate::component::Kind;
use crate::samples::{builder, component, path};
use crate::{Algorithm, SbomError};

fn problems(builder: InventoryBuilder) -> Vec<Problem> {
    match builder.build() {
        Err(SbomError::Problems { problems }) => problems,
        other => panic!("{other:?}"),
    }
}

fn id(name: &str) -> ComponentId {
    let inventory = builder().build().unwrap();
    inventory.components().iter().find(|(_, it)| it.name == name).unwrap().0.clone()
}

#[test]
fn a_file_without_an_owner_is_a_problem() {
    let mut spoiled = builder();
    spoiled.file(path("usr/bin/smuggled"), Checksums::of(b"x"));
    assert_eq!(problems(spoiled), [Problem::Unowned { path: path("usr/bin/smuggled") }]);
}

#[test]
fn a_file_with_two_owners_is_a_problem() {
    let mut spoiled = builder();
    spoiled.owns(&id("musl"), path("usr/bin/init"));
    let [Problem::TwoOwners { path: found, .. }] = &problems(spoiled)[..] else { panic!("another problem") };
    assert_eq!(found, &path("usr/bin/init"));
}

#[test]
fn an_owner_of_nothing_and_one_that_is_nobody_are_problems() {
    let mut spoiled = builder();
    let nobody = Component::new(Kind::Library, "nobody").id();
    spoiled.owns(&id("musl"), path("usr/lib/gone.so"));
    spoiled.file(path("usr/lib/new.so"), Checksums::of(b"x"));
    spoiled.owns(&nobody, path("usr/lib/new.so"));
    assert_eq!(
        problems(spoiled),
        [
            Problem::UnknownFile { path: path("usr/lib/gone.so"), owner: id("musl") },
            Problem::UnknownOwner { path: path("usr/lib/new.so"), owner: nobody },
        ]
    );
}

#[test]
fn a_file_that_is_there_twice_with_two_contents_is_a_problem() {
    let mut spoiled = builder();
    spoiled.file(path("etc/hostname"), Checksums::of(b"another"));
    assert_eq!(problems(spoiled), [Problem::DuplicateFile { path: path("etc/hostname") }]);
}

#[test]
fn a_file_without_all_three_checksums_is_a_problem() {
    let mut spoiled = builder();
    spoiled.file(path("etc/motd"), Checksums::sha256(ashlar_digest::Sha256::of(b"x")));
    spoiled.owns(&id("musl"), path("etc/motd"));
    let missing = [Algorithm::Sha1, Algorithm::Sha512];
    let expected = missing.map(|algorithm| Problem::MissingChecksum { path: path("etc/motd"), algorithm });
    assert_eq!(problems(spoiled), expected);
}

#[test]
fn a_component_may_come_twice_but_not_in_two_versions_of_the_truth() {
    let mut same = builder();
    let musl = same.clone().build().unwrap().components()[&id("musl")].clone();
    same.component(musl.clone());
    assert!(same.build().is_ok());
    let mut spoiled = builder();
    spoiled.component(Component { supplier: None, ..musl });
    assert_eq!(problems(spoiled), [Problem::DuplicateComponent { id: id("musl") }]);
}

#[test]
fn a_relationship_with_nobody_or_with_oneself_is_a_problem() {
    let mut spoiled = builder();
    let nobody = Component::new(Kind::Library, "nobody").id();
    spoiled.relate(&id("musl"), Verb::DependsOn, &nobody);
    spoiled.relate(&id("init"), Verb::DependsOn, &id("init"));
    let found = problems(spoiled);
    assert!(
        matches!(
            &found[..],
            [Problem::SelfReference { .. }, Problem::UnknownComponent { missing, .. }] if *missing == nobody
        ),
        "{found:?}"
    );
}

#[test]
fn what_ships_is_contained_exactly_once() {
    let mut spoiled = builder();
    spoiled.relate(&id("init"), Verb::Contains, &id("musl"));
    let lost = component(Kind::Library, "lost", "1", "pkg:generic/lost@1");
    let lost = spoiled.component(lost);
    let found = problems(spoiled);
    assert!(
        matches!(&found[0], Problem::TwoContainers { id: found, .. } if *found == id("musl")),
        "{found:?}"
    );
    assert_eq!(found[1..], [Problem::Uncontained { id: lost }]);
}

#[test]
fn components_that_contain_each_other_are_a_problem() {
    let mut spoiled = InventoryBuilder::new(Component::new(Kind::OperatingSystem, "os"));
    let [a, b, c] = ["a", "b", "c"].map(|name| spoiled.component(Component::new(Kind::Library, name)));
    spoiled.relate(&a, Verb::Contains, &b);
    spoiled.relate(&b, Verb::Contains, &c);
    spoiled.relate(&c, Verb::Contains, &a);
    let [Problem::ContainmentCycle { members }] = &problems(spoiled)[..] else { panic!("another problem") };
    assert_eq!(members.len(), 3);
    let after = |id: &ComponentId| {
        let at = members.iter().position(|it| it == id).unwrap();
        members[(at + 1) % 3].clone()
    };
    assert_eq!((after(&a), after(&b), after(&c)), (b, c, a));
}

#[test]
fn a_source_that_scanners_could_look_up_is_a_problem() {
    let mut spoiled = builder();
    spoiled.relate(&id("init"), Verb::GeneratedFrom, &id("musl"));
    assert_eq!(problems(spoiled), [Problem::MatchableSource { id: id("musl") }]);
}

#[test]
fn a_licence_of_somebodys_own_needs_its_text() {
    let mut spoiled = builder();
    let root = spoiled.root().clone();
    let mut own = component(Kind::Library, "own", "1", "pkg:generic/own@1");
    own.declared = Some(ashlar_recipe::License::parse("MIT OR LicenseRef-mine").unwrap());
    let own = spoiled.component_in(&root, own);
    assert_eq!(
        problems(spoiled.clone()),
        [Problem::MissingLicenceText { reference: "LicenseRef-mine".to_owned(), id: own }]
    );
    spoiled.licence_text("LicenseRef-mine", "Mine.");
    assert!(spoiled.build().is_ok());
}

#[test]
fn all_problems_are_told_at_once_each_step_once() {
    let mut spoiled = builder();
    for name in ["a", "b", "c"] {
        spoiled.file(path(name), Checksums::of(name.as_bytes()));
    }
    spoiled.owns(&id("musl"), path("usr/bin/init"));
    let error = spoiled.build().unwrap_err();
    let message = error.to_string();
    for part in ["no component brings /a", "no component brings /c", "both bring /usr/bin/init"] {
        assert!(message.contains(part), "{part:?} not in {message}");
    }
    let help = error.help().unwrap();
    assert_eq!(help.matches("bring it by a recipe").count(), 1, "{help}");
}

#[test]
fn the_documents_are_parts_of_one_inventory() {
    let whole = builder().build().unwrap();
    let names = |inventory: &Inventory, kind| {
        inventory.components().values().filter(|component| component.kind == kind).count()
    };
    let shipped = whole.shipped();
    assert!(shipped.files().is_empty());
    assert_eq!([Kind::Source, Kind::Patch, Kind::Tool].map(|kind| names(&shipped, kind)), [0, 0, 0]);
    assert!(shipped.relationships().iter().any(|it| it.verb == Verb::LinksStatically));
    let files = whole.with_owned_files();
    assert_eq!(files.files(), whole.files());
    assert!(files.components().len() < shipped.components().len());
    let built = whole.built();
    assert_eq!([Kind::Source, Kind::Patch, Kind::Tool].map(|kind| names(&built, kind)), [1, 1, 1]);
    assert!(built.relationships().iter().any(|it| it.verb == Verb::PatchedBy));
    assert!(built.relationships().iter().all(|it| !it.verb.is_dependency()));
    assert_eq!(whole.owner_of(&path("usr/bin/init")).unwrap().name, "init");
}
