// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Two kernels of one source differ where they may, and a byte anywhere else shows in the part that it belongs to.

use super::*;
use crate::synthetic::{Kernel, bzimage, certificate, seal, with_relocations, zstd_payload};
use proptest::prelude::*;

fn certified(fill: u8) -> (Vec<u8>, String) {
    let kernel = Kernel::filled(&certificate(300, fill));
    (kernel.bzimage(), kernel.system_map())
}

/// `image` with the byte at `at` flipped; its checksum is made again.
fn flipped(image: &[u8], at: usize) -> Vec<u8> {
    let mut image = image[..image.len() - 4].to_vec();
    image[at] ^= 1;
    seal(&mut image);
    image
}

#[test]
fn kernels_with_other_certificates_differ_in_area_payload_and_checksum_alone() {
    let (one, map) = certified(1);
    let longer = Kernel::filled(&[certificate(300, 2), certificate(256, 3)].concat()).bzimage();
    let (one, two) = (unpack(&one, &map).unwrap(), unpack(&longer, &map).unwrap());
    assert!(one.checksum_fits && two.checksum_fits);
    assert_ne!((&one.area, &one.counters), (&two.area, &two.counters));
    assert_ne!(one.payload, two.payload);
    assert_eq!(one.kernel, two.kernel);
    assert_eq!((one.setup, one.startup, one.code), (two.setup, two.startup, two.code));
    assert_eq!(one.area[..304], certificate(300, 1));
    assert_eq!(one.counters, [0x30, 1, 0, 0, 0x30, 1, 0, 0, 0, 0, 0, 0]);
}

#[test]
fn a_changed_byte_of_the_boot_wrapper_shows_in_its_part() {
    let (good, map) = certified(1);
    let expected = unpack(&good, &map).unwrap();
    let code = good.len() - 4 - expected.code.len();
    for at in [0, 0x1f0, 0x250, 0x5ff] {
        let image = flipped(&good, at);
        let found = unpack(&image, &map).unwrap();
        assert_ne!(found.setup, expected.setup, "{at:#x}");
        assert!(found.checksum_fits);
    }
    for at in [0x600, 0x600 + 0x2c3] {
        assert_ne!(unpack(&flipped(&good, at), &map).unwrap().startup, expected.startup, "{at:#x}");
    }
    for at in [code, code + 99, code + 108, good.len() - 5] {
        assert_ne!(unpack(&flipped(&good, at), &map).unwrap().code, expected.code, "{at:#x}");
    }
}

#[test]
fn a_changed_byte_of_the_kernel_shows_in_it() {
    let kernel = Kernel::filled(&certificate(300, 1));
    let good = kernel.bzimage();
    let good = unpack(&good, &kernel.system_map()).unwrap();
    let mut vmlinux = with_relocations(&kernel.vmlinux());
    // The last byte of the relocations, a byte before the area, and one behind its counters.
    let section = crate::synthetic::FILE_OFFSET;
    for at in [vmlinux.len() - 1, section + 63, section + kernel.offsets().end - 1] {
        vmlinux[at] ^= 1;
        let image = bzimage(&zstd_payload(&vmlinux));
        let found = unpack(&image, &kernel.system_map()).unwrap();
        assert_ne!(found.kernel, good.kernel);
        assert_eq!((found.area, found.counters), (good.area.clone(), good.counters.clone()));
        vmlinux[at] ^= 1;
    }
}

#[test]
fn a_checksum_of_other_bytes_is_told() {
    let (mut image, map) = certified(1);
    let last = image.len() - 1;
    image[last] ^= 1;
    assert!(!unpack(&image, &map).unwrap().checksum_fits);
}

#[test]
fn bytes_hidden_behind_the_payload_and_sizes_of_another_payload_are_refused() {
    // Payloads whose end is aligned leave no room.
    let (good, map) = (0..32)
        .map(certified)
        .find(|(image, _)| !payload::locate(image).unwrap().payload.end.is_multiple_of(ALIGNMENT))
        .unwrap();
    let end = payload::locate(&good).unwrap().payload.end;
    let reason = |image: &[u8]| match unpack(image, &map) {
        Err(KernelImageError::Wrapper { reason }) => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        reason(&flipped(&good, end)),
        "something else than zeroes is between the payload and its code"
    );
    let length = end.next_multiple_of(ALIGNMENT) + 100;
    assert_eq!(reason(&flipped(&good, length)), "it nowhere states the sizes of its payload");
    let mut twice = good[..good.len() - 4].to_vec();
    twice.extend_from_within(length..length + 8);
    seal(&mut twice);
    assert_eq!(reason(&twice), "it states the sizes of its payload twice");
    assert_eq!(reason(&good[..end]), "it ends behind the payload");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes: Vec<u8>, at: prop::sample::Index, byte: u8, cut: prop::sample::Index) {
        let (good, map) = certified(1);
        let _either = unpack(&bytes, &map);
        let mut image = good.clone();
        image[at.index(good.len())] = byte;
        let _either = unpack(&image, &map);
        let _either = unpack(&image[..cut.index(good.len())], &map);
    }
}
