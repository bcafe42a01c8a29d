// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The signature as openssl reads it.

use std::fs;

use ashlar_foreign::{available, run};

use super::*;
use crate::fixture;
use crate::{AuthenticodeRequest, to_be_signed};

#[test]
fn the_attributes_are_these_bytes() {
    let request = AuthenticodeRequest::new(PeDigest::new(Sha256::of(b"")));
    let attributes = &request.signed_attributes;
    assert_eq!(attributes[..4], [0x31, 0x4c, 0x30, 0x19]);
    assert_eq!(attributes.len(), 2 + 27 + 49);
    assert_eq!(
        Sha256::of(attributes).to_string(),
        "9b5fdf3a571254384404519d4dd3ea2d5481b442ad30d1f4324a81156c652ffc"
    );
}

#[test]
fn a_value_has_the_shortest_length() {
    assert_eq!(value(OCTET_STRING, &[&[7; 127]])[..2], [4, 0x7f]);
    assert_eq!(value(OCTET_STRING, &[&[7; 100], &[7; 28]])[..3], [4, 0x81, 0x80]);
    assert_eq!(value(OCTET_STRING, &[&[7; 256]])[..4], [4, 0x82, 1, 0]);
    assert_eq!(value(OCTET_STRING, &[&[7; 65536]])[..5], [4, 0x83, 1, 0, 0]);
    assert_eq!(value(NULL, &[]), [5, 0]);
}

#[test]
fn firmware_finds_the_algorithm_where_it_looks() {
    let signature = fixture::signature();
    assert_eq!((signature[0], signature[1]), (0x30, 0x82));
    assert_eq!(signature[32..32 + SHA256.len()], *SHA256);
}

#[test]
fn openssl_verifies_the_signature_over_the_content_and_no_other() {
    if !available("openssl", &["version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let digest = to_be_signed(&fixture::image()).unwrap().digest;
    fs::write(path("signature"), fixture::signature()).unwrap();
    fs::write(path("certificate"), fixture::CERTIFICATE).unwrap();
    // What is hashed is the content without tag and length, which openssl cannot take out of a SEQUENCE by itself.
    fs::write(path("content"), content(digest)).unwrap();
    fs::write(path("other"), content(PeDigest::new(Sha256::of(b"another image")))).unwrap();
    let verify = |content: &str| {
        let (signature, certificate, content) = (path("signature"), path("certificate"), path(content));
        let arguments = ["smime", "-verify", "-binary", "-inform", "DER", "-in", &signature];
        let trust = ["-content", &content, "-noverify", "-certfile", &certificate, "-out", "/dev/null"];
        let ended = run(folder.path(), "openssl", &[&arguments[..], &trust].concat());
        (ended.succeeded, ended.said())
    };
    let (good, said) = verify("content");
    assert!(good && said.contains("successful"), "{said}");
    let (good, said) = verify("other");
    assert!(!good && said.contains("digest failure"), "{said}");
    let print = |what: &str| {
        let arguments = ["pkcs7", "-inform", "DER", "-in", &path("signature"), what];
        run(folder.path(), "openssl", &arguments).said()
    };
    let printed = print("-print");
    assert!(printed.contains("contentType") && printed.contains("messageDigest"), "{printed}");
    assert!(!printed.contains("signingTime"), "{printed}");
    let printed = print("-print_certs");
    assert!(printed.contains(fixture::CERTIFICATE), "{printed}");
}

/// A key elsewhere: openssl signs the request, and the result is the same as by our own key.
#[test]
fn a_signature_made_by_openssl_from_the_request_is_the_same() {
    if !available("openssl", &["version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let request = to_be_signed(&fixture::image()).unwrap();
    fs::write(path("request"), &request.signed_attributes).unwrap();
    fs::write(path("key"), fixture::KEY).unwrap();
    let (key, out, request_file) = (path("key"), path("out"), path("request"));
    let sign = ["dgst", "-sha256", "-sign", &key, "-out", &out, &request_file];
    ashlar_foreign::succeeds(folder.path(), "openssl", &sign);
    let made = pkcs7(&fixture::certificate(), &fs::read(out).unwrap(), request.digest).unwrap();
    assert_eq!(made, fixture::signature());
}
