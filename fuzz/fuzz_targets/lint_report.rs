// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The judgement of an output as the store keeps it: what is read is written again with the same meaning.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_lint::Report;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(report) = Report::parse(text) else { return };
    let written = report.to_json().expect("what was read can be written");
    assert_eq!(Report::parse(&written).expect("what was written cannot be read"), report);
    assert_eq!(report.errors().count() + report.warnings().count(), report.findings.len());
});
