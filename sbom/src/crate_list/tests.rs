// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Lists as `cargo auditable` writes them, and damaged ones.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;
use crate::sample_elf::elf;

fn packed(json: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(json).unwrap();
    encoder.finish().unwrap()
}

fn list() -> String {
    r#"{"packages":[
        {"name":"cc","version":"1.2.0","source":"REGISTRY","kind":"build"},
        {"name":"init","version":"0.1.0","source":"local","dependencies":[0,2,3],"root":true},
        {"name":"libc","version":"0.2.191","source":"REGISTRY"},
        {"name":"own","version":"0.1.0","source":"git","dependencies":[2]}],"format":0}"#
        .replace("REGISTRY", REGISTRY)
}

#[test]
fn what_is_linked_in_is_listed_and_what_only_builds_is_not() {
    let program = elf(SECTION, &packed(list().as_bytes()), false);
    let list = CrateList::of_program(&program).unwrap().unwrap();
    assert_eq!(list.crates.len(), 4);
    let components = list.components();
    let named = components.iter().map(|it| (it.title(), it.purl.as_ref().map(ToString::to_string)));
    assert_eq!(
        named.collect::<Vec<_>>(),
        [
            ("libc 0.2.191".to_owned(), Some("pkg:cargo/libc@0.2.191".to_owned())),
            ("own 0.1.0".to_owned(), None)
        ]
    );
    assert_eq!(CrateList::of_program(&elf(".text", b"code", false)).unwrap(), None);
}

#[test]
fn damage_is_told() {
    for (section, part) in [
        (b"no zlib".to_vec(), "unpack the list"),
        (packed(b"{"), "read the list"),
        (packed(b"{\"packages\":[{\"name\":1}]}"), "read the list"),
        (packed(list().replace("[0,2,3]", "[0,2,4]").as_bytes()), "init depends on number 4, of 4"),
    ] {
        let error = CrateList::parse(&section).unwrap_err();
        assert!(error.to_string().contains(part) && error.help().is_some(), "{part}: {error}");
    }
}

#[test]
fn a_compression_bomb_stops_at_the_limit() {
    let bomb = packed(&vec![b' '; usize::try_from(LIMIT).unwrap() + 1]);
    assert!(bomb.len() < 100_000);
    let error = CrateList::parse(&bomb).unwrap_err();
    assert!(error.to_string().contains("more than the"), "{error}");
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), at in 0..200_usize) {
        drop(CrateList::parse(&bytes));
        drop(CrateList::parse(&packed(&bytes)));
        let mut section = packed(list().as_bytes());
        let at = at % section.len();
        section[at] ^= 0x55;
        drop(CrateList::parse(&section));
    }
}
