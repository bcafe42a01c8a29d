// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two versions of any file of an artifact: a difference is found exactly where there is one, the same one from both sides, and what
//! is shown of it moves no cursor.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_compare::{Bounds, Comparison, Content, Detail, compare_bytes};
use ashlar_fuzz_seeds::two_parts::split;
use ashlar_release_audit::fuzzing::archive;
use libfuzzer_sys::fuzz_target;

const BOUNDS: Bounds =
    Bounds { contents: 4, largest: 1 << 20, paths: 8, lines: 8, parts: 8, unpacked: 1 << 18 };
/// An initramfs with nothing in it.
const EMPTY: &[u8] = b"070701000000000000000000000000000000000000000100000000000000000000000000000000\
                       00000000000000000000000b00000000TRAILER!!!\0\0\0\0";

/// What must be the same, whichever side comes first.
fn shape(content: &Content) -> String {
    let members = |members: &Comparison| {
        let paths: Vec<&String> = members.entries.iter().map(|entry| &entry.path).collect();
        format!("{paths:?} {} {}", members.same, members.reordered)
    };
    match &content.detail {
        Detail::Text(_) => "text".to_owned(),
        Detail::Elf { sections, rest } => {
            let names: BTreeSet<&String> = sections.iter().map(|section| &section.name).collect();
            assert_eq!(names.len(), sections.len(), "two sections have one name");
            assert_eq!(rest.is_some(), sections.is_empty());
            format!("{names:?}")
        }
        Detail::Members { format, members: of, rest } => {
            assert_eq!(rest.is_some(), of.is_same());
            format!("{format} {}", members(of))
        }
        Detail::Packed { format, inside } => format!("{format} {:?}", inside.as_deref().map(shape)),
        Detail::Bytes(window) => format!("{} {}", window.offset, window.differing),
        Detail::Unread => "unread".to_owned(),
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((one, two)) = split(bytes) else { return };
    let found = compare_bytes(one, two, &BOUNDS);
    assert_eq!(found.is_none(), one == two, "equal bytes differ, or others do not");
    let Some(found) = found else { return };
    assert_eq!((found.before, found.after), (one.len() as u64, two.len() as u64));
    let back = compare_bytes(two, one, &BOUNDS).expect("they differ");
    assert_eq!(shape(&found), shape(&back), "from the other side it is another difference");
    for line in found.lines(&BOUNDS) {
        assert!(
            !line.contains(|c: char| c != '\t'
                && (c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'))),
            "{line:?}"
        );
    }
    assert_eq!(found.to_json()["before"], found.before);
    // What could be a tar archive too is read as that.
    let archive = if two.get(257..262) == Some(b"ustar") { None } else { archive(two) };
    if let Some(entries) = archive.filter(|entries| !entries.is_empty()) {
        let all = compare_bytes(EMPTY, two, &BOUNDS).expect("one of them is not empty");
        let Detail::Members { members, .. } = all.detail else {
            panic!("the audit reads what is compared as bytes")
        };
        let theirs: BTreeSet<&String> = entries.iter().map(|(name, _)| name).collect();
        let ours: BTreeSet<&String> = members.entries.iter().map(|entry| &entry.path).collect();
        assert_eq!(ours, theirs, "the audit finds other files");
    }
});
