// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signatures of modules (CMS): nobody has the key, so the one signature that was derived is the only good one.
#![forbid(unsafe_code)]
#![no_main]

use std::sync::LazyLock;

use ashlar_fuzz_seeds::module::{Signed, signed};
use ashlar_module_signature::ModuleDigest;
use ashlar_signature_verifier::{Certificates, verify};
use libfuzzer_sys::fuzz_target;

static SIGNED: LazyLock<(Signed, Certificates)> = LazyLock::new(|| {
    let signed = signed();
    let certificates = Certificates::parse(&signed.certificate).expect("a certificate");
    (signed, certificates)
});

fuzz_target!(|bytes: &[u8]| {
    let (signed, certificates) = &*SIGNED;
    let found = verify(bytes, &signed.digest, certificates);
    assert_eq!(found.is_ok(), bytes == signed.cms, "{found:?}");
    let other = ModuleDigest::of(b"another module");
    assert!(verify(bytes, &other, certificates).is_err(), "a module is signed that never was");
});
