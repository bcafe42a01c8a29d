// SPDX-License-Identifier: Apache-2.0 OR MIT
//! On a real ELF file: the program that runs these tests.

use super::*;
use crate::content::differing;

fn this_program() -> Vec<u8> {
    std::fs::read("/proc/self/exe").unwrap()
}

/// Name, file offset of a byte in its middle, and offset of that byte in its section, of some function of `.text`.
fn some_function(program: &[u8]) -> (String, usize, u64) {
    let file = object::File::parse(program).unwrap();
    let text = file.section_by_name(".text").unwrap();
    let (at, _) = text.file_range().unwrap();
    let lonely = |symbol: &object::Symbol<'_, '_>| {
        let inside = |other: &object::Symbol<'_, '_>| {
            other.address() >= symbol.address() && other.address() < symbol.address() + symbol.size()
        };
        symbol.size() > 64 && file.symbols().filter(|other| other.size() > 0 && inside(other)).count() == 1
    };
    let found = file
        .symbols()
        .filter(|symbol| symbol.section_index() == Some(text.index()))
        .find(lonely)
        .expect("a function of this program");
    let offset = found.address() + found.size() / 2 - text.address();
    (found.name().unwrap().to_owned(), usize::try_from(at + offset).unwrap(), offset)
}

#[test]
fn a_changed_instruction_is_told_by_section_offset_and_symbol() {
    let one = this_program();
    let (name, at, offset) = some_function(&one);
    let mut two = one.clone();
    two[at] ^= 1;
    let found = differing(&one, &two, &Bounds::default()).unwrap();
    let Detail::Elf { sections, rest: None } = &found.detail else { panic!("{found:?}") };
    assert_eq!(sections.len(), 1, "{sections:?}");
    assert_eq!((sections[0].name.as_str(), sections[0].offset), (".text", Some(offset)));
    assert_eq!(sections[0].symbol.as_deref(), Some(printable(&name).as_str()));
    let lines = found.lines(&Bounds::default()).join("\n");
    assert!(lines.contains(&format!("bytes, differs from {offset:#x} on, in ")), "{lines}");
}

#[test]
fn a_section_that_claims_the_end_of_all_addresses_stops_nothing() {
    let mut one = this_program();
    let (_, at, offset) = some_function(&one);
    let index = object::File::parse(&*one).unwrap().section_by_name(".text").unwrap().index().0;
    let headers = usize::try_from(u64::from_le_bytes(one[40..48].try_into().unwrap())).unwrap();
    // `sh_addr` of a 64-bit file.
    one[headers + 64 * index + 16..][..8].fill(0xff);
    let mut two = one.clone();
    two[at] ^= 1;
    let found = differing(&one, &two, &Bounds::default()).unwrap();
    let Detail::Elf { sections, .. } = &found.detail else { panic!("{found:?}") };
    assert_eq!((sections[0].offset, &sections[0].symbol), (Some(offset), &None));
}

#[test]
fn another_compiler_is_told_by_its_own_words() {
    let one = this_program();
    let (at, length) = {
        let file = object::File::parse(&*one).unwrap();
        let range = file.section_by_name(".comment").unwrap().file_range().unwrap();
        (usize::try_from(range.0).unwrap(), usize::try_from(range.1).unwrap())
    };
    let mut two = one.clone();
    assert!(length > 4);
    two[at..at + 3].copy_from_slice(b"XYZ");
    let found = differing(&one, &two, &Bounds::default()).unwrap();
    let Detail::Elf { sections, .. } = &found.detail else { panic!("{found:?}") };
    let strings = sections[0].strings.as_ref().unwrap();
    assert_eq!(sections[0].name, ".comment");
    assert!(strings.lines.iter().any(|line| line.starts_with("+XYZ")), "{strings:?}");
}

#[test]
fn a_difference_outside_of_all_sections_is_not_lost() {
    let one = this_program();
    let mut two = one.clone();
    // `EI_ABIVERSION`, which nobody reads.
    two[8] ^= 1;
    let found = differing(&one, &two, &Bounds::default()).unwrap();
    let Detail::Elf { sections, rest: Some(rest) } = &found.detail else { panic!("{found:?}") };
    assert_eq!((sections.len(), rest.offset, rest.differing), (0, 8, 1));
}

#[test]
fn what_only_begins_like_an_elf_file_is_compared_as_bytes() {
    let found = differing(b"\x7fELF one", b"\x7fELF two", &Bounds::default()).unwrap();
    assert!(matches!(&found.detail, Detail::Bytes(window) if window.offset == 5), "{found:?}");
}
