// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Real programs, and what is no ELF file.

use super::*;
use crate::planted::{EXEC, Planted, REL};

#[test]
fn this_very_program_says_what_it_is_and_needs() {
    let bytes = std::fs::read(std::env::current_exe().unwrap()).unwrap();
    let elf = read(&bytes).unwrap().unwrap();
    assert_eq!((elf.kind, elf.language), (Kind::Program, Some(Language::Rust)));
    assert!(elf.libraries.iter().any(|name| name.starts_with("libc.")), "{:?}", elf.libraries);
    assert!(elf.interpreter.unwrap().contains("/ld-"));
    assert!(elf.has_relro && elf.has_symbols && elf.code_bytes > 0);
    assert!(read(&bytes[..bytes.len() / 2]).is_err());
}

#[test]
fn what_does_not_begin_like_one_is_none() {
    for bytes in [&b""[..], b"\x7fEL", b"#!/bin/sh\n", b"hello"] {
        assert_eq!(read(bytes), Ok(None));
    }
    assert!(read(b"\x7fELFxx").is_err());
}

#[test]
fn kinds_are_told_apart() {
    let kind = |planted: Planted| read(&planted.bytes()).unwrap().unwrap().kind;
    let upper = 0xffff_8000_0000_0000;
    assert_eq!(kind(Planted::program()), Kind::Program);
    assert_eq!(kind(Planted { file_type: EXEC, interpreter: None, ..Planted::program() }), Kind::Program);
    assert_eq!(kind(Planted { file_type: EXEC, base: upper, ..Planted::library() }), Kind::Kernel);
    assert_eq!(
        kind(Planted { file_type: EXEC, base: upper - (1 << 40), ..Planted::library() }),
        Kind::Program
    );
    assert_eq!(kind(Planted::library()), Kind::Library);
    assert_eq!(kind(Planted::module()), Kind::Module);
    assert_eq!(kind(Planted { file_type: REL, sections: Vec::new(), ..Planted::module() }), Kind::Object);
    assert_eq!(kind(Planted { file_type: 4, ..Planted::library() }), Kind::Other);
}

/// The loader looks at segments; sections that say something else deceive nobody.
#[test]
fn needs_are_read_without_sections() {
    let mut bytes =
        Planted { libraries: vec!["libc.so"], run_path: Some("/build/lib"), ..Planted::library() }.bytes();
    // e_shoff, e_shnum and e_shstrndx.
    bytes[40..48].fill(0);
    bytes[60..64].fill(0);
    let elf = read(&bytes).unwrap().unwrap();
    assert_eq!((elf.libraries, elf.run_paths), (vec!["libc.so".to_owned()], vec!["/build/lib".to_owned()]));
}

#[test]
fn names_outside_of_the_table_of_names_are_an_error() {
    let planted = Planted { libraries: vec!["libc.so"], ..Planted::library() };
    let mut other = planted.bytes();
    let needed = [1_u64.to_le_bytes(), 1_u64.to_le_bytes()].concat();
    let at = memchr::memmem::find(&other, &needed).unwrap();
    other[at + 8..at + 16].copy_from_slice(&999_u64.to_le_bytes());
    assert!(read(&other).unwrap_err().contains("outside of the table of names"));
    let far = Planted { dynamic: Some(vec![(5, 1 << 40), (10, 9), (0, 0)]), ..planted };
    assert!(read(&far.bytes()).unwrap_err().contains("in no segment"));
}

#[test]
fn files_of_32_bits_are_read_too() {
    // The least header: ELF32, little-endian, type EXEC, machine 386, no tables.
    let mut bytes = vec![0; 52];
    bytes[..7].copy_from_slice(b"\x7fELF\x01\x01\x01");
    (bytes[16], bytes[18], bytes[20], bytes[40]) = (2, 3, 1, 52);
    let elf = read(&bytes).unwrap().unwrap();
    assert_eq!((elf.kind, elf.is_fixed, elf.is_x86_64), (Kind::Program, true, false));
}
