// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Suppliers, moments and locations as documents write them: each is read as itself again.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_sbom::{Location, Supplier, Timestamp};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Some(supplier) = Supplier::read(text) {
        assert_eq!(Supplier::read(&supplier.to_string()), Some(supplier));
    }
    if let Some(moment) = Timestamp::read(text) {
        assert_eq!(Timestamp::read(&moment.to_string()), Some(moment));
        assert_eq!(Timestamp::new(moment.seconds()), Some(moment));
    }
    if let Some(location) = Location::parse(text) {
        assert_eq!(location.as_str(), text);
        assert!(
            text.contains(':') && !text.contains(|c: char| c.is_whitespace() || c.is_control()),
            "{text:?}"
        );
    }
});
