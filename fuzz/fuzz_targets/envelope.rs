// SPDX-License-Identifier: Apache-2.0 OR MIT
//! DSSE envelopes: what is read and written again is the same, one a line or alone, and only what is signed is verified.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_attestation::{SlsaProvenance, envelope};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(read) = envelope::from_json(bytes) {
        let written = envelope::to_json(&read).expect("what was read can be written");
        assert_eq!(envelope::from_json(written.as_bytes()).as_ref().ok(), Some(&read));
        assert!(envelope::verify::<SlsaProvenance>(&read, &[]).is_err(), "nobody is trusted");
        if let Ok(claim) = envelope::read::<SlsaProvenance>(&read) {
            let payload = claim.claim().to_canonical_json().expect("what was read can be written");
            assert_eq!(payload.as_bytes(), read.payload, "a statement has two payloads");
        }
    }
    if let Ok(all) = envelope::from_lines(bytes) {
        let lines = envelope::to_lines(&all).expect("what was read can be written");
        assert_eq!(envelope::from_lines(lines.as_bytes()).ok(), Some(all));
    }
});
