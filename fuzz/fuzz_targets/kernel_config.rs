// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel configurations: fragments merged and written are read as the same, and a kernel that has them holds them.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_kernel_config::{Fragment, Layers, Resolved, check};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(fragment) = Fragment::parse("x", text) else { return };
    let layers = Layers::merge(&[fragment]);
    let written = layers.to_allconfig();
    let resolved = Resolved::parse("x", &written).expect("what was read, written again, is refused");
    for (symbol, setting) in layers.iter() {
        assert_eq!(resolved.get(symbol), Some(&setting.value), "{symbol}");
    }
    assert!(check(&layers, &resolved).is_empty(), "a configuration does not hold itself");
    let again = Fragment::parse("y", &written).expect("what was read, written again, is refused");
    assert_eq!(Layers::merge(&[again]).to_allconfig(), written);
});
