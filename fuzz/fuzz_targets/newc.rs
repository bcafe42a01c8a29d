// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Archives of the initramfs: no byte gets lost when one is taken apart, and the audit reads the same files.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_release_audit::fuzzing;
use ashlar_release_bundle::diff::{Decoder as _, NewcDecoder, Part};
use libfuzzer_sys::fuzz_target;

/// The entry that a header without its size and a content make.
fn entry(header: &Part<'_>, content: &Part<'_>) -> Vec<u8> {
    let name = content.name.split_once('/').map_or("", |(_, name)| name);
    let mut entry = header.bytes[..54].to_vec();
    entry.extend(format!("{:08X}", content.bytes.len()).into_bytes());
    entry.extend(&header.bytes[54..]);
    entry.extend([name.as_bytes(), &[0]].concat());
    entry.resize(entry.len().next_multiple_of(4), 0);
    entry.extend(&*content.bytes);
    entry
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(Some(parts)) = NewcDecoder.decode("initramfs.cpio", bytes) else { return };
    let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let mut at = 0;
    let mut files = Vec::new();
    for pair in parts.chunks(2) {
        let [header, content] = pair else { panic!("a header without content") };
        let entry = entry(header, content);
        // Between two archives lies the first one's trailer.
        while bytes.get(at..at + entry.len()) != Some(&entry[..]) {
            assert!(
                bytes.get(at..at + 124).is_some_and(|part| part.ends_with(b"TRAILER!!!\0\0\0\0")),
                "bytes got lost"
            );
            at = (at + 124).next_multiple_of(512);
        }
        at = (at + entry.len()).next_multiple_of(4);
        files.push((content.name[2..].to_owned(), content.bytes.to_vec()));
    }
    let one_archive = parts.iter().all(|part| part.name.starts_with("0/"));
    if one_archive
        && names.len() == parts.len()
        && at + 124 <= bytes.len()
        && bytes.len() <= (at + 124).next_multiple_of(512)
    {
        let audited = fuzzing::archive(bytes).expect("the audit refuses what the comparison takes");
        let audited: Vec<_> = audited.into_iter().map(|(name, at)| (name, bytes[at].to_vec())).collect();
        assert_eq!(audited, files, "the audit reads other files");
    }
});
