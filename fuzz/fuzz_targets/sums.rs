// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `SHA256SUMS`: one text for a list, and every path of it inside.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_release_bundle::Sums;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(sums) = Sums::from_text(text) else { return };
    assert_eq!(sums.to_text(), text, "a list has two texts");
    for path in sums.digests().keys() {
        ashlar_fuzz::assert_stays_inside(path.as_str());
    }
});
