// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Inventories for tests: a small OS with one component of each sort, and any inventory at all.

use ashlar_recipe::{Cpe, License, Purl};
use ashlar_tree::TreePath;
use proptest::collection::{btree_set, vec};
use proptest::prelude::*;

use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::{Component, Kind};
use crate::document::{Document, Tool};
use crate::inventory::Inventory;
use crate::location::Location;
use crate::relationship::Verb;
use crate::supplier::Supplier;
use crate::timestamp::Timestamp;

/// A component with everything that lint asks for.
pub(crate) fn component(kind: Kind, name: &str, version: &str, purl: &str) -> Component {
    let mut component = Component::new(kind, name);
    component.version = Some(version.to_owned());
    component.purl = Some(Purl::parse(purl).unwrap());
    component.supplier = Some(Supplier::Organization(format!("{name} project")));
    component.declared = Some(License::parse("MIT").unwrap());
    component.concluded = Some(License::parse("MIT").unwrap());
    component.copyright = Some(format!("Copyright © the {name} authors"));
    component.checksums = Checksums::of(name.as_bytes());
    component.download =
        Location::parse(&format!("https://{}.example/{version}.tar.gz", crate::component::slug(name)));
    component
}

pub(crate) fn with_cpe(mut component: Component, vendor_and_product: &str) -> Component {
    let version = component.version.clone().unwrap();
    let cpe = format!("cpe:2.3:{vendor_and_product}:{version}:*:*:*:*:*:*:*");
    component.cpes.push(Cpe::parse(&cpe).unwrap());
    component
}

pub(crate) fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}

pub(crate) fn os() -> Component {
    let mut os = component(Kind::OperatingSystem, "ashlar", "1.0", "pkg:generic/ashlar@1.0");
    os.checksums = Checksums::none();
    os.download = None;
    os.homepage = Location::parse("https://ashlar.example/");
    os
}

/// Builds the sample; `change` may spoil it.
pub(crate) fn builder() -> InventoryBuilder {
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    let linux = component(Kind::Application, "linux", "6.12.107", "pkg:generic/linux@6.12.107?in=os");
    let mut linux = with_cpe(linux, "o:linux:linux_kernel");
    linux.declared = Some(License::parse("GPL-2.0-only WITH Linux-syscall-note").unwrap());
    linux.concluded =
        Some(License::parse("GPL-2.0-only WITH Linux-syscall-note AND LicenseRef-firmware").unwrap());
    linux.recipe = Some("linux".to_owned());
    builder.licence_text("LicenseRef-firmware", "You may redistribute this \"firmware\".\n");
    let linux = builder.component_in(&root, linux);
    let musl = component(Kind::Library, "musl", "1.2.5", "pkg:generic/musl@1.2.5");
    let mut musl = with_cpe(with_cpe(musl, "a:musl-libc:musl"), "a:musl:musl");
    musl.recipe = Some("musl".to_owned());
    let musl = builder.component_in(&root, musl);
    let containerd = component(
        Kind::Application,
        "github.com/containerd/containerd/v2",
        "v2.4.2",
        "pkg:golang/github.com/containerd/containerd/v2@v2.4.2",
    );
    let containerd = builder.component_in(&root, containerd);
    let stdlib = component(Kind::Library, "stdlib", "1.26.8", "pkg:golang/stdlib@1.26.8");
    let stdlib = builder.component_in(&root, stdlib);
    let net = component(Kind::Library, "golang.org/x/net", "v0.40.0", "pkg:golang/golang.org/x/net@v0.40.0");
    let net = builder.component_in(&root, net);
    let mut init = component(Kind::Application, "init", "1.0", "pkg:generic/init@1.0");
    init.supplier = Some(Supplier::Person("Anna Ash (anna@ashlar.example)".to_owned()));
    let init = with_cpe(init, "a:ashlar:init");
    let init = builder.component_in(&root, init);
    let libc = component(Kind::Library, "libc", "0.2.191", "pkg:cargo/libc@0.2.191");
    let libc = builder.component_in(&root, libc);
    let mut stub = Component::new(Kind::File, "systemd-stub");
    stub.checksums = Checksums::of(b"stub");
    let stub = builder.component_in(&root, stub);
    builder.relate(&containerd, Verb::LinksStatically, &stdlib);
    builder.relate(&containerd, Verb::LinksStatically, &net);
    builder.relate(&init, Verb::LinksStatically, &libc);
    builder.relate(&init, Verb::LinksDynamically, &musl);
    builder.relate(&containerd, Verb::DependsOn, &init);
    builder.relate(&stub, Verb::DependsOn, &linux);

    let mut source = Component::new(Kind::Source, "musl_1.2.5.orig.tar.gz");
    source.checksums = Checksums::of(b"musl source");
    source.download = Location::parse("https://musl.example/musl-1.2.5.tar.gz");
    let source = builder.component(source);
    let mut patch = Component::new(Kind::Patch, "0001-iconv.patch");
    patch.checksums = Checksums::of(b"patch");
    patch.fixes.insert("CVE-2025-26519".to_owned());
    let patch = builder.component(patch);
    let gcc = component(Kind::Tool, "gcc-14", "14.2.0-19", "pkg:deb/debian/gcc-14@14.2.0-19?arch=amd64");
    let gcc = builder.component(gcc);
    builder.relate(&musl, Verb::GeneratedFrom, &source);
    builder.relate(&musl, Verb::PatchedBy, &patch);
    builder.relate(&musl, Verb::BuiltWith, &gcc);

    for (name, owner) in [
        ("usr/lib/libc.so", &musl),
        ("usr/bin/containerd", &containerd),
        ("usr/bin/init", &init),
        ("etc/hostname", &root),
        ("usr/share/ein Name mit Ümlaut", &root),
    ] {
        builder.file(path(name), Checksums::of(name.as_bytes()));
        builder.owns(owner, path(name));
    }
    builder.executable(path("usr/bin/containerd"));
    builder.executable(path("usr/bin/init"));
    builder
}

pub(crate) fn inventory() -> Inventory {
    builder().build().unwrap()
}

pub(crate) fn document() -> Document {
    Document {
        name: "os".to_owned(),
        namespace_base: "https://ashlar.example/spdx".to_owned(),
        created: Timestamp::new(1_795_392_000).unwrap(),
        author: Supplier::Organization("Ashlar".to_owned()),
        tool: Tool { name: "ashlar".to_owned(), version: "0.1.0".to_owned() },
        own_path: None,
        by_builder: true,
        others: Vec::new(),
    }
}

/// Texts that documents of strangers hold, and that ours must survive too.
fn texts() -> impl Strategy<Value = String> {
    "[ -~äß€\\t\\n]{0,4}[!-~]{1,8}"
}

fn licences() -> impl Strategy<Value = Option<License>> {
    let written =
        prop::sample::select(vec!["MIT", "Apache-2.0 OR MIT", "ISC AND BSD-3-Clause", "LicenseRef-own"]);
    prop::option::of(written.prop_map(|text| License::parse(text).unwrap()))
}

prop_compose! {
    fn components()(
        (kind, name) in (prop::sample::select(Kind::ALL.to_vec()), texts()),
        version in prop::option::of("[0-9]{1,2}\\.[0-9a-z+~]{1,4}"),
        ecosystem in prop::option::of(prop::sample::select(vec!["generic", "cargo", "golang"])),
        cpes in 0..3_usize,
        (person, supplier) in (any::<bool>(), prop::option::of("[A-Za-z][A-Za-z ()@.]{0,10}[a-z]")),
        (declared, concluded) in (licences(), licences()),
        copyright in prop::option::of(texts()),
        download in prop::option::of("(git[+])?https://[a-z]{1,9}/[a-zA-Z0-9._~-]{0,9}(#[a-z]{1,3})?"),
        recipe in prop::option::of("[a-z][a-z0-9-]{0,8}"),
        content in prop::option::of(any::<u32>()),
        fixes in btree_set("CVE-20[0-9]{2}-[0-9]{4}", 0..3),
    ) -> Component {
        let mut component = Component::new(kind, name);
        let version_part = version.as_ref().map(|version| format!("@{version}")).unwrap_or_default();
        component.purl = ecosystem.filter(|_| kind.ships())
            .map(|it| Purl::canonicalise(&format!("pkg:{it}/some-name{version_part}")).unwrap());
        component.version = version;
        for number in 0..if kind.ships() { cpes } else { 0 } {
            component.cpes.push(Cpe::parse(&format!("cpe:2.3:a:vendor:product{number}:*:*:*:*:*:*:*:*")).unwrap());
        }
        component.supplier = supplier.map(|name| if person { Supplier::Person(name) } else { Supplier::Organization(name) });
        component.declared = declared;
        component.concluded = concluded;
        let stated = |text: &String| !matches!(text.trim(), "NONE" | "NOASSERTION");
        component.copyright = copyright.filter(stated);
        component.download = download.and_then(|text| Location::parse(&text));
        component.recipe = recipe;
        component.checksums = content.map_or_else(Checksums::none, |content| Checksums::of(&content.to_le_bytes()));
        component.fixes = if kind == Kind::Patch { fixes } else { Default::default() };
        component
    }
}

prop_compose! {
    /// Any inventory that the builder takes.
    pub(crate) fn inventories()(
        all in vec((components(), any::<prop::sample::Index>()), 1..12),
        related in vec((any::<prop::sample::Index>(), 1..Verb::ALL.len(), any::<prop::sample::Index>()), 0..12),
        files in btree_set("[a-z]{1,3}(/[A-Za-z_ +ö]{1,4}x){0,3}y", 0..6),
        owners in vec(any::<prop::sample::Index>(), 6),
    ) -> Inventory {
        let mut all = all;
        let mut builder = InventoryBuilder::new(all.remove(0).0);
        let mut holders = vec![builder.root().clone()];
        let mut ids = holders.clone();
        let mut known = std::collections::BTreeMap::from([(builder.root().clone(), ())]);
        let mut patches = std::collections::BTreeSet::new();
        let mut matchable = std::collections::BTreeSet::from([builder.root().clone()]);
        for (component, container) in all {
            let id = component.id();
            if known.insert(id.clone(), ()).is_some() {
                continue;
            }
            if component.is_matchable() {
                matchable.insert(id.clone());
            }
            if component.kind == Kind::Patch {
                patches.insert(id.clone());
            }
            let ships = component.kind.ships();
            builder.component(component);
            if ships {
                // Each holds only later ones, and each is held once.
                builder.relate(container.get(&holders), Verb::Contains, &id);
                holders.push(id.clone());
            }
            ids.push(id);
        }
        for (from, verb, to) in &related {
            let (from, verb, to) = (from.get(&ids), Verb::ALL[*verb], to.get(&ids));
            let fits = match verb {
                Verb::GeneratedFrom => !matchable.contains(to),
                // SPDX 2.3 has no purpose for patches: what is applied is one.
                Verb::PatchedBy => patches.contains(to),
                _ => true,
            };
            if from != to && fits {
                builder.relate(from, verb, to);
            }
        }
        for (number, name) in files.iter().enumerate() {
            let file = path(name);
            builder.file(file.clone(), Checksums::of(name.as_bytes()));
            builder.owns(owners[number].get(&ids), file.clone());
            if number % 2 == 0 {
                builder.executable(file);
            }
        }
        builder.licence_text("LicenseRef-own", "Do as you like.");
        builder.build().unwrap()
    }
}
