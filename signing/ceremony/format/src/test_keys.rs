// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two keys that everybody knows, for tests with fixed results.

use rsa::pkcs1::EncodeRsaPrivateKey as _;
use rsa::{BigUint, RsaPrivateKey};

use crate::{EcdsaSigner, ReleaseId, RsaSigner, hex};

/// The key of RFC 6979 §A.2.6.
const SCALAR: &str =
    "6b9d3dad2e1b8c1c05b19875b6659f4de23c3b667bf297ba9aa47740787137d896d5724e4c70a825f872c9ea60d2edf5";
/// Made by `openssl genrsa 4096` for this file.
const P: &str = concat!(
    "fef6a064cebfc2448946bc68693210db29b0aac7b19b4f6ba4e86b5d413fbf57e5416b3664ad124c5af127f05d1fb01a9ea94eec",
    "ce218e03f899c3711a7863fba05ab8306381c3f9d6312b7ffdf62d5d95e0e01a14b33362ee944a52d4a45ba7c9e4845c770d9b38",
    "dbbdb42103cf7975ccd913490d86765297a3285635bdcec94aafdac43685d7afddc5b32a29cbe5b41f990bf2462f9fd62717d56e",
    "e4a417827def49f85aa819f49055abad25bd5cab0a49125663ee44c9fda1ebf363a2507b92fb51c3dac7917e352bb56b18b40bfe",
    "be2bf1bb1a98198a208e1f136ff968e40d93abfb956d47a994c013d8cafdcff5281523c372aec9408d3bd659eedba059",
);
const Q: &str = concat!(
    "d4552de4e78ca71ad329ffd8c983501806747a8c92f0f2bc45bafa949dc0cd53510a56b2f27ac9773d698a1f2f6dfd60d0ca9db9",
    "403b19e3a31c30512287d9307279fb982b5085f92f8696db0b019c3223711c445502ef13087ff5b2852947a4b80afbe68383de90",
    "42aebfe36f59c2115d4c458bd51ece7c8bc1c0bc5b66ee87f6c9e12dbc5eb6eaeb03322dadd2c318dfcc8d303ae8efbef45aad39",
    "e93b89cd42dc3247a52d9736c468824da650c51a8acc43230bc90847de4ca19c1b30e8a70ec5889a1e751a9ae9acd6658b049c5b",
    "d53df9d43426472da3e4036147c13427b524ceff5ab43701a0587f4e559a6d72451b81259b2065c9081ff37cb9cc4995",
);

pub(crate) fn ecdsa() -> EcdsaSigner {
    EcdsaSigner::from_scalar(&hex::read(SCALAR).unwrap()).unwrap()
}

pub(crate) fn rsa() -> RsaSigner {
    RsaSigner::from_primes(&hex::read::<256>(P).unwrap(), &hex::read::<256>(Q).unwrap()).unwrap()
}

/// The key of [`rsa`] as openssl reads it, PKCS#1 DER.
pub(crate) fn rsa_private_der() -> Vec<u8> {
    let number = |hex: &str| BigUint::from_bytes_be(&hex::read::<256>(hex).unwrap());
    let key = RsaPrivateKey::from_p_q(number(P), number(Q), BigUint::from(65537_u32)).unwrap();
    key.to_pkcs1_der().unwrap().as_bytes().to_vec()
}

pub(crate) fn release() -> ReleaseId {
    ReleaseId::parse("ashlar-qemu-1.0.0-x86_64").unwrap()
}
