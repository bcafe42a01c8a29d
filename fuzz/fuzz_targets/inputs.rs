// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `inputs.json`: one text for a list, and who audits takes what who wrote it takes.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_release_audit::fuzzing;
use ashlar_release_bundle::{Input, Inputs};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let audited = fuzzing::inputs(bytes);
    let Ok(inputs) = Inputs::from_json(bytes) else { return };
    let written = inputs.to_json().expect("what was read can be written");
    assert_eq!(written.as_bytes(), bytes, "a list has two texts");
    let place = |input: &Input| (input.name.clone(), input.digest.to_string(), input.uris.first().cloned());
    let ours: Vec<_> = inputs.iter().map(place).collect();
    assert_eq!(audited, Some(ours), "the audit reads another list");
});
