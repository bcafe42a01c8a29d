// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `mounts.json`, by which PID 1 mounts memory file systems: no path leads elsewhere, no mode adds an option, and what was read,
//! written again, is the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz::assert_is_plain;
use libfuzzer_sys::fuzz_target;
use serde_json::{Value, json};

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/declared_mounts.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod declared_mounts;
#[path = "../../os/init/src/plain_path.rs"]
mod plain_path;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(mounts) = declared_mounts::parse(text) else { return };
    let mut written: Vec<Value> = Vec::new();
    for mount in &mounts {
        assert_is_plain(&mount.path);
        let mode = u32::from_str_radix(&mount.mode, 8).expect("a mode is no number");
        assert_eq!(format!("{mode:04o}"), mount.mode, "a mode has two spellings");
        written.push(json!({"path": mount.path, "mode": mount.mode, "noexec": mount.noexec}));
    }
    let again = json!({"schema": 1, "tmpfs": written}).to_string();
    assert_eq!(declared_mounts::parse(&again).expect("what was read, written again, is refused"), mounts);
});
