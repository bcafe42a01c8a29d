// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A small EFI image and its signature, by the key in signing/secure-boot/testdata that everybody knows.

use ashlar_secure_boot::{PeDigest, SecureBootCertificate, SecureBootKey, attach, to_be_signed};

const KEY: &str = include_str!("../../../signing/secure-boot/testdata/key.pem");
/// The certificate of the key, PEM.
pub const CERTIFICATE: &str = include_str!("../../../signing/secure-boot/testdata/certificate.pem");

const PE: usize = 0x80;
const OPTIONAL: usize = PE + 24;
const CHECKSUM: usize = OPTIONAL + 64;
const SECTIONS: usize = OPTIONAL + 112 + 128;
const HEADERS: usize = 0x400;
const SECTION: usize = 0x200;

/// An image, what is to be signed of it, and what was signed.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// The unsigned image.
    pub image: Vec<u8>,
    /// Its digest.
    pub digest: PeDigest,
    /// The certificate of the key that signed it.
    pub certificate: SecureBootCertificate,
    /// The detached signature.
    pub signature: Vec<u8>,
    /// The image with the signature attached.
    pub signed: Vec<u8>,
}

/// Signs [`image`].
///
/// # Panics
/// Never for the key and the image here.
#[must_use]
pub fn enrolled() -> Enrolled {
    let image = image(&[b".text", b".sbat"]);
    let certificate = SecureBootCertificate::from_pem(CERTIFICATE).unwrap();
    let digest = to_be_signed(&image).unwrap().digest;
    let signature = SecureBootKey::from_pem(KEY).unwrap().sign(&image, &certificate).unwrap();
    let signed = attach(&image, &signature).unwrap();
    Enrolled { image, digest, certificate, signature, signed }
}

/// PE32+ for x86-64 with sections of these names and the right checksum.
///
/// # Panics
/// If a name has more than 8 bytes, or there are more sections than headers have room for.
#[must_use]
pub fn image(sections: &[&[u8]]) -> Vec<u8> {
    let mut bytes = vec![0; HEADERS];
    let mut put = |at: usize, value: &[u8]| bytes[at..at + value.len()].copy_from_slice(value);
    put(0, b"MZ");
    put(0x3c, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    put(PE + 4, &0x8664_u16.to_le_bytes());
    put(PE + 6, &(sections.len() as u16).to_le_bytes());
    put(PE + 20, &240_u16.to_le_bytes());
    put(OPTIONAL, &0x20b_u16.to_le_bytes());
    for (at, number) in [(32, 4096), (36, 512), (56, 0x8000), (60, HEADERS as u32), (108, 16)] {
        put(OPTIONAL + at, &u32::to_le_bytes(number));
    }
    for (index, name) in sections.iter().enumerate() {
        let at = SECTIONS + 40 * index;
        put(at, name);
        let place = (HEADERS + SECTION * index) as u32;
        for (field, number) in
            [(8, 0x90), (12, 0x1000 * (index as u32 + 1)), (16, SECTION as u32), (20, place)]
        {
            put(at + field, &u32::to_le_bytes(number));
        }
    }
    for index in 0..sections.len() {
        bytes.extend((0..0x90_u32).map(|byte| (byte * 7 + index as u32) as u8));
        bytes.resize(HEADERS + SECTION * (index + 1), 0);
    }
    let sum = checksum(&bytes);
    bytes[CHECKSUM..CHECKSUM + 4].copy_from_slice(&sum.to_le_bytes());
    bytes
}

/// ImageHlp's: the sum of all 16-bit words, the checksum being zero, and the length.
fn checksum(bytes: &[u8]) -> u32 {
    let words = bytes.chunks_exact(2).map(|pair| u32::from(u16::from_le_bytes([pair[0], pair[1]])));
    let folded = words.fold(0, |sum: u32, word| {
        let sum = sum + word;
        (sum & 0xffff) + (sum >> 16)
    });
    folded + bytes.len() as u32
}

/// A store of firmware variables that has none.
#[must_use]
pub fn empty_store() -> Vec<u8> {
    let mut store = vec![0xff; 8192];
    store[..72].fill(0);
    let mut put = |at: usize, value: &[u8]| store[at..at + value.len()].copy_from_slice(value);
    put(40, b"_FVH");
    put(48, &72_u16.to_le_bytes());
    let guid =
        [0x78, 0x2c, 0xf3, 0xaa, 0x7b, 0x94, 0x9a, 0x43, 0xa1, 0x80, 0x2e, 0x14, 0x4e, 0xc3, 0x77, 0x92];
    put(72, &guid);
    put(88, &(8192_u32 - 72).to_le_bytes());
    put(92, &[0x5a, 0xfe, 0, 0, 0, 0, 0, 0]);
    store
}
