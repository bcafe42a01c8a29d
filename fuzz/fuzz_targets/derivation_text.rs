// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Encodings of derivations, two of them: a difference is found exactly where there is one, from both sides, and none says the same
//! of both.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz_seeds::two_parts::split;
use ashlar_plan::{Difference, differences, read_encoding};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fn says_something(difference: &Difference) -> bool {
    match difference {
        Difference::Text { before, after, .. } => before != after,
        Difference::Value { before, after, .. } => before != after,
        Difference::Input { before, after, .. } => before != after,
    }
}

/// The same value where nothing is as good as null.
fn without_nulls(value: &Value) -> Value {
    let object = value.as_object().expect("an encoding is an object");
    object
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

fuzz_target!(|bytes: &[u8]| {
    let Some((one, two)) = split(bytes) else { return };
    let (Ok(one), Ok(two)) = (read_encoding(one), read_encoding(two)) else { return };
    assert!(differences(&one, &one).is_empty());
    let found = differences(&one, &two);
    assert_eq!(found.is_empty(), without_nulls(&one) == without_nulls(&two), "{found:?}");
    assert!(found.iter().all(says_something), "{found:?}");
    assert_eq!(differences(&two, &one).len(), found.len(), "from the other side it is another difference");
});
