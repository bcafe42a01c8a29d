// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `ashlar.lock`: what is read is written again with the same meaning, and from then on with the same bytes.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_plan::Lockfile;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(lock) = Lockfile::parse(text) else { return };
    let written = lock.to_text().expect("what was read cannot be written");
    let again = Lockfile::parse(&written).expect("what was written cannot be read");
    assert_eq!(again, lock);
    assert_eq!(again.to_text().expect("it was written before"), written);
});
