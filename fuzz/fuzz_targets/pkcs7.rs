// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Authenticode signatures: of one image by one key there is one, whatever certificate of that key it carries.
#![forbid(unsafe_code)]
#![no_main]

use std::sync::LazyLock;

use ashlar_fuzz_seeds::efi::{Enrolled, enrolled};
use ashlar_secure_boot::{PeDigest, check};
use libfuzzer_sys::fuzz_target;

static ENROLLED: LazyLock<Enrolled> = LazyLock::new(enrolled);

fuzz_target!(|bytes: &[u8]| {
    let Enrolled { digest, certificate, signature, .. } = &*ENROLLED;
    match check(bytes, *digest) {
        Ok(found) if found == *certificate => assert_eq!(bytes, signature, "a second signature of one image"),
        Ok(found) => assert!(bytes.windows(found.as_der().len()).any(|part| part == found.as_der())),
        Err(_) => assert_ne!(bytes, signature),
    }
    let other = PeDigest::new(ashlar_digest::Sha256::of(b"another image"));
    assert!(check(bytes, other).is_err(), "an image is signed that never was");
});
