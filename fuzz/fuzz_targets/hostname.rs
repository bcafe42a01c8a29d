// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `/etc/hostname`: a name fits the kernel, cannot be taken for anything else, and is read as itself.
#![forbid(unsafe_code)]
#![no_main]

use libfuzzer_sys::fuzz_target;

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/hostname_file.rs"]
mod hostname_file;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(name) = hostname_file::parse(text) else { return };
    assert!((1..=64).contains(&name.len()), "{name:?} does not fit");
    assert!(name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)), "{name:?}");
    assert!(text == name || text == format!("{name}\n"), "{text:?} was cut to {name:?}");
    for again in [name.clone(), format!("{name}\n")] {
        assert_eq!(hostname_file::parse(&again).as_ref(), Ok(&name));
    }
});
