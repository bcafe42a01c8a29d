// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Records of builds: whatever moment a build is killed at, its whole lines are a record, and no text of one becomes markup of the
//! page that shows it.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_record::{BuildRecord, CriticalPath, Totals, durations, timeline};
use libfuzzer_sys::fuzz_target;

/// Rendering takes a thousand times as long as reading.
const SHOWN: usize = 16;

fn tags(record: &BuildRecord) -> usize {
    timeline(record).expect("a record can be shown").matches('<').count()
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(record) = BuildRecord::read(bytes) else { return };
    let cut = [bytes, b"{\"ended\":"].concat();
    assert_eq!(
        BuildRecord::read(&cut).as_ref().ok(),
        Some(&record),
        "a line that was cut off says something"
    );
    let lines: Vec<usize> =
        bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1).collect();
    assert!(
        lines.iter().take(SHOWN).all(|end| BuildRecord::read(&bytes[..*end]).is_ok()),
        "killed, it is no record"
    );

    let (totals, path) = (Totals::of(&record), CriticalPath::of(&record));
    assert_eq!(totals.wall_ms, record.wall_ms());
    assert!(path.total_ms() <= record.wall_ms(), "what waits for each other took longer than all");
    assert!(path.steps().iter().is_sorted_by_key(|step| step.derivation), "something waits for a later one");
    assert_eq!(durations([&record]).len(), totals.built, "something was built twice, or in no time at all");
    if lines.len() <= SHOWN {
        let plain: Vec<u8> = bytes.iter().map(|byte| if *byte == b'<' { b'x' } else { *byte }).collect();
        if let Ok(plain) = BuildRecord::read(&plain) {
            assert_eq!(tags(&record), tags(&plain), "a text of the record is markup of the page");
        }
    }
});
