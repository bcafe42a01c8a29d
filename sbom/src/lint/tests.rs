// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Each flaw, by a component that has it and by the sample that has none.

use ashlar_recipe::License;

use super::*;
use crate::builder::InventoryBuilder;
use crate::checksum::Checksums;
use crate::samples::{component, inventory, os, with_cpe};

/// The flaws of one component below an OS.
fn flaws_of(component: Component) -> Vec<Flaw> {
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    builder.component_in(&root, component);
    lint(&builder.build().unwrap()).into_iter().map(|finding| finding.flaw).collect()
}

fn good() -> Component {
    with_cpe(component(Kind::Library, "zlib", "1.3.1", "pkg:generic/zlib@1.3.1"), "a:zlib:zlib")
}

fn cpe(text: &str) -> Cpe {
    Cpe::parse(text).unwrap()
}

fn purl(text: &str) -> Option<Purl> {
    Some(Purl::parse(text).unwrap())
}

#[test]
fn a_good_component_has_no_flaw() {
    assert_eq!(flaws_of(good()), []);
    let go = component(
        Kind::Library,
        "github.com/BurntSushi/toml",
        "v1.5.0",
        "pkg:golang/github.com/burntsushi/toml@v1.5.0",
    );
    let with_plain_version =
        Component { cpes: vec![cpe("cpe:2.3:a:toml:toml:1.5.0:*:*:*:*:*:*:*")], ..go.clone() };
    assert_eq!(flaws_of(with_plain_version), [], "the dictionary leaves Go's letter away");
    let other = Component { cpes: vec![cpe("cpe:2.3:a:toml:toml:1.5.1:*:*:*:*:*:*:*")], ..go.clone() };
    assert_eq!(flaws_of(other), [Flaw::CpeVersion]);
    assert_eq!(flaws_of(go), []);
    assert_eq!(flaws_of(component(Kind::Library, "libc", "0.2.191", "pkg:cargo/libc@0.2.191")), []);
}

#[test]
fn of_the_sample_only_what_has_no_licence_of_its_own_is_found() {
    let found: Vec<String> = lint(&inventory()).iter().map(ToString::to_string).collect();
    assert!(found.iter().all(|finding| finding.starts_with("systemd-stub: it has no ")), "{found:?}");
    assert!(lint(&inventory()).iter().all(|finding| !finding.flaw.misleads_scanners()));
}

#[test]
fn each_flaw_is_found() {
    type Spoil = fn(&mut Component);
    let cases: &[(Flaw, Spoil)] = &[
        (Flaw::NoVersion, |it| it.version = None),
        (Flaw::VersionUnknown, |it| {
            it.version = Some("unknown".to_owned());
            it.purl = purl("pkg:generic/zlib@unknown");
            it.cpes.clear();
            it.cpes.push(cpe("cpe:2.3:a:zlib:zlib:unknown:*:*:*:*:*:*:*"));
        }),
        (Flaw::NoPurl, |it| it.purl = None),
        (Flaw::NothingToSearchBy, |it| it.cpes.clear()),
        (Flaw::PurlVersion, |it| it.purl = purl("pkg:generic/zlib@1.3")),
        (Flaw::PurlName, |it| it.purl = purl("pkg:cargo/zlib-rs@1.3.1")),
        (Flaw::PurlDistribution, |it| it.purl = purl("pkg:deb/debian/zlib@1.3.1")),
        (Flaw::PurlDistribution, |it| it.purl = purl("pkg:generic/zlib@1.3.1?distro=debian-13")),
        (Flaw::CpeVersion, |it| it.cpes = vec![cpe("cpe:2.3:a:zlib:zlib:1.3:*:*:*:*:*:*:*")]),
        (Flaw::CpeVersion, |it| it.cpes = vec![cpe("cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*")]),
        (Flaw::CpeTooNarrow, |it| it.cpes = vec![cpe("cpe:2.3:a:zlib:zlib:1.3.1:*:*:*:*:*:x64:*")]),
        (Flaw::NoSupplier, |it| it.supplier = None),
        (Flaw::NoConcludedLicence, |it| it.concluded = None),
        (Flaw::NoDeclaredLicence, |it| it.declared = None),
        (Flaw::NoChecksum, |it| it.checksums = Checksums::none()),
    ];
    for (flaw, spoil) in cases {
        let mut spoiled = good();
        spoil(&mut spoiled);
        assert_eq!(flaws_of(spoiled), std::slice::from_ref(flaw));
    }
    let mut nameless = good();
    nameless.purl = None;
    nameless.cpes.clear();
    assert_eq!(flaws_of(nameless), [Flaw::NoPurl, Flaw::NothingToSearchBy]);
}

#[test]
fn what_is_made_by_who_makes_the_whole_misleads_no_scanner() {
    let mut own = good();
    own.cpes.clear();
    own.supplier = os().supplier;
    assert!(own.supplier.is_some());
    assert_eq!(flaws_of(own.clone()), [Flaw::OwnPart]);
    assert!(!Flaw::OwnPart.misleads_scanners());
    own.supplier = Some(crate::supplier::Supplier::Organization("Somebody else".to_owned()));
    assert_eq!(flaws_of(own), [Flaw::NothingToSearchBy]);
}

#[test]
fn a_go_module_without_a_version_is_found_by_nobody() {
    let mut module = component(Kind::Library, "example.com/x", "(devel)", "pkg:golang/example.com/x@v1.0.0");
    module.purl = Some(Purl::canonicalise("pkg:golang/example.com/x@(devel)").unwrap());
    assert_eq!(flaws_of(module), [Flaw::GoDevelopment]);
}

#[test]
fn a_kernel_with_a_local_version_is_found() {
    let kernel =
        component(Kind::Application, "linux", "6.12.107-ashlar", "pkg:generic/linux@6.12.107-ashlar");
    assert_eq!(flaws_of(with_cpe(kernel, "o:linux:linux_kernel")), [Flaw::KernelSuffix]);
}

#[test]
fn two_components_that_one_vex_statement_would_mute_are_found() {
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    builder.component_in(&root, good());
    builder.component_in(&root, Component { kind: Kind::Application, ..good() });
    let found = lint(&builder.build().unwrap());
    assert!(matches!(&found[..], [Finding { flaw: Flaw::SamePurl(_), .. }]), "{found:?}");
}

#[test]
fn a_source_that_is_looked_up_and_a_root_that_is_no_os_are_found() {
    // Only a foreign document can say so.
    let document = br#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","name":"x","packages":[
        {"SPDXID":"SPDXRef-a","name":"a","versionInfo":"1","primaryPackagePurpose":"CONTAINER"},
        {"SPDXID":"SPDXRef-b","name":"b","versionInfo":"1","externalRefs":[
            {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:cargo/b@1"}]}],
        "relationships":[
            {"spdxElementId":"SPDXRef-DOCUMENT","relationshipType":"DESCRIBES","relatedSpdxElement":"SPDXRef-a"},
            {"spdxElementId":"SPDXRef-a","relationshipType":"GENERATED_FROM","relatedSpdxElement":"SPDXRef-b"}]}"#;
    let flaws: Vec<Flaw> =
        lint(&crate::read(document).unwrap().inventory).into_iter().map(|finding| finding.flaw).collect();
    assert!(flaws.contains(&Flaw::DroppedByScanners) && flaws.contains(&Flaw::RootIsSource), "{flaws:?}");
}

#[test]
fn every_flaw_says_what_to_do_next() {
    let mut spoiled = good();
    spoiled.version = None;
    spoiled.concluded = Some(License::parse("MIT").unwrap());
    let mut builder = InventoryBuilder::new(os());
    let root = builder.root().clone();
    builder.component_in(&root, spoiled);
    let found = lint(&builder.build().unwrap());
    assert_eq!(
        found[0].to_string(),
        "zlib: it has no version: a scanner reports every vulnerability that its name ever had; \
         state its upstream version"
    );
}
