// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What the initramfs tells the program in the root: one line whatever failed, and read as it was written.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/handover_file.rs"]
mod handover_file;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(failures) = handover_file::parse(text) else { return };
    let written = handover_file::text(failures.clone());
    assert!(written.bytes().all(|byte| byte >= b' '), "{written:?} is no line");
    assert_eq!(handover_file::parse(&written).expect("what was written is refused"), failures);
});
