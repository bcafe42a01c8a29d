// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Boot headers and payloads that lie.

use super::*;
use crate::synthetic::{bzimage, gzip_payload, zstd_payload};

const KERNEL: &[u8] = b"a kernel, and its relocations";

fn with_size(mut payload: Vec<u8>, size: u32) -> Vec<u8> {
    let at = payload.len() - 4;
    payload[at..].copy_from_slice(&size.to_le_bytes());
    payload
}

#[test]
fn zstd_and_gzip_are_unpacked() {
    assert_eq!(unpack(&bzimage(&zstd_payload(KERNEL))).unwrap(), KERNEL);
    assert_eq!(unpack(&bzimage(&gzip_payload(KERNEL))).unwrap(), KERNEL);
}

#[test]
fn no_setup_sectors_mean_four() {
    let mut image = bzimage(&zstd_payload(KERNEL));
    image[0x1f1] = 0;
    image.splice(512..512, [0x90; 1024]);
    // What was moved: the header lies in the first 592 bytes.
    let header: Vec<u8> = bzimage(&zstd_payload(KERNEL))[512..0x250].to_vec();
    image[512..0x250].copy_from_slice(&header);
    assert_eq!(unpack(&image).unwrap(), KERNEL);
}

#[test]
fn other_compressions_are_refused_by_name() {
    for (magic, name) in [
        (&b"BZh9"[..], "bzip2"),
        (&[0x5d, 0, 0, 0], "LZMA"),
        (&[0xfd, b'7', b'z', b'X'], "XZ"),
        (&[0x02, 0x21, 0x4c, 0x18], "LZ4"),
        (&[0x89, b'L', b'Z', b'O'], "LZO"),
        (&[0x1f, 0x9e, 0, 0], "an old form of gzip"),
        (b"\x7fELF", "none"),
        (b"what", "unknown"),
    ] {
        let error = unpack(&bzimage(&[magic, &[0; 100]].concat())).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("unpack the kernel: its compression is {name}, neither zstd nor gzip")
        );
        assert!(error.help().is_some());
    }
}

#[test]
fn a_payload_that_unpacks_to_more_or_less_than_it_states_is_refused() {
    let size = u32::try_from(KERNEL.len()).unwrap();
    for stated in [1, size - 1, size + 1, LIMIT] {
        let error = unpack(&bzimage(&with_size(zstd_payload(KERNEL), stated))).unwrap_err();
        assert!(matches!(
            error,
            KernelImageError::Payload { reason: "the payload holds more or less than it states" }
        ));
        // In gzip the size is a part of the format, which is checked where the member is read to its end.
        assert!(unpack(&bzimage(&with_size(gzip_payload(KERNEL), stated))).is_err());
    }
}

#[test]
fn a_size_that_no_kernel_has_is_refused_before_anything_is_unpacked() {
    for stated in [0, LIMIT + 1, u32::MAX] {
        for payload in [zstd_payload(KERNEL), gzip_payload(KERNEL)] {
            let error = unpack(&bzimage(&with_size(payload, stated))).unwrap_err();
            assert!(matches!(error, KernelImageError::UnpackedSize { .. }), "{error:?}");
        }
    }
}

#[test]
fn a_decompression_bomb_is_cut_at_the_size_that_it_states() {
    let bomb = vec![0; 64 << 20];
    let zstd = with_size(zstd_payload(&bomb), 1000);
    let gzip = with_size(gzip_payload(&bomb), 1000);
    for payload in [zstd, gzip] {
        let error = unpack(&bzimage(&payload)).unwrap_err();
        assert!(matches!(error, KernelImageError::Payload { .. }), "{error:?}");
    }
}

#[test]
fn a_second_kernel_behind_the_first_is_refused() {
    let frame = zstd_payload(KERNEL);
    let (frame, size) = frame.split_at(frame.len() - 4);
    let hidden = [frame, frame, size].concat();
    let error = unpack(&bzimage(&hidden)).unwrap_err();
    assert!(matches!(error, KernelImageError::Payload { reason: "something follows the compressed kernel" }));
    let member = gzip_payload(KERNEL);
    let error = unpack(&bzimage(&[&member[..], &member].concat())).unwrap_err();
    assert!(matches!(error, KernelImageError::Payload { reason: "something follows the compressed kernel" }));
}

#[test]
fn only_zeroes_up_to_the_next_multiple_may_stand_behind_a_frame() {
    let frame = zstd_payload(KERNEL);
    let (frame, size) = frame.split_at(frame.len() - 4);
    let padded = |padding: &[u8]| unpack(&bzimage(&[frame, padding, size].concat()));
    let hides = |result: Result<Vec<u8>, KernelImageError>| {
        matches!(result, Err(KernelImageError::Payload { reason: "something follows the compressed kernel" }))
    };
    assert_eq!(padded(&[0; 1]).unwrap(), KERNEL);
    assert_eq!(padded(&vec![0; PADDED - 1]).unwrap(), KERNEL);
    assert!(hides(padded(&vec![0; PADDED])));
    let mut hidden = vec![0; PADDED - 1];
    hidden[PADDED - 2] = 1;
    assert!(hides(padded(&hidden)));
    // Neither kbuild nor our build pads gzip.
    let member = gzip_payload(KERNEL);
    let (member, size) = member.split_at(member.len() - 4);
    assert!(unpack(&bzimage(&[member, &[0], size].concat())).is_err());
    assert!(hides(unpack(&bzimage(&[member, size, &[0; 8], size].concat()))));
}

#[test]
fn damaged_payloads_are_refused() {
    for payload in [zstd_payload(KERNEL), gzip_payload(KERNEL)] {
        for length in 0..payload.len() {
            unpack(&bzimage(&payload[..length])).unwrap_err();
        }
    }
    let mut payload = gzip_payload(KERNEL);
    let checksum = payload.len() - 8;
    payload[checksum] ^= 1;
    assert!(matches!(unpack(&bzimage(&payload)), Err(KernelImageError::Unpack { name: "gzip", .. })));
}

#[test]
fn a_boot_header_of_another_kind_is_refused() {
    let good = bzimage(&zstd_payload(KERNEL));
    for (offset, value, reason) in [
        (0x1fe, 0, "there is no boot flag"),
        (0x202, 0, "there is no boot header"),
        (0x207, 1, "the boot protocol is older than 2.08"),
        (0x24a, 1, "the payload is not inside of the file"),
        (0x24f, 0xff, "the payload is not inside of the file"),
    ] {
        let mut image = good.clone();
        image[offset] = value;
        let error = unpack(&image).unwrap_err();
        assert!(
            matches!(error, KernelImageError::BootHeader { reason: found, .. } if found == reason),
            "{error:?}"
        );
    }
    for length in 0..locate(&good).unwrap().payload.end {
        unpack(&good[..length]).unwrap_err();
    }
}
