// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Frames of a ceremony: what is read and written again says the same, and no frame is of both directions.
#![forbid(unsafe_code)]
#![no_main]

use std::fmt::Debug;

use ashlar_fuzz::Trickle;
use ashlar_module_signature::{AgentFrame, ParentFrame, read_frame, write_frame};
use libfuzzer_sys::fuzz_target;

fn check<T>(bytes: &[u8], decode: impl Fn(&mut dyn std::io::Read) -> Option<T>) -> bool
where
    T: Debug + PartialEq + serde::Serialize,
{
    let Some(frame) = decode(&mut &*bytes) else { return false };
    assert_eq!(decode(&mut Trickle(bytes)).as_ref(), Some(&frame), "it depends on how the bytes arrive");
    let mut written = Vec::new();
    write_frame(&mut written, &frame).expect("what was read can be written");
    assert_eq!(decode(&mut &*written).as_ref(), Some(&frame));
    true
}

fuzz_target!(|bytes: &[u8]| {
    let parent = check::<ParentFrame>(bytes, |mut input| read_frame(&mut input).ok().flatten());
    let agent = check::<AgentFrame>(bytes, |mut input| read_frame(&mut input).ok().flatten());
    assert!(!(parent && agent), "a frame is of both directions");
});
