// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Version numbers, two on two lines: their order is that of another implementation, and total.
#![forbid(unsafe_code)]
#![no_main]

use std::cmp::Ordering;

use ashlar_debian::Version;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((left, right)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n')) else {
        return;
    };
    let (Ok(a), Ok(b)) = (left.parse::<Version>(), right.parse::<Version>()) else { return };
    assert_eq!((a.as_str(), b.as_str()), (left, right));
    assert_eq!(a.cmp(&a), Ordering::Equal);
    assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    if let (Ok(c), Ok(d)) = (left.parse::<debversion::Version>(), right.parse::<debversion::Version>()) {
        assert_eq!(a.cmp(&b), c.cmp(&d), "{left} and {right}");
    }
});
