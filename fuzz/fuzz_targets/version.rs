// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Version numbers, two on two lines: their order is that of another implementation, and total.
#![forbid(unsafe_code)]
#![no_main]

use std::cmp::Ordering;

use ashlar_debian::Version;
use libfuzzer_sys::fuzz_target;

/// What the other implementation reads.
fn peer(text: &str) -> Option<debversion::Version> {
    let mut version: debversion::Version = text.parse().ok()?;
    // It takes a number that is missing for less than 0. In the policy (§5.6.12) it counts as 0, and is so written down here.
    for part in [Some(&mut version.upstream_version), version.debian_revision.as_mut()].into_iter().flatten()
    {
        if !part.ends_with(|last: char| last.is_ascii_digit()) {
            part.push('0');
        }
    }
    Some(version)
}

fuzz_target!(|bytes: &[u8]| {
    let Some((left, right)) = std::str::from_utf8(bytes).ok().and_then(|text| text.split_once('\n')) else {
        return;
    };
    let (Ok(a), Ok(b)) = (left.parse::<Version>(), right.parse::<Version>()) else { return };
    assert_eq!((a.as_str(), b.as_str()), (left, right));
    assert_eq!(a.cmp(&a), Ordering::Equal);
    assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
    if let (Some(c), Some(d)) = (peer(left), peer(right)) {
        assert_eq!(a.cmp(&b), c.cmp(&d), "{left} and {right}");
    }
});
