// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernel modules whose order is wanted: a module comes once, behind what it needs, and alone only if it needs nothing.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;

use ashlar_images::load_order;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let modules = BTreeMap::from([("a.ko".to_owned(), bytes.to_vec())]);
    let nothing = load_order(&[], &modules);
    assert!(nothing.as_ref().is_ok_and(Vec::is_empty) || nothing.is_err());
    if let Ok(order) = load_order(&["a".to_owned(), "a".to_owned()], &modules) {
        assert_eq!(order, ["a.ko"]);
    }
    let twice = BTreeMap::from([("a.ko".to_owned(), bytes.to_vec()), ("b.ko".to_owned(), bytes.to_vec())]);
    assert!(load_order(&[], &twice).is_err(), "two modules of one name");
});
