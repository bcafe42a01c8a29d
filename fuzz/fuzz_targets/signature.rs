// SPDX-License-Identifier: Apache-2.0 OR MIT
//! ECDSA signatures in DER: one encoding for a signature, and of its two values of s the lower.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_attestation::DetachedSignature;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let strict = DetachedSignature::from_der(bytes);
    let lowered = DetachedSignature::lower_from_der(bytes);
    match (&strict, &lowered) {
        (Ok(strict), Ok(lowered)) => {
            assert_eq!(strict.as_der(), bytes, "a signature has two encodings");
            assert_eq!(strict, lowered);
        }
        (Err(_), Ok(lowered)) => {
            assert_ne!(lowered.as_der(), bytes);
            assert_eq!(DetachedSignature::from_der(lowered.as_der()).as_ref().ok(), Some(lowered));
        }
        (Ok(_), Err(error)) => panic!("the stricter reader takes it, the other says {error}"),
        (Err(_), Err(_)) => {}
    }
});
