// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `release.json` of an image: what the audit takes is canonical, byte for byte.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_digest::to_canonical_json;
use ashlar_release_audit::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if fuzzing::release_json(bytes) {
        let value = serde_json::from_slice(bytes).expect("it is JSON");
        let canonical = to_canonical_json(&value).expect("it is canonical") + "\n";
        assert_eq!(canonical.as_bytes(), bytes, "one release has two descriptions");
    }
});
