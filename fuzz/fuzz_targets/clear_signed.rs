// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Cleartext-signed texts: the key that is pinned signed one text and was thrown away, so no other may come out.
#![forbid(unsafe_code)]
#![no_main]

use std::sync::LazyLock;

use ashlar_openpgp::Keyring;
use libfuzzer_sys::fuzz_target;

const PINNED: &str = "75D9F8736D0CD94BC7D0B2C63DC8C5899F7A8FB8";
const SIGNED: &str = include_str!("../testdata/openpgp/Release");
const MADE: u64 = 1_700_000_000;

static KEYRING: LazyLock<Keyring> = LazyLock::new(|| {
    let pinned = PINNED.parse().expect("a fingerprint");
    Keyring::parse(include_bytes!("../testdata/openpgp/keyring.pgp"), &[pinned]).expect("a keyring")
});

fuzz_target!(|bytes: &[u8]| {
    if let Ok(verified) = KEYRING.verify_inline(bytes, MADE + 1) {
        let body = String::from_utf8_lossy(&verified.body).into_owned();
        // The signature is of a text: blanks at the ends of lines and how lines end are not covered (RFC 9580 §5.2.1.2).
        let lines = |text: &str| -> Vec<String> {
            text.trim_end_matches('\n').lines().map(|line| line.trim_end().to_owned()).collect()
        };
        assert_eq!(lines(&body), lines(SIGNED), "another text than was signed");
        assert_eq!((verified.signer.as_str(), verified.created), (PINNED, MADE));
        assert!(KEYRING.verify_inline(bytes, MADE - 1).is_err(), "a signature from the future");
    }
});
