// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of firmware variables: enrolling writes into free space alone, and only into a store that has nothing.
#![forbid(unsafe_code)]
#![no_main]

use std::sync::LazyLock;

use ashlar_fuzz_seeds::efi::{Enrolled, enrolled};
use ashlar_secure_boot::{EnrolledCertificates, enroll};
use libfuzzer_sys::fuzz_target;

static ENROLLED: LazyLock<Enrolled> = LazyLock::new(enrolled);

fuzz_target!(|bytes: &[u8]| {
    let certificate = &ENROLLED.certificate;
    let certificates = EnrolledCertificates {
        platform: certificate,
        key_exchange: certificate,
        signatures: std::slice::from_ref(certificate),
    };
    let Ok(enrolled) = enroll(bytes, certificates) else { return };
    assert_eq!(enrolled.len(), bytes.len());
    for (at, (before, after)) in bytes.iter().zip(&enrolled).enumerate() {
        assert!(before == after || *before == 0xff, "byte {at} was in use");
    }
    assert!(enroll(&enrolled, certificates).is_err(), "a store was filled twice");
});
