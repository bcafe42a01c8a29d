// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A base and its extensions become one.

use super::*;
use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::Kind;
use crate::samples::{component, inventory, os, path};

fn composed() -> Component {
    component(Kind::OperatingSystem, "composed", "1.0", "pkg:generic/composed@1.0")
}

fn extension(change: impl FnOnce(&mut InventoryBuilder, &ComponentId)) -> Inventory {
    let root = component(Kind::OperatingSystem, "extension", "1.0", "pkg:generic/extension@1.0");
    let mut builder = InventoryBuilder::new(root);
    let root = builder.root().clone();
    change(&mut builder, &root);
    builder.build().unwrap()
}

fn conflicts(parts: &[Inventory]) -> Vec<Conflict> {
    match merge(composed(), parts) {
        Err(SbomError::Conflicts { conflicts }) => conflicts,
        other => panic!("{other:?}"),
    }
}

#[test]
fn everything_of_both_is_in_what_they_become() {
    let extension = extension(|builder, root| {
        let zfs = component(Kind::Application, "zfs", "2.3", "pkg:generic/zfs@2.3?in=ext-zfs");
        let zfs = builder.component_in(root, zfs);
        builder.file(path("usr/lib/modules/zfs.ko"), Checksums::of(b"zfs"));
        builder.owns(&zfs, path("usr/lib/modules/zfs.ko"));
    });
    let base = inventory();
    let joined = merge(composed(), &[base.clone(), extension.clone()]).unwrap();
    assert_eq!(joined.components().len(), base.components().len() + extension.components().len() + 1);
    assert_eq!(joined.files().len(), base.files().len() + 1);
    let contained: Vec<&ComponentId> = joined.related(joined.root(), Verb::Contains).collect();
    assert_eq!(contained.len(), 2);
    assert_eq!(joined.owner_of(&path("usr/lib/modules/zfs.ko")).unwrap().name, "zfs");
    assert_eq!(merge(composed(), &[extension, base]).unwrap(), joined, "the order matters");
}

#[test]
fn merging_with_itself_and_under_its_own_root_changes_nothing() {
    let base = inventory();
    assert_eq!(merge(os(), &[base.clone(), base.clone()]).unwrap(), base);
}

#[test]
fn a_file_that_can_be_run_in_one_alone_is_a_disagreement() {
    let with = |executable: bool| {
        extension(|builder, root| {
            builder.file(path("usr/bin/x"), Checksums::of(b"x"));
            builder.owns(root, path("usr/bin/x"));
            if executable {
                builder.executable(path("usr/bin/x"));
            }
        })
    };
    assert_eq!(conflicts(&[with(true), with(false)]), [Conflict::Mode { path: path("usr/bin/x") }]);
    assert!(merge(composed(), &[with(true), with(true)]).is_ok());
}

#[test]
fn all_disagreements_are_told_at_once() {
    let other = extension(|builder, root| {
        let mut init = inventory().components().values().find(|it| it.name == "init").unwrap().clone();
        init.supplier = None;
        init.declared = None;
        let init = builder.component_in(root, init);
        for (name, content) in [("usr/bin/init", "another"), ("etc/hostname", "etc/hostname")] {
            builder.file(path(name), Checksums::of(content.as_bytes()));
            builder.owns(&init, path(name));
        }
        builder.licence_text("LicenseRef-firmware", "Another text.");
    });
    let found = conflicts(&[inventory(), other]);
    let texts: Vec<String> = found.iter().map(ToString::to_string).collect();
    assert_eq!(texts.len(), 4, "{texts:?}");
    assert!(texts[0].ends_with("has two of each: supplier, licence"), "{texts:?}");
    assert!(texts[1].ends_with("both bring /etc/hostname"), "{texts:?}");
    assert_eq!(texts[2], "/usr/bin/init has two contents");
    assert_eq!(texts[3], "LicenseRef-firmware has two texts");
    assert!(SbomError::Conflicts { conflicts: found }.help().unwrap().contains("?in=os"));
}
