// SPDX-License-Identifier: Apache-2.0 OR MIT
//! A minimal ELF file for tests: one section, and if wanted one segment with the same content.

/// A 64-bit little-endian ELF file whose section `name` holds `content`; with a writable segment of the same bytes if
/// `loaded`.
pub(crate) fn elf(name: &str, content: &[u8], loaded: bool) -> Vec<u8> {
    let names = format!("\0{name}\0.shstrtab\0");
    // Header, one program header, then the content at a multiple of 16.
    let at = 64 + 56 + 8;
    let names_at = at + content.len();
    let sections_at = (names_at + names.len()).next_multiple_of(8);
    let mut file = Vec::new();
    file.extend(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0");
    for (value, bytes) in [
        (2, 2),
        (62, 2),
        (1, 4),
        (0x40_0000, 8),
        (64, 8),
        (sections_at, 8),
        (0, 4),
        (64, 2),
        (56, 2),
        (usize::from(loaded), 2),
        (64, 2),
        (3, 2),
        (2, 2),
    ] {
        file.extend(&(value as u64).to_le_bytes()[..bytes]);
    }
    // PT_LOAD, readable and writable.
    for (value, bytes) in [
        (1, 4),
        (6, 4),
        (at, 8),
        (0x40_0000 + at, 8),
        (0x40_0000 + at, 8),
        (content.len(), 8),
        (content.len(), 8),
        (16, 8),
    ] {
        file.extend(&(value as u64).to_le_bytes()[..bytes]);
    }
    file.resize(at, 0);
    file.extend(content);
    file.extend(names.as_bytes());
    file.resize(sections_at + 64, 0);
    let name_at = [1, 2 + name.len()];
    for (kind, name, address, offset, size) in
        [(1, name_at[0], 0x40_0000 + at, at, content.len()), (3, name_at[1], 0, names_at, names.len())]
    {
        for (value, bytes) in [
            (name, 4),
            (kind, 4),
            (0, 8),
            (address, 8),
            (offset, 8),
            (size, 8),
            (0, 4),
            (0, 4),
            (1, 8),
            (0, 8),
        ] {
            file.extend(&(value as u64).to_le_bytes()[..bytes]);
        }
    }
    file
}
