// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Files of sysctl.d: every setting is below /proc/sys, and is the same where its path is written in place of its key.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz::assert_is_plain;
use libfuzzer_sys::fuzz_target;

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/setting.rs"]
mod setting;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut last = 0;
    for (line, setting) in setting::parse(text) {
        assert!(line > last, "lines are not counted");
        last = line;
        let Ok(setting) = setting else { continue };
        assert_is_plain(&format!("/{}", setting.path));
        assert!(!setting.value.is_empty() && !setting.value.contains('\n'), "{:?}", setting.value);
        // A name may begin like a comment, but no path does.
        let again = format!("{} = {}", setting.path, setting.value);
        match setting::parse(&again).as_slice() {
            [(1, Ok(again))] => assert_eq!((&again.path, &again.value), (&setting.path, &setting.value)),
            other => panic!("{again:?} is {other:?}"),
        }
    }
    assert!(last <= text.lines().count());
});
