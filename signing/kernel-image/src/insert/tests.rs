// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What insertion writes and what it leaves, the traps of the kernel's own program, and vmlinux files of other kinds.

use super::*;
use crate::foreign;
use crate::symbols::{AREA, LIST, LIST_SIZE, USED};
use crate::synthetic::{FILE_OFFSET, INIT_DATA, Kernel, certificate};
use proptest::prelude::*;

/// The file of `before` with these fields, by what the test knows of the layout.
fn expected(kernel: &Kernel, certificates: &[u8]) -> Vec<u8> {
    let at = kernel.offsets();
    let mut bytes = kernel.vmlinux();
    let mut put = |offset: usize, value: &[u8]| {
        bytes[FILE_OFFSET + offset..][..value.len()].copy_from_slice(value);
    };
    let length = certificates.len() as u64;
    put(at.area, certificates);
    put(at.used, &u32::try_from(length).unwrap().to_le_bytes());
    put(at.list_size, &(kernel.compiled_in.len() as u64 + length).to_le_bytes());
    bytes
}

#[test]
fn the_three_fields_are_written_and_no_other_byte_changes() {
    let certificates = [certificate(300, 1), certificate(256, 2)].concat();
    for kernel in [
        Kernel::default(),
        Kernel { sized: false, ..Kernel::default() },
        Kernel { capacity: 2050, ..Kernel::default() },
        Kernel { compiled_in: certificate(260, 9), ..Kernel::default() },
    ] {
        let vmlinux = kernel.vmlinux();
        let filled = insert_certificates(&vmlinux, &certificates).unwrap();
        assert_eq!(filled.len(), vmlinux.len());
        let changed: Vec<usize> = (0..filled.len()).filter(|at| filled[*at] != vmlinux[*at]).collect();
        let at = kernel.offsets();
        let fields =
            [at.area..at.area + certificates.len(), at.used..at.used + 4, at.list_size..at.list_size + 8];
        for offset in changed {
            assert!(
                fields.iter().any(|field| field.contains(&(offset - FILE_OFFSET))),
                "{offset:#x} changed"
            );
        }
        assert_eq!(filled, expected(&kernel, &certificates));
    }
}

#[test]
fn a_certificate_with_nul_bytes_inside_is_written_to_its_end() {
    let mut certificates = certificate(400, 0);
    certificates[403] = 0x77;
    let kernel = Kernel::default();
    let filled = insert_certificates(&kernel.vmlinux(), &certificates).unwrap();
    assert_eq!(filled, expected(&kernel, &certificates));
}

#[test]
fn two_certificates_of_one_size_and_beginning_are_told_apart() {
    let mut one = certificate(400, 0);
    let mut other = one.clone();
    (one[403], other[403]) = (1, 2);
    let kernel = Kernel::default();
    let with_one = insert_certificates(&kernel.vmlinux(), &one).unwrap();
    let with_other = insert_certificates(&kernel.vmlinux(), &other).unwrap();
    assert_eq!(with_one, expected(&kernel, &one));
    assert_eq!(with_other, expected(&kernel, &other));
    // The kernel's own program says here that the certificate was inserted already, and keeps the first.
    let again = insert_certificates(&with_one, &other).unwrap_err();
    assert!(matches!(again, KernelImageError::AreaUsed { used: 404 }), "{again:?}");
}

#[test]
fn a_second_insertion_is_refused_even_of_the_same_certificate() {
    let certificates = certificate(300, 5);
    let once = insert_certificates(&Kernel::default().vmlinux(), &certificates).unwrap();
    let again = insert_certificates(&once, &certificates).unwrap_err();
    assert_eq!(again.to_string(), "insert certificates: the area holds 304 bytes of certificates already");
    assert!(again.help().unwrap().contains("the kernel recipe"));
}

#[test]
fn a_certificate_hidden_in_an_area_that_is_said_to_be_empty_is_refused() {
    let kernel = Kernel { content: certificate(300, 5), ..Kernel::default() };
    let error = insert_certificates(&kernel.vmlinux(), &certificate(256, 1)).unwrap_err();
    assert!(matches!(error, KernelImageError::AreaNotZero { offset: 0 }), "{error:?}");
    let mut content = vec![0; 2048];
    content[2047] = 1;
    let error = insert_certificates(&Kernel { content, ..Kernel::default() }.vmlinux(), &certificate(256, 1));
    assert!(matches!(error, Err(KernelImageError::AreaNotZero { offset: 2047 })), "{error:?}");
}

#[test]
fn a_list_size_that_does_not_end_at_the_area_is_refused() {
    for stated in [1, 304, u64::MAX] {
        let kernel = Kernel { list_size: Some(stated), ..Kernel::default() };
        let error = insert_certificates(&kernel.vmlinux(), &certificate(256, 1)).unwrap_err();
        assert!(
            matches!(error, KernelImageError::ListSize { stated: found, expected: 0 } if found == stated),
            "{error:?}"
        );
    }
}

#[test]
fn the_area_is_filled_to_its_last_byte_and_no_further() {
    let kernel = Kernel { capacity: 304, ..Kernel::default() };
    let full = insert_certificates(&kernel.vmlinux(), &certificate(300, 1)).unwrap();
    assert_eq!(full, expected(&kernel, &certificate(300, 1)));
    let error = insert_certificates(&kernel.vmlinux(), &certificate(301, 1)).unwrap_err();
    assert_eq!(error.to_string(), "insert 305 bytes of certificates: the area has 304 bytes");
    assert!(error.help().unwrap().contains("CONFIG_SYSTEM_EXTRA_CERTIFICATE_SIZE"));
}

#[test]
fn certificates_that_are_no_clean_list_are_refused() {
    for list in
        [&b""[..], b"-----BEGIN CERTIFICATE-----\n", &certificate(300, 1)[..300], &[0x30, 0x82, 0, 1, 0]]
    {
        let error = insert_certificates(&Kernel::default().vmlinux(), list).unwrap_err();
        assert!(matches!(error, KernelImageError::Certificates { offset: 0, .. }), "{error:?}");
    }
}

#[test]
fn each_symbol_has_to_be_there_once_and_in_bytes_of_the_file() {
    for name in [LIST, AREA, USED, LIST_SIZE] {
        let insert =
            |kernel: &Kernel| insert_certificates(&kernel.vmlinux(), &certificate(256, 1)).unwrap_err();
        let without = Kernel { without: Box::leak(Box::new([name])), ..Kernel::default() };
        let error = insert(&without);
        assert!(
            matches!(error, KernelImageError::MissingSymbol { symbol, .. } if symbol == name),
            "{error:?}"
        );
        assert!(error.help().unwrap().contains("CONFIG_SYSTEM_EXTRA_CERTIFICATE=y"));
        let twice = Kernel { extra: Some((name, INIT_DATA + 8, 1)), ..Kernel::default() };
        let error = insert(&twice);
        assert!(
            matches!(error, KernelImageError::AmbiguousSymbol { symbol, .. } if symbol == name),
            "{error:?}"
        );
        // In .bss, absolute, in a section that does not exist, and undefined.
        for section in [2, 0xfff1, 77] {
            let error = insert(&Kernel { moved: Some((name, section)), ..Kernel::default() });
            let refused =
                matches!(&error, KernelImageError::SymbolBytes { .. } | KernelImageError::AreaShape { .. });
            assert!(refused, "{name} in section {section}: {error:?}");
        }
        let error = insert(&Kernel { moved: Some((name, 0)), ..Kernel::default() });
        assert!(matches!(error, KernelImageError::MissingSymbol { .. }), "{error:?}");
        let kernel = Kernel { without: Box::leak(Box::new([name])), ..Kernel::default() };
        for address in [0, INIT_DATA - 1, INIT_DATA + kernel.offsets().end as u64 - 3, u64::MAX] {
            let error = insert(&Kernel { extra: Some((name, address, 1)), ..kernel.clone() });
            let refused = matches!(
                &error,
                KernelImageError::SymbolBytes { .. }
                    | KernelImageError::AreaShape { .. }
                    | KernelImageError::ListSize { .. }
            );
            assert!(refused, "{name} at {address:#x}: {error:?}");
        }
    }
}

#[test]
fn fields_that_overlap_are_refused() {
    let area = INIT_DATA + Kernel::default().offsets().area as u64;
    for (name, address) in [(USED, area), (LIST_SIZE, area + 2040), ("other", area + 7)] {
        let kernel = Kernel {
            without: Box::leak(Box::new([name])),
            extra: Some((name, address, 1)),
            ..Kernel::default()
        };
        let error = insert_certificates(&kernel.vmlinux(), &certificate(256, 1)).unwrap_err();
        assert!(matches!(error, KernelImageError::AreaShape { .. }), "{name}: {error:?}");
    }
}

#[test]
fn a_file_of_another_kind_is_refused() {
    let good = Kernel::default().vmlinux();
    let with = |offset: usize, value: u8| {
        let mut bytes = good.clone();
        bytes[offset] = value;
        insert_certificates(&bytes, &certificate(256, 1)).unwrap_err().to_string()
    };
    assert_eq!(with(0, b'M'), "read vmlinux: it is not an ELF file");
    assert_eq!(with(4, 1), "read vmlinux: it is not a 64-bit little-endian ELF file");
    assert_eq!(with(5, 2), "read vmlinux: it is not a 64-bit little-endian ELF file");
    assert_eq!(with(18, 183), "read vmlinux: it is not for x86-64");
    assert_eq!(with(16, 1), "read vmlinux: it is not linked");
    for length in 0..good.len() {
        insert_certificates(&good[..length], &certificate(256, 1)).unwrap_err();
    }
}

#[test]
fn a_kernel_by_the_gnu_assembler_and_linker_is_filled_where_nm_says() {
    let Some(kernel) = foreign::GnuKernel::make() else { return };
    let certificates = certificate(700, 3);
    let filled = insert_certificates(&kernel.vmlinux, &certificates).unwrap();
    let dump = kernel.section_after(&filled);
    let at = |name: &str| kernel.offset_in_section(name);
    assert_eq!(dump[at(AREA)..][..704], certificates);
    assert_eq!(dump[at(USED)..][..4], 704_u32.to_le_bytes());
    assert_eq!(dump[at(LIST_SIZE)..][..8], 704_u64.to_le_bytes());
    let changed = (0..filled.len()).filter(|at| filled[*at] != kernel.vmlinux[*at]).count();
    assert!(changed <= 704 + 4, "{changed} bytes changed");
}

proptest! {
    #[test]
    fn arbitrary_bytes_are_an_error(vmlinux in any::<Vec<u8>>(), certificates in any::<Vec<u8>>()) {
        prop_assert!(insert_certificates(&vmlinux, &certificate(256, 1)).is_err());
        prop_assert!(insert_certificates(&Kernel::default().vmlinux(), &certificates).is_err());
    }

    /// Whatever is broken in the file: an error, or a result that differs in no more than the fields.
    #[test]
    fn mutations_never_panic_and_never_change_more_than_the_fields(
        at in prop_oneof![0_usize..0x100, 0x1800_usize..0x1b00, 0_usize..0x1b00],
        bytes in prop::collection::vec(any::<u8>(), 1..12),
    ) {
        let mut vmlinux = Kernel::default().vmlinux();
        for (old, new) in vmlinux.iter_mut().skip(at).zip(&bytes) {
            *old = *new;
        }
        if let Ok(filled) = insert_certificates(&vmlinux, &certificate(256, 1)) {
            prop_assert_eq!(filled.len(), vmlinux.len());
            let changed = filled.iter().zip(&vmlinux).filter(|(new, old)| new != old).count();
            prop_assert!(changed <= 260 + 4 + 8);
        }
    }
}
