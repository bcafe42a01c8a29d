// SPDX-License-Identifier: Apache-2.0 OR MIT
//! What is loaded where, and program headers that would put other bytes there than they show.

use super::*;
use crate::synthetic::{INIT_DATA, Kernel};

const HEADERS: usize = 64;

fn kernel() -> Vec<u8> {
    Kernel::default().vmlinux()
}

fn bytes_at(kernel: &[u8], address: u64, length: u64) -> Result<Vec<u8>, KernelImageError> {
    Segments::parse(kernel)?.range("symbol", address, length).map(|range| kernel[range].to_vec())
}

fn put(kernel: &mut [u8], offset: usize, value: u64) {
    kernel[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
}

#[test]
fn bytes_are_found_by_their_address() {
    let kernel = kernel();
    let end = Kernel::default().offsets().end as u64;
    assert_eq!(bytes_at(&kernel, INIT_DATA, 64).unwrap(), [0xaa; 64]);
    assert_eq!(bytes_at(&kernel, INIT_DATA + end - 1, 1).unwrap(), [0xaa]);
    for (address, length) in [
        (INIT_DATA - 1, 2),
        (INIT_DATA + end, 1),
        (INIT_DATA + end - 1, 2),
        (0, 1),
        (START_KERNEL_MAP, 1),
        (u64::MAX, 1),
        (INIT_DATA, u64::MAX),
    ] {
        let error = bytes_at(&kernel, address, length).unwrap_err();
        assert!(
            matches!(error, KernelImageError::SymbolBytes { symbol: "symbol", .. }),
            "{address:#x}: {error:?}"
        );
    }
}

#[test]
fn a_second_segment_that_overwrites_the_first_while_loading_is_found_out() {
    let mut kernel = kernel();
    // Per-CPU data, at virtual address 0, is sent to the physical address of the area.
    put(&mut kernel, HEADERS + PROGRAM_HEADER + 24, INIT_DATA - START_KERNEL_MAP);
    let error = bytes_at(&kernel, INIT_DATA, 64).unwrap_err();
    assert!(
        matches!(error, KernelImageError::SymbolBytes { reason: "two segments hold it", .. }),
        "{error:?}"
    );
}

#[test]
fn a_segment_that_is_loaded_elsewhere_than_its_virtual_address_says_is_not_taken() {
    let mut kernel = kernel();
    put(&mut kernel, HEADERS + 24, 0x400_0000);
    let error = bytes_at(&kernel, INIT_DATA, 64).unwrap_err();
    assert!(
        matches!(error, KernelImageError::SymbolBytes { reason: "no segment holds it", .. }),
        "{error:?}"
    );
}

#[test]
fn memory_that_the_file_does_not_fill_gives_no_bytes() {
    let mut kernel = kernel();
    put(&mut kernel, HEADERS + 32, 32);
    assert_eq!(bytes_at(&kernel, INIT_DATA, 32).unwrap(), [0xaa; 32]);
    assert!(bytes_at(&kernel, INIT_DATA, 33).is_err());
}

#[test]
fn files_of_another_kind_are_refused() {
    for (offset, value) in [(0, b'M'), (4, 1), (5, 2), (16, 1), (16, 3), (18, 3), (54, 32)] {
        let mut kernel = kernel();
        kernel[offset] = value;
        let error = Segments::parse(&kernel).unwrap_err();
        assert!(matches!(error, KernelImageError::Segments { .. }), "{offset}: {error:?}");
    }
    for (offset, value) in [(32, u64::MAX), (32, 1 << 40), (HEADERS + 8, u64::MAX), (HEADERS + 32, 1 << 40)] {
        let mut kernel = kernel();
        put(&mut kernel, offset, value);
        assert!(Segments::parse(&kernel).is_err(), "{offset}");
    }
    for length in 0..HEADERS + 2 * PROGRAM_HEADER {
        assert!(Segments::parse(&kernel()[..length]).is_err());
    }
}
