// SPDX-License-Identifier: Apache-2.0 OR MIT
//! os-release files and JSON documents of a release: their parts make the whole again.
#![forbid(unsafe_code)]
#![no_main]

use std::collections::BTreeSet;

use ashlar_release_bundle::diff::{Decoder as _, JsonDecoder, KeyValueDecoder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(Some(parts)) = KeyValueDecoder.decode("os-release", bytes) {
        let lines = parts.iter().map(|part| [part.name.as_bytes(), b"=", &*part.bytes, b"\n"].concat());
        assert_eq!(lines.collect::<Vec<_>>().concat(), bytes, "bytes got lost");
    }
    if let Ok(Some(parts)) = JsonDecoder.decode("x.json", bytes) {
        let names: BTreeSet<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names.len(), parts.len(), "two values have one name");
        let whole: serde_json::Value = serde_json::from_slice(bytes).expect("it is JSON");
        for part in parts.iter().filter(|part| part.name != "newline") {
            assert!(!part.name.contains('!'));
            let value: serde_json::Value = serde_json::from_slice(&part.bytes).expect("a value is JSON");
            assert_eq!(whole.pointer(&part.name.replace("~2", "!")), Some(&value), "{}", part.name);
        }
    }
});
