// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Indexes of binary packages: every package lies inside the archive, and the whole index is its parts.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_debian::{Stanzas, parse_packages};
use ashlar_fuzz::assert_stays_inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(packages) = parse_packages("x", bytes) else { return };
    for package in &packages {
        assert_stays_inside(&package.filename);
        assert!(!package.name.is_empty() && !package.source.is_empty());
        assert_eq!(package.version.as_str().parse().ok(), Some(package.version.clone()));
    }
    // Twice the same index is every package twice, unless its last line has no end.
    if bytes.ends_with(b"\n") {
        let twice =
            parse_packages("x", &[bytes, b"\n", bytes].concat()).expect("twice a good index is a bad one");
        assert_eq!(twice, [packages.clone(), packages.clone()].concat());
    }
    assert_eq!(Stanzas::new("x", bytes).map(Iterator::count).ok(), Some(packages.len()));
});
