// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Keyrings: the pinned certificates are there, under the fingerprints that were pinned, or the keyring is refused.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_openpgp::{Fingerprint, Keyring};
use libfuzzer_sys::fuzz_target;

/// Of testdata/openpgp/keyring.pgp.
const PINNED: &str = "75D9F8736D0CD94BC7D0B2C63DC8C5899F7A8FB8";

fuzz_target!(|bytes: &[u8]| {
    let pinned: Fingerprint = PINNED.parse().expect("a fingerprint");
    assert!(Keyring::parse(bytes, &[]).is_err(), "nothing is pinned");
    if let Ok(keyring) = Keyring::parse(bytes, std::slice::from_ref(&pinned)) {
        assert_eq!(keyring.pinned().collect::<Vec<_>>(), [&pinned]);
        let twice = [bytes, bytes].concat();
        assert!(Keyring::parse(&twice, &[pinned]).is_ok(), "a certificate that is there twice is there");
    }
});
