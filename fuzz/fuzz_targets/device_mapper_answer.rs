// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Answers of device-mapper: nothing is read outside of one, and the table that is sent is the one that would be read.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/dm_message.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod dm_message;

use dm_message::{BUFFER_SIZE, DeviceNumber, Message};

fuzz_target!(|bytes: &[u8]| {
    let mut answer = Message([0; BUFFER_SIZE]);
    let length = bytes.len().min(BUFFER_SIZE);
    answer.0[..length].copy_from_slice(&bytes[..length]);
    let DeviceNumber { major, minor } = answer.device();
    assert!(major < 1 << 12 && minor < 1 << 20, "{major}:{minor} is no device of Linux");
    if let Ok((target, text)) = answer.only_target() {
        assert!(target.len() < 16 && !target.contains('\0') && !text.contains('\0'));
        let is_in =
            |part: &str| answer.0.windows(part.len().max(1)).any(|bytes| bytes.starts_with(part.as_bytes()));
        assert!(is_in(&target) && is_in(&text), "the answer does not have it");
    }
    let Ok(table) = std::str::from_utf8(bytes) else { return };
    if let (Ok(message), false) = (Message::load("root", "verity", 4096, table), table.contains('\0')) {
        assert_eq!(message.only_target().ok(), Some(("verity".to_owned(), table.to_owned())));
    }
});
