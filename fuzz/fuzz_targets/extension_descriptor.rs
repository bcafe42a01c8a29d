// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Descriptors of extensions: one block for a descriptor, and PID 1 understands each as who assembled it.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_images::{EXTENSION_DESCRIPTOR, ExtensionDescriptor, extension_descriptor};
use libfuzzer_sys::fuzz_target;

#[path = "../../os/init/src/descriptor.rs"]
mod descriptor;
#[path = "../../os/init/src/dm_message.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod dm_message;
#[path = "../../os/init/src/verity.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod verity;
#[path = "../../os/init/src/verity_spec.rs"]
#[expect(dead_code, reason = "PID 1 uses all of it")]
mod verity_spec;
mod error {
    pub(crate) use ashlar_kernel_state::Malformed;
}

/// The text is short: the rest of the block is zeroes, so that the fuzzer need not write them.
fn block(bytes: &[u8]) -> Option<[u8; EXTENSION_DESCRIPTOR]> {
    let mut block = [0; EXTENSION_DESCRIPTOR];
    block.get_mut(..bytes.len())?.copy_from_slice(bytes);
    Some(block)
}

fuzz_target!(|bytes: &[u8]| {
    let Some(block) = block(bytes) else { return };
    let booted = descriptor::Descriptor::read(&block);
    let Ok(found) = ExtensionDescriptor::parse(&block) else { return };
    let ExtensionDescriptor { name, version, release, root_hash } = &found;
    let written = extension_descriptor(name, version, release, root_hash);
    assert_eq!(written.ok(), Some(block), "a descriptor has two blocks");
    let booted = booted.expect("PID 1 passes over an extension");
    if descriptor::is_name(name) {
        let booted = booted.expect("PID 1 refuses an extension");
        assert_eq!((&booted.name, &booted.release, &booted.root_hash), (name, release, root_hash));
    } else {
        assert!(booted.is_err(), "PID 1 takes {name:?}");
    }
});
