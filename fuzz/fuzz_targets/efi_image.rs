// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Unsigned EFI images: what is to be signed changes with every byte that counts, and no other reader of ours is
//! stricter about where things lie.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_secure_boot::{detach, to_be_signed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(request) = to_be_signed(bytes) else { return };
    assert!(detach(bytes).is_err(), "an image is signed and unsigned");
    assert!(ashlar_release_audit::fuzzing::sections(bytes).is_some(), "the audit cannot read what is signed");
    for longer in [[bytes, &[0]].concat(), [bytes, &[0; 8]].concat()] {
        assert!(to_be_signed(&longer).is_err(), "something behind the image is not signed");
    }
    let again = to_be_signed(bytes).expect("it was taken before");
    assert_eq!(again, request);
});
