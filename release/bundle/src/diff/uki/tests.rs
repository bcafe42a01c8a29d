// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Unified kernel images in small.

use super::*;

const ALIGNMENT: usize = 512;

fn put(bytes: &mut [u8], at: usize, value: usize, length: usize) {
    bytes[at..at + length].copy_from_slice(&value.to_le_bytes()[..length]);
}

/// An image with these sections.
fn image(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let (pe, optional, table) = (0x80, 0x80 + 24, 0x80 + 24 + OPTIONAL_HEADER);
    let headers_size = (table + SECTION_HEADER * sections.len()).next_multiple_of(ALIGNMENT);
    let mut bytes = vec![0; headers_size];
    bytes[..2].copy_from_slice(b"MZ");
    put(&mut bytes, 0x3c, pe, 4);
    bytes[pe..pe + 4].copy_from_slice(b"PE\0\0");
    put(&mut bytes, pe + 4, 0x8664, 2);
    put(&mut bytes, pe + 6, sections.len(), 2);
    put(&mut bytes, pe + 20, OPTIONAL_HEADER, 2);
    put(&mut bytes, pe + 22, 0x22, 2);
    put(&mut bytes, optional, 0x20b, 2);
    put(&mut bytes, optional + 32, 4096, 4);
    put(&mut bytes, optional + 36, ALIGNMENT, 4);
    put(&mut bytes, optional + 60, headers_size, 4);
    put(&mut bytes, optional + 68, 10, 2);
    put(&mut bytes, optional + 108, 16, 4);
    let mut address = 4096;
    for (index, (name, content)) in sections.iter().enumerate() {
        let header = table + SECTION_HEADER * index;
        let size = content.len().next_multiple_of(ALIGNMENT);
        bytes[header..header + name.len()].copy_from_slice(name.as_bytes());
        let offset = bytes.len();
        for (field, value) in [content.len(), address, size, offset].into_iter().enumerate() {
            put(&mut bytes, header + 8 + 4 * field, value, 4);
        }
        put(&mut bytes, header + 36, 0x4000_0040, 4);
        address += size.next_multiple_of(4096);
        bytes.extend_from_slice(content);
        bytes.resize(offset + size, 0);
    }
    put(&mut bytes, optional + 56, address, 4);
    bytes
}

fn decode(bytes: &[u8]) -> Result<Vec<Part<'_>>, String> {
    UkiDecoder.decode("qemu.efi", bytes).map(Option::unwrap)
}

#[test]
fn every_section_is_a_part() {
    let bytes = image(&[(".text", b"stub"), (".linux", &[7; 700]), (".initrd", b"")]);
    let parts = decode(&bytes).unwrap();
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    assert_eq!(names, ["headers", "places", ".text", ".linux", ".initrd"]);
    assert_eq!(
        (&*parts[2].bytes, &*parts[3].bytes, &*parts[4].bytes),
        (&b"stub"[..], &[7; 700][..], &[][..])
    );
    let signed = [&bytes[..], b"signature"].concat();
    assert_eq!(decode(&signed).unwrap()[5], Part::borrowed("appended", b"signature"));
    assert_eq!(UkiDecoder.decode("vmlinuz", &bytes), Ok(None));
    assert_eq!(UkiDecoder.decode("root.erofs!boot/x.efi", &bytes), Ok(None));
}

#[test]
fn objdump_finds_the_same_sections() {
    if !ashlar_foreign::available("objdump", &["--version"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("image"), image(&[(".text", b"stub"), (".linux", &[7; 700])])).unwrap();
    let said = ashlar_foreign::run(folder.path(), "objdump", &["-h", "image"]).text();
    for (name, size) in [(".text", "00000004"), (".linux", "000002bc")] {
        let line = said.lines().find(|line| line.split_whitespace().nth(1) == Some(name));
        assert!(line.is_some_and(|line| line.contains(size)), "{said}");
    }
}

#[test]
fn a_longer_section_moves_places_and_changes_no_other_header() {
    let [one, two] = [3, 3000].map(|length| image(&[(".linux", &vec![1; length]), (".initrd", b"x")]));
    let (one, two) = (decode(&one).unwrap(), decode(&two).unwrap());
    assert_eq!(one[0], two[0]);
    assert_ne!(one[1], two[1]);
    assert_eq!(one[3], two[3]);
    // The entry point is no place.
    let bytes = image(&[(".linux", b"1"), (".initrd", b"x")]);
    let mut entry = bytes.clone();
    put(&mut entry, 0x80 + 24 + 16, 0x1234, 4);
    assert_ne!(decode(&bytes).unwrap()[0], decode(&entry).unwrap()[0]);
}

#[test]
fn bytes_hidden_between_sections_are_refused() {
    let good = image(&[(".linux", b"1"), (".initrd", b"x")]);
    decode(&good).unwrap();
    let end = good.len();
    let mut padding = good.clone();
    padding[end - 1] = 1;
    let mut overlap = good.clone();
    put(&mut overlap, 0x80 + 24 + OPTIONAL_HEADER + SECTION_HEADER + 20, end - 2 * ALIGNMENT, 4);
    let mut headers = good.clone();
    put(&mut headers, 0x80 + 24 + 60, 0x100, 4);
    let mut beyond = good.clone();
    put(&mut beyond, 0x80 + 24 + OPTIONAL_HEADER + 16, 0xffff_ff00, 4);
    for bytes in [&padding, &overlap, &headers, &beyond, &good[..end - 1].to_vec(), &vec![], &vec![0; 200]] {
        assert!(decode(bytes).is_err());
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic_and_no_change_is_lost(bytes: Vec<u8>, at in 0_usize..2048, byte: u8) {
        let _either = UkiDecoder.decode("x.efi", &bytes);
        let good = image(&[(".text", b"stub"), (".linux", &[7; 700])]);
        let mut changed = good.clone();
        let at = at % good.len();
        changed[at] = byte;
        if let (Ok(one), Ok(two)) = (decode(&good), decode(&changed)) {
            proptest::prop_assert_eq!(one == two, good == changed);
        }
    }
}
