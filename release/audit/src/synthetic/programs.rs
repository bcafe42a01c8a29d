// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The least EFI stub and the least bzImage that the formats allow.

use std::io::Write as _;

/// `uname -r` of the synthetic kernel.
pub(crate) const KERNEL_RELEASE: &str = "6.12.107-ashlar";
/// Bytes in its certificate area.
const CAPACITY: usize = 8192;
/// Where its segment lies, physically and as the kernel sees it.
const PHYSICAL: u64 = 0x100_0000;
const VIRTUAL: u64 = 0xffff_ffff_8000_0000 + PHYSICAL;

fn put(bytes: &mut [u8], offset: usize, value: &[u8]) {
    bytes[offset..offset + value.len()].copy_from_slice(value);
}

/// Writes PE headers with `sections` (name, offset, size) at `pe`.
fn pe_headers(bytes: &mut [u8], pe: usize, sections: &[(&[u8; 8], u32, u32)]) {
    let optional = pe + 24;
    put(bytes, 0, b"MZ");
    put(bytes, 0x3c, &(pe as u32).to_le_bytes());
    put(bytes, pe, b"PE\0\0");
    put(bytes, pe + 4, &0x8664_u16.to_le_bytes());
    put(bytes, pe + 6, &(sections.len() as u16).to_le_bytes());
    put(bytes, pe + 20, &240_u16.to_le_bytes());
    put(bytes, optional, &0x20b_u16.to_le_bytes());
    put(bytes, optional + 32, &4096_u32.to_le_bytes());
    put(bytes, optional + 36, &512_u32.to_le_bytes());
    put(bytes, optional + 60, &0x400_u32.to_le_bytes());
    put(bytes, optional + 70, &0x160_u16.to_le_bytes());
    put(bytes, optional + 108, &16_u32.to_le_bytes());
    for (index, (name, offset, size)) in sections.iter().enumerate() {
        let at = optional + 240 + 40 * index;
        put(bytes, at, *name);
        put(bytes, at + 8, &size.to_le_bytes());
        put(bytes, at + 12, &(0x1000 * (index as u32 + 1)).to_le_bytes());
        put(bytes, at + 16, &size.next_multiple_of(512).to_le_bytes());
        put(bytes, at + 20, &offset.to_le_bytes());
        put(bytes, at + 36, &0x4000_0040_u32.to_le_bytes());
    }
}

/// An EFI stub with two sections and room for more headers.
pub(crate) fn stub() -> Vec<u8> {
    let mut bytes = vec![0; 0x800];
    pe_headers(&mut bytes, 0x80, &[(b".text\0\0\0", 0x400, 0x90), (b".sbat\0\0\0", 0x600, 0x90)]);
    put(&mut bytes, 0x400, b"a program");
    bytes
}

/// A bzImage whose kernel has `certificates` in its area.
pub(crate) fn bzimage(certificates: &[u8]) -> Vec<u8> {
    let kernel = vmlinux(certificates);
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(6));
    encoder.write_all(&kernel).unwrap();
    let payload = encoder.finish().unwrap();
    // One sector of boot code, four of setup, then the payload as protected-mode code.
    let mut bytes = vec![0; 5 * 512];
    pe_headers(&mut bytes, 0x400, &[(b".text\0\0\0", 5 * 512, payload.len() as u32)]);
    put(&mut bytes, 0x1f1, &[4]);
    put(&mut bytes, 0x1fe, &[0x55, 0xaa]);
    put(&mut bytes, 0x202, b"HdrS");
    put(&mut bytes, 0x206, &0x20f_u16.to_le_bytes());
    put(&mut bytes, 0x20e, &0x600_u16.to_le_bytes());
    put(&mut bytes, 0x800, format!("{KERNEL_RELEASE} (a@b) #1\0").as_bytes());
    put(&mut bytes, 0x24c, &(payload.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&payload);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// An executable ELF file with one segment: the area, its used length, the list's length.
fn vmlinux(certificates: &[u8]) -> Vec<u8> {
    assert!(certificates.len() <= CAPACITY);
    let mut bytes = vec![0; 0x1000];
    put(&mut bytes, 0, &[0x7f, b'E', b'L', b'F', 2, 1, 1]);
    put(&mut bytes, 16, &2_u16.to_le_bytes());
    put(&mut bytes, 18, &62_u16.to_le_bytes());
    put(&mut bytes, 32, &64_u64.to_le_bytes());
    put(&mut bytes, 54, &56_u16.to_le_bytes());
    put(&mut bytes, 56, &1_u16.to_le_bytes());
    let size = CAPACITY as u64 + 16;
    put(&mut bytes, 64, &1_u32.to_le_bytes());
    put(&mut bytes, 64 + 8, &0x1000_u64.to_le_bytes());
    put(&mut bytes, 64 + 16, &VIRTUAL.to_le_bytes());
    put(&mut bytes, 64 + 24, &PHYSICAL.to_le_bytes());
    put(&mut bytes, 64 + 32, &size.to_le_bytes());
    put(&mut bytes, 64 + 40, &size.to_le_bytes());
    bytes.extend_from_slice(certificates);
    bytes.resize(0x1000 + CAPACITY, 0);
    bytes.extend_from_slice(&(certificates.len() as u64).to_le_bytes());
    bytes.extend_from_slice(&(certificates.len() as u64).to_le_bytes());
    bytes
}

/// The symbols of [`bzimage`]'s kernel.
pub(crate) fn system_map() -> String {
    let symbols = [
        (0, "__cert_list_start"),
        (0, "__cert_list_end"),
        (0, "system_certificate_list"),
        (0, "system_extra_cert"),
        (CAPACITY as u64, "system_extra_cert_used"),
        (CAPACITY as u64 + 8, "system_certificate_list_size"),
    ];
    symbols.iter().map(|(offset, name)| format!("{:016x} D {name}\n", VIRTUAL + offset)).collect()
}
