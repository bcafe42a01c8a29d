// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Short texts of /proc and /sys: no fact is taken from a text that does not say it.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/disk_name.rs"]
mod disk_name;
#[path = "../../os/init/src/dm_message.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod dm_message;
#[path = "../../os/kernel-state/src/kernel_text.rs"]
mod kernel_text;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(flag) = kernel_text::parse_flag(text) {
        assert_eq!(text.trim_end(), if flag { "Y" } else { "N" });
    }
    if let Ok(level) = kernel_text::parse_lockdown(text) {
        assert!(["none", "integrity", "confidentiality"].contains(&level.as_str()), "{level}");
        let chosen = text.split_whitespace().filter(|word| word.starts_with('[') && word.ends_with(']'));
        assert_eq!(chosen.collect::<Vec<_>>(), [format!("[{level}]")], "{text:?}");
    }
    if let Ok(tainted) = kernel_text::parse_tainted(text) {
        assert_eq!(kernel_text::parse_tainted(&tainted.to_string()), Ok(tainted));
    }
    if let Ok(modules) = kernel_text::parse_modules(text) {
        assert!(modules.is_sorted() && modules.iter().all(|name| !name.is_empty() && !name.contains(' ')));
        assert_eq!(modules.len(), text.lines().count());
    }
    if let Some(number) = dm_message::DeviceNumber::parse(text) {
        assert_eq!(dm_message::DeviceNumber::parse(&number.to_string()), Some(number));
    }
    if disk_name::is_whole_disk(text) {
        assert!(text.bytes().all(|byte| byte.is_ascii_alphanumeric()), "{text:?} is no name in /dev");
    }
});
