// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Detached OpenPGP signatures: the pinned key signed one text and was thrown away, so none is good for another text.
#![forbid(unsafe_code)]
#![no_main]

use std::sync::LazyLock;

use ashlar_openpgp::Keyring;
use libfuzzer_sys::fuzz_target;

const PINNED: &str = "75D9F8736D0CD94BC7D0B2C63DC8C5899F7A8FB8";
const SIGNED: &[u8] = include_bytes!("../testdata/openpgp/Release");
const OTHER: &[u8] = b"Suite: stable\nSHA256:\n def 1 x\n- dash\n";
const MADE: u64 = 1_700_000_000;

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let pinned = PINNED.parse().expect("a fingerprint");
    Keyring::parse(include_bytes!("../testdata/openpgp/keyring.pgp"), &[pinned]).expect("a keyring")
});

fuzz_target!(|bytes: &[u8]| {
    assert!(KEYRING.verify_detached(bytes, OTHER, MADE + 1).is_err(), "a text is signed that never was");
    if let Ok(signature) = KEYRING.verify_detached(bytes, SIGNED, MADE + 1) {
        assert_eq!((signature.signer.as_str(), signature.created), (PINNED, MADE));
    }
});
