// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Source archives: the three readers of compressed bytes agree, within their limits, however the bytes arrive.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_debian::{ArchiveKind, decompress, newest_mtime, read_members};
use ashlar_fuzz::{LIMITS, Trickle};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let unpacked = decompress("x", bytes, &LIMITS);
    if let Ok(unpacked) = &unpacked {
        assert!(unpacked.len() as u64 <= LIMITS.unpacked, "{} bytes came out", unpacked.len());
    }
    let newest = newest_mtime("x", bytes, &LIMITS);
    let trickled = newest_mtime("x", Trickle(bytes), &LIMITS);
    assert_eq!(newest.as_ref().ok(), trickled.as_ref().ok(), "{newest:?}, {trickled:?}");
    let members = read_members("x", bytes, &LIMITS, &|path| path.len() % 2 == 0);
    if members.is_ok() {
        assert!(unpacked.is_ok(), "only one of two readers takes it: {unpacked:?}");
    }
    if newest.is_ok() {
        assert_eq!(
            ArchiveKind::of("x", bytes).ok(),
            Some(ArchiveKind::Tar),
            "an archive passes for something else"
        );
        assert!(unpacked.is_ok(), "only one of two readers takes it: {unpacked:?}");
    }
});
