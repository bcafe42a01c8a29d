// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Texts of licences: what is found is bounded, stands in the text or on the list, and survives its way through the store.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;
use std::sync::LazyLock;

use ashlar_recipe::License;
use ashlar_sbom::{KnownTexts, LicenceText};
use libfuzzer_sys::fuzz_target;

static KNOWN: LazyLock<KnownTexts> = LazyLock::new(|| KnownTexts::load().expect("the list is built in"));

// Loading the list takes a second, which is none of an input's.
fuzz_target!(init: assert!(KNOWN.look(b"").licences.is_empty()), |bytes: &[u8]| {
    let found = KNOWN.look(bytes);
    assert!(found.licences.len() <= 5 && found.copyright.len() <= 10, "{found:?}");
    for names in &found.licences {
        assert!(!names.is_empty() && names.iter().all(|name| License::parse(name).is_ok()), "{names:?}");
    }
    let lines: BTreeSet<&String> = found.copyright.iter().collect();
    assert_eq!(lines.len(), found.copyright.len(), "a line is there twice");
    let stored = serde_json::to_string(&found).expect("what was found can be written");
    assert_eq!(serde_json::from_str::<LicenceText>(&stored).expect("what was written can be read"), found);
});
