// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Linked kernels: inserting certificates changes the area and its counters alone, and only once.
#![forbid(unsafe_code)]
#![no_main]

use ashlar_kernel_image::insert_certificates;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut certificate = vec![0x30, 0x82, 1, 0];
    certificate.resize(4 + 256, 7);
    let Ok(kernel) = insert_certificates(bytes, &certificate) else { return };
    assert_eq!(kernel.len(), bytes.len());
    let changed: Vec<usize> = (0..bytes.len()).filter(|at| kernel[*at] != bytes[*at]).collect();
    // A byte of a counter may stay what it was.
    let in_area =
        changed.iter().filter(|at| kernel[**at] == 7 || kernel[**at] == 0x30 || kernel[**at] == 0x82);
    assert!(in_area.count() >= 256, "the certificate is not all there");
    assert!(changed.len() <= certificate.len() + 4 + 8, "{} bytes changed", changed.len());
    assert!(kernel.windows(certificate.len()).any(|part| part == certificate));
    assert!(insert_certificates(&kernel, &certificate).is_err(), "an area was filled twice");
});
