// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Binary packages: what is unpacked stays inside, comes once, and does not depend on how the bytes arrive.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeMap;
use std::io::Read;

use ashlar_debian::{DebIdentity, DebKind, DebianError, read_deb};
use ashlar_fuzz::{LIMITS, Trickle, assert_stays_inside};
use libfuzzer_sys::fuzz_target;

/// Every entry in words, and what the package says it is.
type Unpacked = (Result<DebIdentity, DebianError>, Vec<String>);

fn unpack(reader: impl Read, expected: Option<&DebIdentity>) -> Unpacked {
    let mut shown = Vec::new();
    let mut seen: BTreeMap<String, &str> = BTreeMap::new();
    let result = read_deb("x.deb", reader, &LIMITS, expected, |entry| {
        shown.push(format!("{entry:?}"));
        assert_stays_inside(&entry.path);
        let kind = match entry.kind {
            DebKind::Directory => "directory",
            DebKind::File { size, content, .. } => {
                let mut bytes = Vec::new();
                if content.read_to_end(&mut bytes).is_ok() {
                    assert_eq!(bytes.len() as u64, size, "a file of another size than it says");
                }
                "file"
            }
            DebKind::Symlink { .. } => "symlink",
            DebKind::Hardlink { target } => {
                assert_eq!(
                    seen.get(&target),
                    Some(&"file"),
                    "a hardlink to {target:?}, which is no file yet"
                );
                "file"
            }
        };
        for (end, _) in entry.path.match_indices('/') {
            let parent = seen.get(&entry.path[..end]);
            assert!(parent.is_none_or(|kind| *kind == "directory"), "{:?} is below a {parent:?}", entry.path);
        }
        assert!(seen.insert(entry.path, kind).is_none(), "a path comes twice");
        Ok(())
    });
    (result, shown)
}

fuzz_target!(|bytes: &[u8]| {
    let (whole, entries) = unpack(bytes, None);
    let (trickled, again) = unpack(Trickle(bytes), None);
    assert_eq!(whole.is_ok(), trickled.is_ok(), "{whole:?} at once, {trickled:?} byte by byte");
    if let Ok(identity) = whole {
        assert_eq!(entries, again);
        assert!(unpack(bytes, Some(&identity)).0.is_ok(), "it is not the package that it says it is");
    }
});
