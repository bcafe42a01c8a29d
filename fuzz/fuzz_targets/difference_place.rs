// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two versions of a file of a release, whatever they hold: the place where they part is named the same every time.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz_seeds::two_parts::split;
use ashlar_release_audit::fuzzing;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((ours, theirs)) = split(bytes) else { return };
    for path in ["vmlinuz", "initramfs.cpio", "root.erofs", "x.efi", "manifest.json"] {
        let place = fuzzing::place(path, ours, theirs);
        assert_eq!(place, fuzzing::place(path, ours, theirs));
        if ours != theirs {
            assert!(place.iter().all(|part| !part.is_empty()), "{path}: {place:?}");
        }
    }
});
