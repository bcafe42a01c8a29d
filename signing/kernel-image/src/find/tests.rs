// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The reader against the writer, against binutils and compressors, and against kernels that hide something.

use super::*;
use crate::foreign;
use crate::insert_certificates;
use crate::synthetic::{
    INIT_DATA, Kernel, bzimage, certificate, gzip_payload, with_relocations, zstd_payload,
};
use proptest::prelude::*;

fn find(kernel: &Kernel) -> Result<Vec<u8>, KernelImageError> {
    find_certificates(&kernel.bzimage(), &kernel.system_map())
}

#[test]
fn what_was_inserted_is_found_in_the_bzimage() {
    let kernel = Kernel::default();
    let certificates = [certificate(300, 0), certificate(256, 2)].concat();
    let vmlinux = with_relocations(&insert_certificates(&kernel.vmlinux(), &certificates).unwrap());
    for payload in [zstd_payload(&vmlinux), gzip_payload(&vmlinux)] {
        assert_eq!(find_certificates(&bzimage(&payload), &kernel.system_map()).unwrap(), certificates);
    }
}

#[test]
fn a_kernel_without_certificates_gives_none() {
    assert_eq!(find(&Kernel::default()).unwrap(), []);
}

#[test]
fn an_area_that_is_full_is_read_whole() {
    let kernel = Kernel { capacity: 304, ..Kernel::filled(&certificate(300, 1)) };
    assert_eq!(find(&kernel).unwrap(), certificate(300, 1));
}

#[test]
fn what_objcopy_and_the_compressors_make_of_a_linked_kernel_is_read() {
    let Some(kernel) = foreign::GnuKernel::make() else { return };
    let certificates = certificate(1000, 0);
    let filled = insert_certificates(&kernel.vmlinux, &certificates).unwrap();
    for compressor in ["zstd", "gzip"] {
        if ashlar_foreign::available(compressor, &["--version"]) {
            let image = bzimage(&kernel.payload(&filled, compressor));
            assert_eq!(find_certificates(&image, &kernel.system_map).unwrap(), certificates);
        }
    }
}

#[test]
fn a_certificate_behind_the_used_bytes_is_found_out() {
    let good = certificate(300, 1);
    let kernel = Kernel { content: [&good[..], &certificate(256, 2)].concat(), ..Kernel::filled(&good) };
    assert!(matches!(find(&kernel), Err(KernelImageError::AreaNotZero { offset: 304 })));
    let mut content = good;
    content.resize(2048, 0);
    content[2047] = 1;
    assert!(matches!(
        find(&Kernel { content, ..kernel }),
        Err(KernelImageError::AreaNotZero { offset: 2047 })
    ));
}

#[test]
fn a_list_size_that_loads_less_or_more_than_the_area_uses_is_found_out() {
    let good = certificate(300, 1);
    for stated in [0, 303, 305, 304 + 260, u64::MAX] {
        let kernel = Kernel { list_size: Some(stated), ..Kernel::filled(&good) };
        let error = find(&kernel).unwrap_err();
        assert!(
            matches!(error, KernelImageError::ListSize { stated: found, expected: 304 } if found == stated),
            "{error:?}"
        );
    }
}

#[test]
fn a_certificate_that_was_compiled_in_is_found_out() {
    let kernel = Kernel { compiled_in: certificate(260, 9), ..Kernel::filled(&certificate(300, 1)) };
    let error = find(&kernel).unwrap_err();
    assert!(matches!(error, KernelImageError::CompiledIn { bytes: 264 }), "{error:?}");
    assert!(error.help().unwrap().contains("CONFIG_SYSTEM_TRUSTED_KEYS"));
    // Nor does it help to leave out the labels.
    let kernel = Kernel { without: &[LIST_START, LIST_END], ..kernel };
    assert!(matches!(find(&kernel), Err(KernelImageError::CompiledIn { bytes: 264 })));
}

#[test]
fn used_lengths_beyond_the_area_are_found_out() {
    for used in [2049, 0x8000_0000, u32::MAX] {
        let kernel = Kernel { used, ..Kernel::default() };
        let error = find(&kernel).unwrap_err();
        assert!(
            matches!(error, KernelImageError::UsedBeyondArea { used: found, capacity: 2048 } if found == used),
            "{error:?}"
        );
    }
}

#[test]
fn a_list_that_the_kernel_would_not_read_to_its_end_is_found_out() {
    let error = find(&Kernel::filled(&[certificate(300, 1), vec![0; 8]].concat())).unwrap_err();
    assert!(matches!(error, KernelImageError::Certificates { offset: 304, .. }), "{error:?}");
}

#[test]
fn a_map_of_another_kernel_is_refused() {
    let kernel = Kernel::filled(&certificate(300, 1));
    for name in [LIST, AREA, USED, LIST_SIZE] {
        let without = Kernel { without: Box::leak(Box::new([name])), ..kernel.clone() };
        let error = find(&without).unwrap_err();
        assert!(
            matches!(error, KernelImageError::MissingSymbol { symbol, .. } if symbol == name),
            "{error:?}"
        );
        let twice = Kernel { extra: Some((name, INIT_DATA, 1)), ..kernel.clone() };
        let error = find(&twice).unwrap_err();
        assert!(
            matches!(error, KernelImageError::AmbiguousSymbol { symbol, .. } if symbol == name),
            "{error:?}"
        );
    }
    for (name, address) in
        [(LIST_START, INIT_DATA), (LIST_END, INIT_DATA + 0x400), ("inside", INIT_DATA + 72)]
    {
        let moved = Kernel {
            without: Box::leak(Box::new([name])),
            extra: Some((name, address, 1)),
            ..kernel.clone()
        };
        let error = find(&moved).unwrap_err();
        assert!(matches!(error, KernelImageError::AreaShape { .. }), "{name}: {error:?}");
    }
    let longer = Kernel { capacity: 4096, ..kernel.clone() };
    assert!(find_certificates(&kernel.bzimage(), &longer.system_map()).is_err());
    assert!(matches!(
        find_certificates(&kernel.bzimage(), "no map\n"),
        Err(KernelImageError::SystemMap { line: 1 })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn arbitrary_bytes_are_an_error(image in any::<Vec<u8>>(), payload in any::<Vec<u8>>(), map in any::<String>()) {
        let kernel = Kernel::default();
        prop_assert!(find_certificates(&image, &kernel.system_map()).is_err());
        prop_assert!(find_certificates(&bzimage(&payload), &kernel.system_map()).is_err());
        prop_assert!(find_certificates(&bzimage(&zstd_payload(&payload)), &kernel.system_map()).is_err());
        prop_assert!(find_certificates(&kernel.bzimage(), &map).is_err());
    }

    #[test]
    fn mutations_of_the_bzimage_never_panic(at in 0_usize..0xa00, bytes in prop::collection::vec(any::<u8>(), 1..9)) {
        let kernel = Kernel::filled(&certificate(300, 1));
        let mut image = kernel.bzimage();
        for (old, new) in image.iter_mut().skip(at).zip(&bytes) {
            *old = *new;
        }
        if let Ok(found) = find_certificates(&image, &kernel.system_map()) {
            prop_assert_eq!(found, certificate(300, 1));
        }
    }

    #[test]
    fn mutations_of_the_kernel_inside_never_panic(
        at in prop_oneof![0_usize..0xb0, 0x1000_usize..0x1900],
        bytes in prop::collection::vec(any::<u8>(), 1..9),
    ) {
        let kernel = Kernel::filled(&certificate(300, 1));
        let mut vmlinux = kernel.vmlinux();
        for (old, new) in vmlinux.iter_mut().skip(at).zip(&bytes) {
            *old = *new;
        }
        if let Ok(found) = find_certificates(&bzimage(&zstd_payload(&vmlinux)), &kernel.system_map()) {
            prop_assert!(found.len() <= 2048);
        }
    }
}
