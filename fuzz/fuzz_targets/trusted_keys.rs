// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/proc/keys`: as many keys are trusted as the keyring holds, and the order of lines says nothing.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

mod error {
    pub(crate) use ashlar_kernel_state::{Malformed, StateError};
}
#[path = "../../os/kernel-state/src/trusted_keys.rs"]
#[expect(dead_code, reason = "kernel-state uses all of it")]
mod trusted_keys;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    // What a line ends with depends on whether another follows; the kernel ends none with a carriage return.
    if text.contains('\r') {
        return;
    }
    let Ok(keys) = trusted_keys::parse(text) else { return };
    assert!(keys.descriptions.is_sorted());
    assert_eq!(keys.foreign.is_empty(), keys.foreign_failure().is_none());
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    let turned = trusted_keys::parse(&lines.join("\n")).expect("the order of lines decides");
    assert_eq!(turned.descriptions, keys.descriptions);
    let doubled = trusted_keys::parse(&format!("{}\n{}", lines.join("\n"), lines.join("\n")));
    assert!(doubled.is_err(), "two keyrings of built-in keys");
});
