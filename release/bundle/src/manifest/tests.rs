// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Manifests that hold, and attacks on them.

use std::fs;

use super::*;

/// Every file of a small release but those that are made from the manifest, with its content.
pub(crate) fn contents() -> BTreeMap<BundlePath, Vec<u8>> {
    let signature = format!("signatures/{}.p7s", "ab".repeat(64));
    let source = format!("sources/{}", Sha256::of(b"source"));
    let mut files = BTreeMap::new();
    for name in [
        "System.map",
        "boot.json",
        "build.spdx.json",
        "build.spdx3.json",
        "certificate.pem",
        "cmdline",
        "extensions.json",
        "extensions/debug.raw",
        "initramfs.cpio",
        "inputs.json",
        "kernel.config",
        "key-statement.intoto.json",
        "modules.json",
        "os.cdx.json",
        "os.spdx.json",
        "os.spdx3.json",
        "owners.json",
        "provenance.intoto.jsonl",
        "qemu.efi",
        "release.json",
        "root.erofs",
        "sbom.intoto.jsonl",
        signature.as_str(),
        "signing.json",
        "vmlinuz",
    ] {
        files.insert(BundlePath::parse(name).unwrap(), format!("content of {name}").into_bytes());
    }
    files.insert(BundlePath::parse(&source).unwrap(), b"source".to_vec());
    files
}

pub(crate) fn head() -> ManifestHead {
    ManifestHead {
        project: ImageName::parse("ashlar").unwrap(),
        image: ImageName::parse("qemu").unwrap(),
        version: Version::parse("1.0.0").unwrap(),
        platform: PlatformName::parse("x86_64-linux").unwrap(),
        epoch: 1_760_000_000,
        signer: Signer::P384,
        agent: Some(Sha256::of(b"agent")),
        checkout: TreeDigest::new(Sha256::of(b"checkout")),
        expected: BTreeMap::from([("root hash".to_owned(), Sha256::of(b"root"))]),
    }
}

fn manifest() -> Manifest {
    let files = contents().into_iter().map(|(path, bytes)| (path, Measured::of(&bytes)));
    Manifest::new(head(), files.collect()).unwrap()
}

fn refused(text: &str) -> BundleError {
    Manifest::from_json(text.as_bytes()).unwrap_err()
}

#[test]
fn a_manifest_is_read_as_it_was_written() {
    let text = manifest().to_json().unwrap();
    assert!(text.starts_with("{\"agent_sha256\":\"") && text.ends_with("\"version\":\"1.0.0\"}\n"), "{text}");
    assert!(
        text.contains("\"release\":\"ashlar-qemu-1.0.0-x86_64\"") && text.contains("\"schema\":1"),
        "{text}"
    );
    assert_eq!(Manifest::from_json(text.as_bytes()).unwrap(), manifest());
    assert_eq!(manifest().release().as_str(), "ashlar-qemu-1.0.0-x86_64");
}

#[test]
fn a_path_that_leaves_the_directory_is_refused() {
    let text = manifest().to_json().unwrap();
    for path in ["../vmlinuz", "/vmlinuz", "extensions/../vmlinuz", "./vmlinuz", "vmlinuz/"] {
        // Sorted where it stands, so that only the path is wrong.
        let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let files = value["files"].as_object_mut().unwrap();
        let entry = files.remove("vmlinuz").unwrap();
        files.insert(path.to_owned(), entry);
        let changed = ashlar_digest::to_canonical_json(&value).unwrap() + "\n";
        assert!(matches!(refused(&changed), BundleError::Path { .. }), "{path}");
    }
}

#[test]
fn a_file_under_another_role_is_refused() {
    let text = manifest().to_json().unwrap();
    let changed =
        text.replace("\"release.json\":{\"role\":\"record\"", "\"release.json\":{\"role\":\"image\"");
    let error = refused(&changed);
    assert!(
        matches!(error, BundleError::Role { stated: Role::Image, expected: Role::Record, .. }),
        "{error}"
    );
}

#[test]
fn a_manifest_that_can_be_read_in_two_ways_is_refused() {
    let text = manifest().to_json().unwrap();
    let vmlinuz = &text[text.find("\"vmlinuz\"").unwrap()..text.find("},\"image\"").unwrap()];
    for changed in [
        text.replace(vmlinuz, &format!("{vmlinuz},{vmlinuz}")),
        text.replace("\"schema\":1", "\"schema\":1,\"schema\":1"),
        text.replace("\"schema\":1", "\"schema\":2"),
        text.replace("\"schema\":1", "\"note\":\"x\",\"schema\":1"),
        text.replace("\"role\":\"record\"", "\"mode\":420,\"role\":\"record\""),
        text.replace(':', ": "),
        text.replace("vmlinuz", "vmlinu\\u007a"),
        text.trim_end().to_owned(),
        text.replace("\"role\":\"source\"", "\"role\":\"other\""),
        text.replace(&Sha256::of(b"checkout").to_string(), "checkout"),
        text.replace("\"signer\":\"p384\"", "\"signer\":\"keyless\""),
        text.replace(&format!("\"{}\"", Sha256::of(b"agent")), "null"),
        text.replace(&format!("\"agent_sha256\":\"{}\",", Sha256::of(b"agent")), ""),
        text.replace("\"version\":\"1.0.0\"", "\"version\":\"1.0.1\""),
        text.replace("ashlar-qemu-1.0.0-x86_64", "ashlar-qemu-1.0.0-arm64"),
        text.replace("\"epoch\":1760000000", "\"epoch\":-1"),
        String::new(),
    ] {
        assert_ne!(changed, text);
        assert!(Manifest::from_json(changed.as_bytes()).is_err(), "{changed}");
    }
}

#[test]
fn a_source_under_the_name_of_other_bytes_is_refused() {
    let mut files: BTreeMap<_, _> =
        contents().into_iter().map(|(path, bytes)| (path, Measured::of(&bytes))).collect();
    let source = BundlePath::parse(&format!("sources/{}", Sha256::of(b"source"))).unwrap();
    files.insert(source, Measured::of(b"other"));
    assert!(matches!(Manifest::new(head(), files), Err(BundleError::Document { .. })));
}

#[test]
fn a_release_id_that_is_too_long_is_refused() {
    let mut long = head();
    long.project = ImageName::parse(&"p".repeat(64)).unwrap();
    long.image = ImageName::parse(&"i".repeat(64)).unwrap();
    long.version = Version::parse(&"1".repeat(64)).unwrap();
    assert!(matches!(long.release(), Err(BundleError::Name { what: "release id", .. })));
}

#[test]
fn a_directory_gives_its_manifest_and_every_difference_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in contents() {
        let full = folder.path().join(path.as_str());
        fs::create_dir_all(full.parent().unwrap()).unwrap();
        fs::write(full, bytes).unwrap();
    }
    fs::write(folder.path().join("SHA256SUMS"), "").unwrap();
    assert_eq!(Manifest::of_directory(head(), folder.path()).unwrap(), manifest());
    let listing = || Listing::of_directory(folder.path()).unwrap();
    assert_eq!(manifest().differences(&listing()), []);

    fs::remove_file(folder.path().join("cmdline")).unwrap();
    fs::write(folder.path().join("vmlinuz"), "other").unwrap();
    fs::write(folder.path().join("notes"), "").unwrap();
    let path = |text| BundlePath::parse(text).unwrap();
    assert_eq!(
        manifest().differences(&listing()),
        [
            FileDifference::Missing(path("cmdline")),
            FileDifference::Content {
                path: path("vmlinuz"),
                listed: Measured::of(b"content of vmlinuz"),
                found: Measured::of(b"other"),
            },
            FileDifference::Unlisted(path("notes")),
        ]
    );
    assert!(matches!(Manifest::of_directory(head(), folder.path()), Err(BundleError::Unplaced { .. })));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(128))]
    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>, at in 0_usize..2500, byte: u8) {
        let _either = Manifest::from_json(&bytes);
        let mut text = manifest().to_json().unwrap().into_bytes();
        if let Some(place) = text.get_mut(at) {
            *place = byte;
        }
        if let Ok(read) = Manifest::from_json(&text) {
            proptest::prop_assert_eq!(read.to_json().unwrap().into_bytes(), text);
        }
    }
}
