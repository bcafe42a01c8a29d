// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Unified kernel images: the parts make the whole again, and the audit reads the same sections.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_release_audit::fuzzing;
use ashlar_release_bundle::diff::{Decoder as _, UkiDecoder};
use libfuzzer_sys::fuzz_target;

fn number(bytes: &[u8], at: usize) -> usize {
    bytes[at..at + 4].iter().rev().fold(0, |value, byte| value << 8 | usize::from(*byte))
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(Some(parts)) = UkiDecoder.decode("x.efi", bytes) else { return };
    let [fixed, places, sections @ ..] = &parts[..] else { panic!("headers are missing") };

    // Sizes and places, back where they were taken from.
    let (pe, mut headers, mut rest) = (number(bytes, 0x3c), fixed.bytes.to_vec(), &*places.bytes);
    let optional = pe + 24;
    let count = number(bytes, pe + 6) & 0xffff;
    let fields = [8..12, 56..60, 64..68, 144..152].map(|field| optional + field.start..optional + field.end);
    let table = (0..count).map(|index| optional + 240 + 40 * index);
    for field in fields.into_iter().chain(table.clone().map(|at| at + 8..at + 24)) {
        let (taken, after) = rest.split_at(field.len());
        headers[field].copy_from_slice(taken);
        rest = after;
    }
    assert!(rest.is_empty());

    let mut image = headers.clone();
    for (at, section) in table.zip(sections) {
        let (size, offset) = (number(&headers, at + 16), number(&headers, at + 20));
        if size != 0 {
            image.resize(offset, 0);
            image.extend(&*section.bytes);
            image.resize(offset + size, 0);
        }
    }
    if let Some(appended) = sections.get(count) {
        image.extend(&*appended.bytes);
    }
    assert_eq!(image, bytes, "bytes got lost");

    if let Some(audited) = fuzzing::sections(bytes) {
        // Those without content too.
        let ours = sections.iter().take(count).map(|section| (section.name.clone(), section.bytes.to_vec()));
        let theirs = audited.into_iter().map(|(name, at)| (name, bytes[at].to_vec()));
        assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "the audit reads other sections");
    }
});
