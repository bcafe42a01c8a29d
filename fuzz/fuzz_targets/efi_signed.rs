// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signed EFI images: detaching and attaching are each other's exact inverse.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_secure_boot::{attach, check, detach, to_be_signed};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok((image, signature)) = detach(bytes) else { return };
    assert_eq!(attach(&image, &signature).ok().as_deref(), Some(bytes), "bytes got lost");
    let request = to_be_signed(&image).expect("what was signed can be signed");
    assert!(check(&signature, request.digest).is_ok());
});
