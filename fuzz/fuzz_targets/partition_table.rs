// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Partition tables of disks that PID 1 looks at: what is read of one is bounded, and a partition is found by the GUID that
//! another way of writing it gives.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../os/init/src/gpt.rs"]
mod gpt;

/// The unique GUID of an entry, as UEFI's appendix A writes it.
fn written(entry: &[u8]) -> String {
    let [a0, a1, a2, a3, b0, b1, c0, c1, d0, d1, node @ ..] = &entry[16..32] else {
        panic!("an entry is short")
    };
    let first = u32::from_le_bytes([*a0, *a1, *a2, *a3]);
    let (second, third) = (u16::from_le_bytes([*b0, *b1]), u16::from_le_bytes([*c0, *c1]));
    let node: String = node.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{first:08x}-{second:04x}-{third:04x}-{d0:02x}{d1:02x}-{node}")
}

fuzz_target!(|bytes: &[u8]| {
    let Some((header, given)) = bytes.split_first_chunk::<{ gpt::HEADER }>() else { return };
    let Some(table) = gpt::Table::parse(header) else { return };
    let number =
        |at: usize| header[at..at + 4].iter().rev().fold(0, |all, byte| all << 8 | usize::from(*byte));
    let (count, size) = (number(80), number(84));
    assert_eq!(table.size(), count * size);
    assert!(table.size() <= 4 << 20, "a header makes PID 1 take any memory");
    assert_eq!(table.first_block.to_le_bytes(), header[72..80]);
    // What the fuzzer did not write is zeroes; entries of those alone say nothing new.
    let given = &given[..given.len().min(table.size())];
    let mut entries = given.to_vec();
    entries.resize(given.len().next_multiple_of(size).min(table.size()), 0);
    for (at, entry) in entries.chunks_exact(size).enumerate().take(8) {
        let found = table.index_of(&entries, &written(entry)).expect("an entry is not found by its GUID");
        assert!(found <= at && entries[found * size + 16..][..16] == entry[16..32], "another entry is found");
    }
    assert_eq!(table.index_of(&entries, "no GUID"), None);
});
