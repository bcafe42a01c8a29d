// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Release files of the archive: every index lies inside, and dates mean what they say.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_debian::Release;
use ashlar_fuzz::assert_stays_inside;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(release) = Release::parse("x", bytes) else { return };
    for (path, file) in &release.files {
        assert_stays_inside(path);
        let by_hash = release.by_hash_path(path);
        assert_eq!(by_hash.is_some(), release.by_hash);
        if let Some(by_hash) = by_hash {
            assert_stays_inside(&by_hash);
            assert!(by_hash.ends_with(&file.sha256.to_string()));
        }
    }
    let at = |now| release.check_dates("x", now).is_ok();
    assert_eq!(at(release.date), release.valid_until.is_none_or(|end| release.date <= end));
    if let Some(end) = release.valid_until {
        assert!(!at(end + 1), "a Release is used after its end");
    }
});
