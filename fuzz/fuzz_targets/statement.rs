// SPDX-License-Identifier: Apache-2.0 OR MIT
//! in-toto statements of every kind: one text for a statement, and no text is a statement of two kinds.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_attestation::{Predicate, RebuildStatement, SlsaProvenance, Statement};
use ashlar_module_signature::{parse_statement, statement_payload};
use libfuzzer_sys::fuzz_target;

fn check<P: Predicate>(bytes: &[u8]) -> bool {
    let Ok(statement) = Statement::<P>::from_json(bytes) else { return false };
    let written = statement.to_canonical_json().expect("what was read can be written");
    assert_eq!(written.as_bytes(), bytes, "a statement has two texts");
    true
}

fuzz_target!(|bytes: &[u8]| {
    let mut kinds = u32::from(check::<SlsaProvenance>(bytes)) + u32::from(check::<RebuildStatement>(bytes));
    if let Ok(statement) = parse_statement(bytes) {
        assert_eq!(statement_payload(&statement).ok().as_deref(), Some(bytes), "a statement has two texts");
        assert!(statement.last);
        kinds += 1;
    }
    assert!(kinds <= 1, "one text is {kinds} statements");
});
