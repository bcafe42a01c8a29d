// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A small document for tests: an OS with a program, a library that is linked into it, and their files.

use ashlar_recipe::{License, Purl};
use ashlar_sbom::{
    Checksums, Component, Document, Format, Inventory, InventoryBuilder, Kind, Supplier, Timestamp, Tool,
    Verb, write,
};
use ashlar_tree::TreePath;

pub(crate) fn component(kind: Kind, name: &str, version: &str) -> Component {
    let mut component = Component::new(kind, name);
    component.version = Some(version.to_owned());
    component.purl = Some(Purl::parse(&format!("pkg:generic/{name}@{version}")).unwrap());
    component.supplier = Some(Supplier::Organization(format!("{name} project")));
    component.concluded = Some(License::parse("MIT").unwrap());
    component
}

/// With musl of this version.
pub(crate) fn inventory(musl: &str) -> Inventory {
    let mut builder = InventoryBuilder::new(component(Kind::OperatingSystem, "ashlar", "1"));
    let root = builder.root().clone();
    let of_recipe = |kind, name: &str, version: &str| Component {
        recipe: Some(name.to_owned()),
        ..component(kind, name, version)
    };
    let init = builder.component_in(&root, of_recipe(Kind::Application, "init", "1.0"));
    let musl = builder.component_in(&root, of_recipe(Kind::Library, "musl", musl));
    builder.relate(&init, Verb::LinksStatically, &musl);
    for (path, owner) in [("usr/lib/libc.so", &musl), ("usr/bin/init", &init), ("etc/hostname", &root)] {
        let path = TreePath::parse(path).unwrap();
        builder.file(path.clone(), Checksums::of(path.as_str().as_bytes()));
        builder.owns(owner, path);
    }
    builder.build().unwrap()
}

/// What ships, as SPDX 2.3.
pub(crate) fn document(musl: &str) -> Vec<u8> {
    write(Format::Spdx23, &about("os"), &inventory(musl).shipped()).unwrap()
}

/// The list of its files.
pub(crate) fn file_list(musl: &str) -> Vec<u8> {
    let own_path = TreePath::parse("usr/share/spdx/os-files.spdx.json").ok();
    let about = Document { own_path, ..about("os-files") };
    write(Format::Spdx23, &about, &inventory(musl).with_owned_files()).unwrap()
}

fn about(name: &str) -> Document {
    Document {
        name: name.to_owned(),
        namespace_base: "https://ashlar.invalid/spdx".to_owned(),
        created: Timestamp::new(1_700_000_000).unwrap(),
        author: Supplier::Organization("Ashlar".to_owned()),
        tool: Tool { name: "ashlar".to_owned(), version: "1".to_owned() },
        own_path: None,
        by_builder: true,
        others: Vec::new(),
    }
}
