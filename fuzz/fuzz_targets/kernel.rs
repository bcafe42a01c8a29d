// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Kernels (`System.map` and bzImage): no byte gets lost when one is taken apart, and both readers find the same
//! certificates.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_fuzz_seeds::two_parts::split;
use ashlar_kernel_image::{find_certificates, unpack};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Some((map, image)) = split(bytes) else { return };
    let Ok(map) = std::str::from_utf8(map) else { return };
    let found = find_certificates(image, map);
    let Ok(parts) = unpack(image, map) else { return };
    let found = found.expect("only one of two readers takes it");
    assert_eq!(parts.area.get(..found.len()), Some(&*found));
    assert!(parts.area[found.len()..].iter().all(|byte| *byte == 0));
    assert_eq!(parts.counters[..4], u32::try_from(found.len()).expect("it is short").to_le_bytes());
    let rest =
        image.len() - parts.setup.len() - parts.startup.len() - parts.payload.len() - parts.code.len() - 4;
    assert!(rest < 64, "{rest} bytes belong to no part");
    assert_eq!(image.last_chunk(), Some(&parts.checksum));
    let again = unpack(image, map).expect("it was taken before");
    assert_eq!(again, parts);
});
