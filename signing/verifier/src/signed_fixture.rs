// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keys, certificates and signatures for tests, made by ashlar-module-signature, and other encodings of them.

use ashlar_module_signature::{
    EcdsaSigner, ModuleDigest, PublicKey, ReleaseId, RsaSigner, Signer, Subject, append, certificate, cms,
    keyless,
};
use cms::content_info::ContentInfo;
use cms::signed_data::SignedData;
use der::{Any, Decode as _, Encode as _};

use crate::{Certificate, Certificates};

pub(crate) const EPOCH: u64 = 1_767_225_600;

/// Made by `openssl genrsa 4096` for this file.
const P: &str = concat!(
    "d34cdfcd2e7711aec2f12447be5097b1ab38e2c53cbbbf2558f5048fad545f783c7dfadbbcac5c90be7c9189dc7f764c61e18f2a",
    "d8af0ff6b4bcffcae8b84fb0c13fc93eab900509d18d2b3b549a6b6b1a2dc78e38b7ac9ef5cf3da774014dcf825634f89e1b967b",
    "ddf8f86147800630cf0bda278ac6a3d6d44d0e67df0f7a56b7a5b304749cc943f7bd7dde9414d0ecdbe7e7c324b3863a4937984c",
    "99d4c7a860b51f02cf171ff625c35c83a615eff77876630abac201792f969f89451674580e5d5ac0c9989867947a7ee308b8e38c",
    "a82a69e9050f7307e5657e4120c0cf5ac4b4449f5c6719f7de34c64a37e00ca7e7e1d67de70ad98a618b1b01d5c86a03",
);
const Q: &str = concat!(
    "c4ce02cd77e6a0a3bd4d6579b02fda21225b5b1d1772a801a408912a6e18fb36107cb9de92cc2e9247fde4a6e18bf40ff11a2f6f",
    "bafc7cf84abc4aba49d584e2f7c76bc5e1b1ce0dd0d1ee1488c2cef7ebea8631b091ed3f593c68ca261c40b7cb1229c3537e9a90",
    "33b08d1ad94eadb6638e47d0cd29b89c469d09c62397f6cb5ed7eeaf31abdd83cd7daaeb7d93ddba7424aa8da76f3498857d1f0f",
    "edc9eb3e672137393a2cb66d5908fa23b273008fb67f14df91065d3efea209740056bc8e1bd0aa843a609608eb8802cf0acef4b6",
    "66bc2ab388fb7e42340f2c34c1a9b4b6a522a592af0c74e8bba30839c6918eb83944b205194869e746640815ce6829c7",
);

pub(crate) fn release() -> ReleaseId {
    ReleaseId::parse("ashlar-qemu-1.0.0+b1-x86_64").unwrap()
}

pub(crate) fn ecdsa(number: u8) -> EcdsaSigner {
    EcdsaSigner::from_scalar(&[number; 48]).unwrap()
}

pub(crate) fn rsa() -> RsaSigner {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    RsaSigner::from_primes(&bytes(P), &bytes(Q)).unwrap()
}

/// The certificate that a ceremony of [`release`] gives a key.
pub(crate) fn ceremony_certificate(key: &PublicKey) -> Vec<u8> {
    certificate(&Subject::Release, &release(), EPOCH, key).unwrap()
}

pub(crate) fn sign(signer: &dyn Signer, module: &[u8]) -> Vec<u8> {
    cms(&release(), signer.public_key(), &signer.sign(&ModuleDigest::of(module)).unwrap()).unwrap()
}

/// Certificate and signature of a module by keyless signing.
pub(crate) fn sign_keyless(module: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let digest = ModuleDigest::of(module);
    let derived = keyless(&digest).unwrap();
    let der = certificate(&Subject::Module(digest), &release(), EPOCH, &derived.public_key).unwrap();
    (der, cms(&release(), &derived.public_key, &derived.signature).unwrap())
}

pub(crate) fn signed(module: &[u8], cms: &[u8]) -> Vec<u8> {
    append(module, cms).unwrap()
}

pub(crate) fn certificates(list: &[Vec<u8>]) -> Certificates {
    Certificates::parse(&list.concat()).unwrap()
}

pub(crate) fn only(der: &[u8]) -> Certificate {
    Certificates::parse(der).unwrap().get(0).unwrap().clone()
}

/// The same CMS with something else in it.
pub(crate) fn altered(cms: &[u8], alter: impl FnOnce(&mut SignedData)) -> Vec<u8> {
    let mut outer = ContentInfo::from_der(cms).unwrap();
    let mut inner: SignedData = outer.content.decode_as().unwrap();
    alter(&mut inner);
    outer.content = Any::encode_from(&inner).unwrap();
    outer.to_der().unwrap()
}

/// The same certificate with something else in it.
pub(crate) fn altered_certificate(der: &[u8], alter: impl FnOnce(&mut x509_cert::Certificate)) -> Vec<u8> {
    let mut certificate = x509_cert::Certificate::from_der(der).unwrap();
    alter(&mut certificate);
    certificate.to_der().unwrap()
}
