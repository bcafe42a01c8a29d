// SPDX-License-Identifier: Apache-2.0 OR MIT
//! For tests: a small EFI image, and keys that everybody knows.

use std::sync::OnceLock;

use crate::pe::checksum;
use crate::{SecureBootCertificate, SecureBootKey, attach};

pub(crate) const KEY: &str = include_str!("../testdata/key.pem");
pub(crate) const CERTIFICATE: &str = include_str!("../testdata/certificate.pem");
pub(crate) const OTHER_KEY: &str = include_str!("../testdata/other-key.pem");
pub(crate) const OTHER_CERTIFICATE: &str = include_str!("../testdata/other-certificate.pem");

const PE: usize = 0x80;
/// Of [`image`]: the optional header, the section headers, the end.
pub(crate) const OPTIONAL: usize = PE + 24;
pub(crate) const SECTIONS: usize = OPTIONAL + 112 + 128;
pub(crate) const END: usize = 0x800;

/// PE32+ for x86-64 with two sections and the right checksum.
pub(crate) fn image() -> Vec<u8> {
    let mut bytes = vec![0; 0x400];
    bytes[..2].copy_from_slice(b"MZ");
    let mut put = |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
    put(0x3c, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    put(PE + 4, &0x8664_u16.to_le_bytes());
    put(PE + 6, &2_u16.to_le_bytes());
    put(PE + 20, &240_u16.to_le_bytes());
    put(PE + 22, &0x22e_u16.to_le_bytes());
    put(OPTIONAL, &0x20b_u16.to_le_bytes());
    put(OPTIONAL + 32, &4096_u32.to_le_bytes());
    put(OPTIONAL + 36, &512_u32.to_le_bytes());
    put(OPTIONAL + 56, &0x3000_u32.to_le_bytes());
    put(OPTIONAL + 60, &0x400_u32.to_le_bytes());
    put(OPTIONAL + 68, &10_u16.to_le_bytes());
    put(OPTIONAL + 108, &16_u32.to_le_bytes());
    for (index, name, address, offset) in
        [(0, b".text\0\0\0", 0x1000_u32, 0x400_u32), (1, b".sbat\0\0\0", 0x2000, 0x600)]
    {
        let at = SECTIONS + 40 * index;
        put(at, name);
        put(at + 8, &0x90_u32.to_le_bytes());
        put(at + 12, &address.to_le_bytes());
        put(at + 16, &0x200_u32.to_le_bytes());
        put(at + 20, &offset.to_le_bytes());
        put(at + 36, &0x4000_0040_u32.to_le_bytes());
    }
    bytes.extend((0..0x400_u32).map(|index| (index * 7) as u8));
    let sum = checksum(&bytes, OPTIONAL + 64);
    bytes[OPTIONAL + 64..OPTIONAL + 68].copy_from_slice(&sum.to_le_bytes());
    bytes
}

pub(crate) fn certificate() -> SecureBootCertificate {
    SecureBootCertificate::from_pem(CERTIFICATE).unwrap()
}

pub(crate) fn other_certificate() -> SecureBootCertificate {
    SecureBootCertificate::from_pem(OTHER_CERTIFICATE).unwrap()
}

/// Of [`image`], by [`KEY`]. Made once: a debug build signs slowly.
pub(crate) fn signature() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || SecureBootKey::from_pem(KEY).unwrap().sign(&image(), &certificate()).unwrap();
    MADE.get_or_init(make).clone()
}

pub(crate) fn signed() -> Vec<u8> {
    static MADE: OnceLock<Vec<u8>> = OnceLock::new();
    MADE.get_or_init(|| attach(&image(), &signature()).unwrap()).clone()
}
