// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The documents that foreign readers get: those of a small OS with one component of each kind.

use std::fs;
use std::path::{Path, PathBuf};

use ashlar_recipe::{Cpe, License, Purl};
use ashlar_sbom::{
    Checksums, Component, Document, Format, Inventory, InventoryBuilder, Kind, Location, OtherDocument,
    Supplier, Timestamp, Tool, Verb, write,
};
use ashlar_tree::TreePath;

/// A component as scanners look it up.
#[derive(Clone, Debug)]
pub(crate) struct Planted {
    pub(crate) kind: Kind,
    pub(crate) name: &'static str,
    pub(crate) version: &'static str,
    /// Without the version.
    pub(crate) purl: &'static str,
    /// Part, vendor and product.
    pub(crate) cpe: Option<&'static str>,
}

const fn planted(
    kind: Kind,
    name: &'static str,
    version: &'static str,
    purl: &'static str,
    cpe: Option<&'static str>,
) -> Planted {
    Planted { kind, name, version, purl, cpe }
}

/// Kernel, C library, Go module, Go's standard library and Rust crate, each in a version that a record of records/ names.
pub(crate) const VULNERABLE: [Planted; 5] = [
    planted(Kind::Application, "linux", "6.12.60", "pkg:generic/linux", Some("o:linux:linux_kernel")),
    planted(Kind::Library, "musl", "1.2.5", "pkg:generic/musl", Some("a:musl-libc:musl")),
    planted(Kind::Library, "golang.org/x/net", "v0.37.0", "pkg:golang/golang.org/x/net", None),
    planted(Kind::Library, "stdlib", "1.25.4", "pkg:golang/stdlib", None),
    planted(Kind::Library, "rustls", "0.23.17", "pkg:cargo/rustls", None),
];

/// The same in the version in which each is mended: the first that the record no longer names.
pub(crate) const MENDED: [Planted; 5] = with_versions(["6.12.61", "1.2.6", "v0.38.0", "1.25.5", "0.23.18"]);

/// The same in the last version that a record does not name yet, where it has a lower end; between two ranges for Go.
pub(crate) const EARLIER: [Planted; 5] =
    with_versions(["6.12.58", "0.9.12", "v0.38.1", "1.24.11", "0.23.12"]);

/// Others of much the same names, in the versions that would be vulnerable.
pub(crate) const ALIKE: [Planted; 5] = [
    planted(Kind::Application, "linux", "6.12.60", "pkg:generic/linux", Some("a:linux:linux_kernel")),
    planted(Kind::Library, "musl", "1.2.5", "pkg:generic/musl", Some("a:musl:musl")),
    planted(Kind::Library, "golang.org/x/netx", "v0.37.0", "pkg:golang/golang.org/x/netx", None),
    planted(Kind::Library, "std", "1.25.4", "pkg:golang/std", None),
    planted(Kind::Library, "tokio-rustls", "0.23.17", "pkg:cargo/tokio-rustls", None),
];

const fn with_versions(versions: [&'static str; 5]) -> [Planted; 5] {
    let mut all = VULNERABLE;
    let mut index = 0;
    while index < all.len() {
        all[index].version = versions[index];
        index += 1;
    }
    all
}

/// A document on the disk.
#[derive(Clone, Debug)]
pub(crate) struct Written {
    pub(crate) format: Format,
    pub(crate) path: PathBuf,
}

impl Written {
    pub(crate) fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }
}

/// How the documents of a format end.
pub(crate) const fn ending(format: Format) -> &'static str {
    match format {
        Format::Spdx23 => ".spdx.json",
        Format::Spdx301 => ".spdx3.json",
        Format::CycloneDx16 => ".cdx.json",
    }
}

/// What ships, in every format, for scanners.
pub(crate) fn shipped(folder: &Path, components: &[Planted]) -> Vec<Written> {
    write_all(folder, &document("os"), &inventory(components).shipped())
}

/// Every document of the sample in every format.
pub(crate) fn all(folder: &Path) -> Vec<Written> {
    let whole = inventory(&VULNERABLE);
    let mut files = document("os-files");
    files.own_path = Some(path("usr/share/spdx/os-files.spdx.json"));
    files.others.push(OtherDocument {
        name: "os".to_owned(),
        namespace: "https://ashlar.example/spdx/os-1".to_owned(),
        checksums: Checksums::of(b"os"),
    });
    let mut result = write_all(folder, &document("os"), &whole.shipped());
    result.extend(write_all(folder, &files, &whole.with_owned_files()));
    result.extend(write_all(folder, &document("build"), &whole.built()));
    result.extend(write_all(folder, &document("all"), &whole));
    result
}

fn write_all(folder: &Path, document: &Document, inventory: &Inventory) -> Vec<Written> {
    let written = |format: Format| {
        let path = folder.join(format!("{}{}", document.name, ending(format)));
        fs::write(&path, write(format, document, inventory).unwrap()).unwrap();
        Written { format, path }
    };
    Format::ALL.map(written).to_vec()
}

fn document(name: &str) -> Document {
    Document {
        name: name.to_owned(),
        namespace_base: "https://ashlar.example/spdx".to_owned(),
        created: Timestamp::new(1_795_392_000).unwrap(),
        author: Supplier::Organization("Ashlar".to_owned()),
        tool: Tool { name: "ashlar".to_owned(), version: "0.1.0".to_owned() },
        own_path: None,
        by_builder: true,
        others: Vec::new(),
    }
}

/// An OS of `components`; the first two have files, source, patch and tool.
fn inventory(components: &[Planted]) -> Inventory {
    let mut os = component(&planted(Kind::OperatingSystem, "ashlar", "1.0", "pkg:generic/ashlar", None));
    os.download = None;
    let mut builder = InventoryBuilder::new(os);
    let root = builder.root().clone();
    let ids: Vec<_> =
        components.iter().map(|planted| builder.component_in(&root, component(planted))).collect();
    builder.relate(&ids[0], Verb::LinksStatically, &ids[1]);
    builder.relate(&ids[0], Verb::LinksDynamically, &ids[2]);
    builder.relate(&ids[0], Verb::DependsOn, &ids[3]);
    let mut source = Component::new(Kind::Source, "source.tar.gz");
    source.checksums = Checksums::of(b"source");
    source.download = Location::parse("https://ashlar.example/source.tar.gz");
    let source = builder.component(source);
    builder.relate(&ids[1], Verb::GeneratedFrom, &source);
    let mut patch = Component::new(Kind::Patch, "0001-iconv.patch");
    patch.checksums = Checksums::of(b"patch");
    patch.fixes.insert("CVE-2020-28928".to_owned());
    let patch = builder.component(patch);
    builder.relate(&ids[1], Verb::PatchedBy, &patch);
    let tool = component(&planted(Kind::Tool, "gcc-14", "14.2.0-19", "pkg:deb/debian/gcc-14", None));
    let tool = builder.component(tool);
    builder.relate(&ids[1], Verb::BuiltWith, &tool);
    for (name, owner) in
        [("usr/lib/libc.so", &ids[1]), ("etc/hostname", &root), ("usr/share/Ümlaut und mehr", &root)]
    {
        builder.file(path(name), Checksums::of(name.as_bytes()));
        builder.owns(owner, path(name));
    }
    builder.licence_text("LicenseRef-firmware", "You may redistribute this \"firmware\".\n");
    builder.build().unwrap()
}

/// With everything that minimum elements ask for.
fn component(planted: &Planted) -> Component {
    let Planted { kind, name, version, purl, cpe } = planted;
    let mut component = Component::new(*kind, *name);
    component.version = Some((*version).to_owned());
    component.purl = Some(Purl::parse(&format!("{purl}@{version}")).unwrap());
    component.supplier = Some(Supplier::Organization(format!("The {name} project")));
    component.declared = Some(License::parse("GPL-2.0-only WITH Linux-syscall-note").unwrap());
    component.concluded = Some(License::parse("MIT AND LicenseRef-firmware").unwrap());
    component.copyright = Some(format!("Copyright © the {name} authors"));
    component.checksums = Checksums::of(name.as_bytes());
    component.download = Location::parse(&format!("https://ashlar.example/{version}.tar.gz"));
    component.homepage = Location::parse("https://ashlar.example/");
    component.recipe = Some("recipe".to_owned());
    if let Some(cpe) = cpe {
        component.cpes.push(Cpe::parse(&format!("cpe:2.3:{cpe}:{version}:*:*:*:*:*:*:*")).unwrap());
    }
    component
}

fn path(text: &str) -> TreePath {
    TreePath::parse(text).unwrap()
}
