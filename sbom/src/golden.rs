// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The bytes of documents, for people to read and for a change of them to be seen: they lie in images, so that whatever moves
//! them moves `ashlar.expected`.

use ashlar_digest::Sha256;

use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::component::{Component, Kind};
use crate::document::{Format, write};
use crate::inventory::Inventory;
use crate::relationship::Verb;
use crate::samples::{component, document, inventory, os, path, with_cpe};

fn small() -> Inventory {
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    let musl = component(Kind::Library, "musl", "1.2.5", "pkg:generic/musl@1.2.5");
    let musl = with_cpe(with_cpe(musl, "a:musl-libc:musl"), "a:musl:musl");
    let musl = builder.component_in(&root, Component { recipe: Some("musl".to_owned()), ..musl });
    let mut source = Component::new(Kind::Source, "musl_1.2.5.orig.tar.gz");
    source.checksums = Checksums::of(b"source");
    let source = builder.component(source);
    builder.relate(&musl, Verb::GeneratedFrom, &source);
    builder.file(path("usr/lib/libc.so"), Checksums::of(b"libc"));
    builder.owns(&musl, path("usr/lib/libc.so"));
    builder.build().unwrap()
}

#[test]
fn a_small_document_in_each_format() {
    for (name, format) in [
        ("spdx-2.3", Format::Spdx23),
        ("spdx-3.0.1", Format::Spdx301),
        ("cyclonedx-1.6", Format::CycloneDx16),
    ] {
        let text = String::from_utf8(write(format, &document(), &small()).unwrap()).unwrap();
        insta::with_settings!({
            prepend_module_to_snapshot => false,
            snapshot_path => "../tests/golden",
            omit_expression => true,
        }, {
            insta::assert_snapshot!(name, text);
        });
    }
}

#[test]
fn the_bytes_of_a_larger_document_in_each_format() {
    let digests = Format::ALL.map(|format| {
        let bytes = write(format, &document(), &inventory()).unwrap();
        format!("{format}: {}", Sha256::of(&bytes))
    });
    assert_eq!(digests, DIGESTS);
}

/// The bar of `os.spdx.json` is 5 MB for an image of some hundred components.
#[test]
fn two_thousand_components_stay_below_the_bar() {
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    for number in 0..2000 {
        let name = format!("github.com/some-organisation/module-{number}");
        let purl = format!("pkg:golang/{name}@v1.0.{number}");
        let module = component(Kind::Library, &name, &format!("v1.0.{number}"), &purl);
        let module = builder.component_in(&root, module);
        builder.relate(&root, Verb::LinksStatically, &module);
    }
    let bytes = write(Format::Spdx23, &document(), &builder.build().unwrap()).unwrap();
    assert!((1_000_000..5_000_000).contains(&bytes.len()), "{} bytes", bytes.len());
}

/// Whoever changes these changes every image.
const DIGESTS: [&str; 3] = [
    "SPDX 2.3: aa2dc6a5444fbe9bf6c3de36b709c8eebf11b431138ef7f8e89d4e591c8a120f",
    "SPDX 3.0.1: 46412b6260ed29aecfa5ab82d8922a68e818dec46b75bcd81621b6176144647f",
    "CycloneDX 1.6: 90f6bcf6edf3e1d0b15211549e2966e7b8df94e15f384f75926e4ef6cecb21a3",
];
