// SPDX-License-Identifier: Apache-2.0 OR MIT
//! `modules.json`, by which PID 1 loads modules: each is below what the list lies in, and what was read, written again, is
//! the same.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz::assert_is_plain;
use libfuzzer_sys::fuzz_target;
use serde_json::json;

mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}
#[path = "../../os/init/src/module_list.rs"]
mod module_list;
#[path = "../../os/init/src/plain_path.rs"]
mod plain_path;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(modules) = module_list::parse(text) else { return };
    modules.iter().for_each(|path| assert_is_plain(path));
    let again = json!({"schema": 1, "load": modules}).to_string();
    assert_eq!(module_list::parse(&again).expect("what was read, written again, is refused"), modules);
});
