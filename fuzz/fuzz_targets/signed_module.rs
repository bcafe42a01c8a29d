// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Signed modules: taken apart and put together again they are the same bytes, and no file is signed and unsigned.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_module_signature::{UnsignedModule, append, is_signed};
use ashlar_signature_verifier::split;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let unsigned = UnsignedModule::check(bytes);
    if let Ok(unsigned) = &unsigned {
        assert!(!is_signed(bytes));
        let signed = unsigned.splice(b"signature").expect("a short signature fits");
        let parts = split(&signed).expect("what was appended is found");
        assert_eq!((parts.module, parts.cms), (bytes, &b"signature"[..]));
    }
    if let Ok(parts) = split(bytes) {
        assert!(unsigned.is_err() && is_signed(bytes));
        assert_eq!(append(parts.module, parts.cms).ok().as_deref(), Some(bytes), "bytes got lost");
        assert!(!is_signed(parts.module), "the module could pass for a signed one");
    }
});
