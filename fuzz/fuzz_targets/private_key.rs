// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Private keys as PEM: a key signs what its own public half verifies, and its text is no public key.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_attestation::{PublisherKey, StatementSigner as _, TrustedKey};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(key) = PublisherKey::from_pem(text) else { return };
    let signature = key.sign(b"message").expect("a key signs");
    assert!(key.public().verify(b"message", &signature).is_ok());
    assert!(key.public().verify(b"massage", &signature).is_err());
    assert_eq!(key.key_id(), key.public().id());
    assert!(TrustedKey::all_from_pem(text).is_err(), "a private key passes for a public one");
});
