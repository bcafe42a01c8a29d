// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of a release directory, and what is signed for Secure Boot.

use std::collections::BTreeMap;

use ashlar_digest::{Sha256, SourceDigest, TreeDigest, to_canonical_json};
use ashlar_release_bundle::{
    BundlePath, ImageName, Input, Inputs, Manifest, ManifestHead, Measured, PlatformName, Signer, Sums,
    Version,
};

use crate::{Seed, efi, module, record, two_parts};

pub(crate) fn seeds() -> Vec<Seed> {
    let enrolled = efi::enrolled();
    let manifest = manifest();
    let json = manifest.to_json().unwrap();
    let uki = efi::image(&[b".text", b".linux", b".osrel", b".cmdline", b".initrd", b".uname"]);
    vec![
        Seed::new("manifest", json.clone()),
        Seed::new("sums", manifest.sums(&json).to_text()),
        Seed::new("sums", Sums::default().to_text()),
        Seed::new("inputs", inputs().to_json().unwrap()),
        Seed::new("release_json", release_json()),
        Seed::new("ceremony_record", record::index()),
        Seed::new("certificates_pem", efi::CERTIFICATE),
        Seed::new("secure_boot_certificate", efi::CERTIFICATE),
        Seed::new("secure_boot_certificate", enrolled.certificate.as_der()),
        Seed::new("efi_variables", efi::empty_store()),
        Seed::new("pkcs7", enrolled.signature),
        Seed::new("efi_signed", enrolled.signed.clone()),
        Seed::new("uki", enrolled.signed),
        Seed::new("uki", uki.clone()),
        Seed::new("difference_place", two_parts::join(&enrolled.image, &uki)),
        Seed::new("efi_image", enrolled.image),
        Seed::new("efi_image", uki),
    ]
}

fn manifest() -> Manifest {
    let head = ManifestHead {
        project: ImageName::parse("ashlar").unwrap(),
        image: ImageName::parse("qemu").unwrap(),
        version: Version::parse("1.0.0").unwrap(),
        platform: PlatformName::parse("x86_64-linux").unwrap(),
        epoch: 1_760_000_000,
        signer: Signer::P384,
        agent: Some(Sha256::of(b"agent")),
        checkout: TreeDigest::new(Sha256::of(b"checkout")),
        expected: BTreeMap::from([("root hash".to_owned(), Sha256::of(b"root"))]),
    };
    let fixed = "System.map boot.json certificate.pem cmdline extensions.json extensions/debug.raw initramfs.cpio \
                 inputs.json kernel.config key-statement.intoto.json modules.json owners.json provenance.intoto.jsonl \
                 qemu.efi release.json root.erofs signing.json vmlinuz";
    let mut names: Vec<String> = fixed.split_whitespace().map(str::to_owned).collect();
    names.push(format!("signatures/{}.p7s", "ab".repeat(64)));
    names.push(format!("sources/{}", Sha256::of(b"source")));
    let files = names.iter().map(|name| (BundlePath::parse(name).unwrap(), Measured::of(b"source")));
    Manifest::new(head, files.collect()).unwrap()
}

fn inputs() -> Inputs {
    let input = |name: &str, uris: &[&str]| Input {
        digest: SourceDigest::new(Sha256::of(name.as_bytes())),
        name: name.to_owned(),
        size: 4,
        uris: uris.iter().map(|uri| (*uri).to_owned()).collect(),
    };
    Inputs::new(vec![input("a", &[]), input("b", &["https://example.org/b", "https://example.com/b"])])
        .unwrap()
}

fn release_json() -> String {
    let digest = Sha256::of(b"x").to_string();
    let json = serde_json::json!({
        "schema": 1, "release": module::release().as_str(), "project": "ashlar", "image": "qemu", "version": "1.0.0",
        "platform": "x86_64-linux", "kind": "release", "signer": "keyless", "certificates": [digest],
        "modules": { "/usr/lib/modules/6.12/a.ko": module::signed().digest.to_string() },
        "extensions": { "debug": digest },
    });
    to_canonical_json(&json).unwrap() + "\n"
}
