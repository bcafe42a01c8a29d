// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Public keys as PEM: each is the key of its own DER, no two are the same, and a private key is among none.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_attestation::{CertificateKey, PublisherKey, TrustedKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(keys) = TrustedKey::all_from_pem(text) else { return };
    assert!(!keys.is_empty());
    for (at, key) in keys.iter().enumerate() {
        assert_eq!(TrustedKey::from_spki(key.spki()).as_ref().ok(), Some(key));
        assert_eq!(CertificateKey::from_spki(key.spki()).ok().map(|other| other.id()), Some(key.id()));
        assert!(!keys[..at].contains(key), "a key is given twice");
    }
    if let Ok(only) = TrustedKey::from_pem(text) {
        assert_eq!(keys, [only]);
    }
    assert!(PublisherKey::from_pem(text).is_err(), "one file is a public and a private key");
});
