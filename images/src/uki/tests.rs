// SPDX-License-Identifier: Apache-2.0 OR MIT
//! The image read back by the object crate; against a stub made here and against systemd's own.

use object::read::pe::PeFile64;
use object::{LittleEndian as LE, Object as _, ObjectSection as _};

use super::*;
use ashlar_digest::Sha256;

const PE: usize = 0x80;
const OPTIONAL: usize = PE + 24;
const SECTIONS: usize = OPTIONAL + 112 + 128;

/// The least image that the stub's rules allow: two sections, room for more headers, NX_COMPAT set.
fn stub() -> Vec<u8> {
    let mut bytes = vec![0; 0x800];
    bytes[..2].copy_from_slice(b"MZ");
    let mut put = |offset: usize, value: &[u8]| bytes[offset..offset + value.len()].copy_from_slice(value);
    put(0x3c, &(PE as u32).to_le_bytes());
    put(PE, b"PE\0\0");
    put(PE + 4, &0x8664_u16.to_le_bytes());
    put(PE + 6, &2_u16.to_le_bytes());
    put(PE + 20, &240_u16.to_le_bytes());
    put(PE + 22, &0x22e_u16.to_le_bytes());
    put(OPTIONAL, &0x20b_u16.to_le_bytes());
    put(OPTIONAL + 8, &0x90_u32.to_le_bytes());
    put(OPTIONAL + 32, &4096_u32.to_le_bytes());
    put(OPTIONAL + 36, &512_u32.to_le_bytes());
    put(OPTIONAL + 56, &0x3000_u32.to_le_bytes());
    put(OPTIONAL + 60, &0x400_u32.to_le_bytes());
    put(OPTIONAL + 68, &10_u16.to_le_bytes());
    put(OPTIONAL + 70, &0x160_u16.to_le_bytes());
    put(OPTIONAL + 108, &16_u32.to_le_bytes());
    for (index, name, address, offset) in
        [(0, b".text\0\0\0", 0x1000_u32, 0x400_u32), (1, b".sbat\0\0\0", 0x2000, 0x600)]
    {
        let section = Section {
            name: *name,
            virtual_size: 0x90,
            virtual_address: address,
            raw_size: 0x200,
            raw_offset: offset,
            characteristics: DATA_READ,
        };
        put(SECTIONS + SECTION_HEADER * index, &section.encode());
    }
    bytes
}

fn input<'a>(stub: &'a [u8], linux: &'a [u8], initrd: &'a [u8]) -> Uki<'a> {
    Uki { stub, linux, os_release: "ID=ashlar\n", cmdline: "console=ttyS0 quiet", initrd, uname: "6.12.107" }
}

fn assert_holds(image: &[u8], uki: &Uki<'_>, own_sections: &[&str]) {
    let file = PeFile64::parse(image).unwrap();
    let names: Vec<&str> = file.sections().map(|section| section.name().unwrap()).collect();
    assert_eq!(names, [own_sections, &[".linux", ".osrel", ".cmdline", ".initrd", ".uname"]].concat());
    let headers = file.section_table();
    let mut end = 0;
    for (header, section) in headers.iter().zip(file.sections()) {
        let (offset, size) = (header.pointer_to_raw_data.get(LE), header.size_of_raw_data.get(LE));
        assert_eq!((offset % 512, section.address() % 4096), (0, 0));
        assert!(header.virtual_address.get(LE) >= end, "sections overlap in memory");
        end = header.virtual_address.get(LE) + header.virtual_size.get(LE).max(size);
    }
    let optional = &file.nt_headers().optional_header;
    assert_eq!(optional.size_of_image.get(LE), end.next_multiple_of(4096));
    for (name, content) in [
        (".linux", uki.linux),
        (".osrel", uki.os_release.as_bytes()),
        (".cmdline", uki.cmdline.as_bytes()),
        (".initrd", uki.initrd),
        (".uname", uki.uname.as_bytes()),
    ] {
        let section = file.section_by_name(name).unwrap();
        assert_eq!(&section.data().unwrap()[..content.len()], content, "{name}");
        assert_eq!(section.size(), content.len() as u64, "{name}");
    }
}

#[test]
fn every_section_is_read_back() {
    let (stub, linux, initrd) = (stub(), stub(), vec![7; 10_000]);
    let uki = input(&stub, &linux, &initrd);
    let image = assemble_uki(&uki).unwrap();
    assert_holds(&image, &uki, &[".text", ".sbat"]);
    assert_eq!(image, assemble_uki(&uki).unwrap());
    let kept: Vec<usize> = (0..stub.len()).filter(|at| stub[*at] != image[*at]).collect();
    assert!(kept.iter().all(|at| (PE..0x400).contains(at)), "the stub's own sections changed");
    // Whoever changes these bytes raises the version of the builtin that makes them.
    assert_eq!(
        Sha256::of(&image).to_string(),
        "68ad53328008c1d9d03a7454725a25f3163eb67a288231dac365f64c0e77fb5c"
    );
}

#[test]
fn a_kernel_without_nx_takes_the_flag_from_the_image() {
    let (stub, mut linux) = (stub(), stub());
    let flags = |image: &[u8]| u16::from_le_bytes([image[OPTIONAL + 70], image[OPTIONAL + 71]]);
    assert_eq!(flags(&assemble_uki(&input(&stub, &linux, b"i")).unwrap()), 0x160);
    linux[OPTIONAL + 71] = 0;
    assert_eq!(flags(&assemble_uki(&input(&stub, &linux, b"i")).unwrap()), 0x060);
}

#[test]
fn a_stub_that_is_not_as_it_has_to_be_is_refused() {
    let cases: [(&str, usize, &[u8]); 14] = [
        ("does not begin with MZ", 0, b"ELF"),
        ("PE signature", 0x3c, &0x90_u32.to_le_bytes()),
        ("ends inside its headers", 0x3c, &u32::MAX.to_le_bytes()),
        ("not for x86-64", PE + 4, &0xaa64_u16.to_le_bytes()),
        ("not PE32+", OPTIONAL, &0x10b_u16.to_le_bytes()),
        ("optional header", PE + 20, &224_u16.to_le_bytes()),
        ("symbol table", PE + 12, &1_u32.to_le_bytes()),
        ("is signed", OPTIONAL + 112 + 32, &1_u32.to_le_bytes()),
        ("no sections", PE + 6, &0_u16.to_le_bytes()),
        ("alignments", OPTIONAL + 32, &512_u32.to_le_bytes()),
        ("headers' size", OPTIONAL + 60, &0x100_u32.to_le_bytes()),
        ("address is unaligned or not behind", SECTIONS + 40 + 12, &0x1000_u32.to_le_bytes()),
        ("data is unaligned or not behind", SECTIONS + 40 + 20, &0x400_u32.to_le_bytes()),
        ("does not end with its last section", SECTIONS + 40 + 16, &0x400_u32.to_le_bytes()),
    ];
    let linux = stub();
    for (reason, offset, change) in cases {
        let mut stub = stub();
        stub[offset..offset + change.len()].copy_from_slice(change);
        let error = assemble_uki(&input(&stub, &linux, b"i")).unwrap_err();
        assert!(error.to_string().contains(reason), "{reason}: {error}");
        assert!(matches!(error, ImageError::Stub(_)));
    }
    for length in 0..0x800 {
        assert!(assemble_uki(&input(&stub()[..length], &linux, b"i")).is_err(), "cut at {length}");
    }
}

#[test]
fn sections_that_cannot_be_added_are_refused() {
    let (plain, linux) = (stub(), stub());
    assert!(matches!(assemble_uki(&input(&plain, b"no kernel", b"i")), Err(ImageError::Kernel(_))));
    let refused =
        |stub: &[u8], initrd: &[u8]| assemble_uki(&input(stub, &linux, initrd)).unwrap_err().to_string();
    assert_eq!(refused(&plain, b""), "add the section .initrd to the EFI stub: it is empty");
    let mut namesake = stub();
    namesake[SECTIONS..SECTIONS + 8].copy_from_slice(b".osrel\0\0");
    assert!(refused(&namesake, b"i").contains("a section of this name"));
    let mut full = stub();
    full[SECTIONS + 80] = 1;
    assert!(refused(&full, b"i").contains("no room"));
}

#[test]
fn systemds_own_stub_is_taken() {
    let Ok(systemd) = std::fs::read("/usr/lib/systemd/boot/efi/linuxx64.efi.stub") else {
        eprintln!("skipped: systemd's EFI stub is not on this machine");
        return;
    };
    let (linux, initrd) = (stub(), vec![1; 5000]);
    let uki = input(&systemd, &linux, &initrd);
    let image = assemble_uki(&uki).unwrap();
    let own = PeFile64::parse(&*systemd).unwrap();
    let own: Vec<&str> = own.sections().map(|section| section.name().unwrap()).collect();
    assert_holds(&image, &uki, &own);
    if ashlar_foreign::of_version("objdump", &["--version"], "GNU") {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("uki.efi");
        std::fs::write(&file, &image).unwrap();
        let listed =
            ashlar_foreign::succeeds(folder.path(), "objdump", &["-h", file.to_str().unwrap()]).text();
        assert!(listed.contains(".cmdline") && listed.contains(".initrd"), "{listed}");
    }
}

proptest::proptest! {
    /// A hostile stub or kernel gives an error or an image that other readers take, never a panic.
    #[test]
    fn hostile_headers_never_panic(changes: Vec<(u16, u8)>, of_kernel: bool) {
        let (mut hostile, plain) = (stub(), stub());
        for (offset, value) in changes {
            hostile[usize::from(offset) % 0x400] = value;
        }
        let (stub, linux) = if of_kernel { (&plain, &hostile) } else { (&hostile, &plain) };
        if let Ok(image) = assemble_uki(&input(stub, linux, b"i")) {
            proptest::prop_assert!(PeFile64::parse(&*image).is_ok());
        }
    }
}
