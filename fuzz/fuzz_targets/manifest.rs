// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Manifests of releases: one text for a manifest, and who audits reads the same as who wrote it.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_release_audit::fuzzing;
use ashlar_release_bundle::Manifest;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let audited = fuzzing::manifest(bytes);
    let Ok(manifest) = Manifest::from_json(bytes) else { return };
    let written = manifest.to_json().expect("what was read can be written");
    assert_eq!(written.as_bytes(), bytes, "a manifest has two texts");
    assert_eq!(audited, Some(written), "the audit reads another manifest");
    for path in manifest.files().keys() {
        ashlar_fuzz::assert_stays_inside(path.as_str());
    }
});
