// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Modules as an attacker would bring them: one module of the kernel, and everything that can be wrong with its signature.
//!
//! ```text
//! module | CMS | algorithm, hash, id type 2, signer length, key length, 3 zeroes, length of the CMS (big-endian u32) | magic
//! ```
//! (Documentation/admin-guide/module-signing.rst, include/linux/module_signature.h.)

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use ashlar_module_signature::{
    EcdsaSigner, MAGIC, ModuleDigest, ReleaseId, Signer as _, UnsignedModule, append, cms, trailer,
};

use crate::publication::{Publication, id};
use crate::scene::Scene;

/// Needs no other module, and does nothing until somebody asks for it.
const MODULE: &str = "kernel/net/ipv4/tcp_bbr.ko";

/// The module and its signatures.
pub(crate) struct Material {
    /// Without a signature.
    pub(crate) module: Vec<u8>,
    /// By the key of the first release.
    pub(crate) own: Vec<u8>,
    /// By the key of the second.
    pub(crate) others: Vec<u8>,
}

impl Material {
    pub(crate) fn of(publication: &Publication) -> Self {
        let module = module();
        let name = format!("signatures/{}.p7s", UnsignedModule::check(&module).unwrap().digest());
        let signature = |directory: PathBuf| fs::read(directory.join(&name)).unwrap();
        Self { own: signature(publication.first()), others: signature(publication.second()), module }
    }

    /// Every attack, by the name of its file. The first file of all is the signed module.
    pub(crate) fn files(&self) -> BTreeMap<&'static str, Vec<u8>> {
        let Self { module, own, others } = self;
        let signed = |cms: &[u8]| append(module, cms).unwrap();
        let length = u32::try_from(own.len()).unwrap();
        let with_trailer = |trailer: [u8; 40]| [&module[..], own, &trailer].concat();
        let stranger = EcdsaSigner::from_scalar(&[9; 48]).unwrap();
        let release = ReleaseId::parse(&id("1.0.0")).unwrap();
        let by_stranger =
            cms(&release, stranger.public_key(), &stranger.sign(&ModuleDigest::of(module)).unwrap()).unwrap();
        let mut of_another_type = trailer(length);
        of_another_type[2] = 1;
        let mut of_an_algorithm = trailer(length);
        of_an_algorithm[0] = 1;
        BTreeMap::from([
            ("0-signed.ko", signed(own)),
            ("another-key.ko", signed(&by_stranger)),
            ("another-release.ko", signed(others)),
            ("attributes.ko", signed(&with_attributes(module, &stranger, &by_stranger))),
            ("byte-after-cms.ko", signed(&[&own[..], &[0]].concat())),
            ("byte-after-magic.ko", [signed(own), vec![b'\n']].concat()),
            ("empty-signature.ko", signed(&[])),
            ("flipped-module.ko", append(&flipped(module, module.len() / 2), own).unwrap()),
            ("flipped-serial.ko", signed(&flipped(own, own.len() / 2))),
            ("flipped-signature.ko", signed(&flipped(own, own.len() - 5))),
            ("magic-only.ko", [&module[..], MAGIC].concat()),
            ("signed-twice.ko", append(&signed(own), own).unwrap()),
            ("stated-too-long.ko", with_trailer(trailer(u32::MAX))),
            ("trailer-algorithm.ko", with_trailer(of_an_algorithm)),
            ("trailer-type.ko", with_trailer(of_another_type)),
            ("truncated-signature.ko", signed(&own[..own.len() - 16])),
            ("unsigned.ko", module.clone()),
        ])
    }
}

/// The module as the recipe made it.
fn module() -> Vec<u8> {
    let scene = Scene::get();
    let built = scene.ashlar().args(["--offline", "build", "linux"]).run().succeeds();
    let files = scene.files(&built, "recipe linux:modules");
    let (_, file) = files.iter().find(|(path, _)| path.ends_with(MODULE)).unwrap();
    fs::read(file).unwrap()
}

/// Writes files into a new folder.
pub(crate) fn write(files: &BTreeMap<&str, Vec<u8>>, folder: &Path) {
    fs::create_dir(folder).unwrap();
    for (name, content) in files {
        fs::write(folder.join(name), content).unwrap();
    }
}

fn flipped(bytes: &[u8], position: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[position] ^= 1;
    bytes
}

/// A CMS as most programs write it, over signed attributes (RFC 5652, section 5.3): content type, and the digest of the module.
/// The signature is right, so nothing but the attributes is there to be refused.
fn with_attributes(module: &[u8], signer: &EcdsaSigner, plain: &[u8]) -> Vec<u8> {
    const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x01];
    const CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x03];
    const MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];
    let attribute =
        |identifier: &[u8], value: Vec<u8>| tlv(0x30, &[tlv(6, identifier), tlv(0x31, &value)].concat());
    let attributes = [
        attribute(CONTENT_TYPE, tlv(6, DATA)),
        attribute(MESSAGE_DIGEST, tlv(4, ModuleDigest::of(module).as_bytes())),
    ]
    .concat();
    // Signed as a SET, written under the tag [0].
    let value = signer.sign(&ModuleDigest::of(&tlv(0x31, &attributes))).unwrap();
    // ContentInfo { oid, [0] { SignedData { version, digests, data, SET { SignerInfo { … } } } } }
    let outer = children(&content(plain));
    let signed_data = children(&content(&content(&outer[1])));
    let mut signer_info = children(&content(&content(&signed_data[3])));
    // version, issuer and serial, digest algorithm | attributes | signature algorithm, signature
    signer_info[4] = tlv(4, &value.to_bytes());
    signer_info.insert(3, tlv(0xa0, &attributes));
    let signers = tlv(0x31, &tlv(0x30, &signer_info.concat()));
    let signed_data = tlv(0x30, &[&signed_data[..3].concat()[..], &signers].concat());
    tlv(0x30, &[outer[0].clone(), tlv(0xa0, &signed_data)].concat())
}

/// One DER value.
fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ 0..128 => vec![short as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [&[tag], &length[..], content].concat()
}

/// Where the content of the first DER value of `bytes` is.
fn extent(bytes: &[u8]) -> std::ops::Range<usize> {
    let (begin, length) = match bytes[1] {
        short @ ..=0x7f => (2, usize::from(short)),
        0x81 => (3, usize::from(bytes[2])),
        _ => (4, usize::from(bytes[2]) << 8 | usize::from(bytes[3])),
    };
    begin..begin + length
}

fn content(bytes: &[u8]) -> Vec<u8> {
    bytes[extent(bytes)].to_vec()
}

fn children(mut bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (child, rest) = bytes.split_at(extent(bytes).end);
        found.push(child.to_vec());
        bytes = rest;
    }
    found
}
