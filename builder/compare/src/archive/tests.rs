// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Archives made by the libraries that everybody uses, or by hand where there is none.

use std::io::Write as _;

use super::*;
use crate::content::differing;

fn lines(one: &[u8], two: &[u8]) -> String {
    let bounds = Bounds::default();
    differing(one, two, &bounds).unwrap().lines(&bounds).join("\n")
}

fn tar_of(members: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, content, time) in members {
        let mut header = tar::Header::new_ustar();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(*time);
        header.set_uid(0);
        header.set_gid(0);
        builder.append_data(&mut header, name, *content).unwrap();
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8], level: u32) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::new(level));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn ar_of(members: &[(&str, &[u8], u64)]) -> Vec<u8> {
    let mut bytes = b"!<arch>\n".to_vec();
    for (name, content, time) in members {
        let name = format!("{name}/");
        bytes.extend(
            format!("{name:<16}{time:<12}{:<6}{:<6}{:<8}{:<10}`\n", 0, 0, "100644", content.len()).bytes(),
        );
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(2), b'\n');
    }
    bytes
}

fn newc_of(members: &[(&str, u32, &[u8], u32)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, mode, content, time) in members.iter().chain([&("TRAILER!!!", 0, &b""[..], 0)]) {
        let numbers = [1, *mode, 0, 0, 1, *time, content.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
        bytes.extend(b"070701");
        bytes.extend(numbers.iter().flat_map(|number| format!("{number:08x}").into_bytes()));
        bytes.extend(name.bytes().chain([0]));
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes.extend(*content);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

#[test]
fn a_leaked_time_in_a_packed_archive_is_named() {
    let (one, two) =
        (tar_of(&[("a", b"1\n", 7), ("b", b"2\n", 7)]), tar_of(&[("a", b"1\n", 8), ("b", b"3\n", 7)]));
    let expected = "
  inside: tar of 3072 bytes
    ~ a
        time: 7 → 8
    ~ b
        content: text of 2 bytes
          @@ -1 +1 @@
          -2
          +3";
    for (format, one, two) in [
        ("gzip", gzip(&one, 6), gzip(&two, 6)),
        ("zstd", zstd::encode_all(&*one, 3).unwrap(), zstd::encode_all(&*two, 3).unwrap()),
    ] {
        let found = lines(&one, &two);
        assert!(found.starts_with(&format!("{format} of ")), "{found}");
        assert!(found.ends_with(expected), "{found}");
    }
}

#[test]
fn another_level_of_compression_is_no_other_content() {
    let text = "some text that can be packed\n".repeat(100);
    let found = lines(&gzip(text.as_bytes(), 1), &gzip(text.as_bytes(), 9));
    assert!(found.ends_with("what is inside is the same; it is packed in another way"), "{found}");
}

#[test]
fn members_of_a_library_are_compared_and_so_is_their_order() {
    let one = ar_of(&[("a.o", b"\0one", 0), ("b.o", b"\0two", 0)]);
    let two = ar_of(&[("b.o", b"\0two", 9), ("a.o", b"\0one", 0)]);
    assert_eq!(
        lines(&one, &two),
        "ar of 136 bytes\n  ~ b.o\n      time: 0 → 9\n  the same names stand in another order"
    );
}

#[test]
fn an_initramfs_is_taken_apart() {
    let one = newc_of(&[("init", 0o100_755, b"\0one", 0), ("lib", 0o120_777, b"usr/lib", 0)]);
    let two = newc_of(&[
        ("init", 0o100_700, b"\0one", 0),
        ("lib", 0o120_777, b"lib64", 0),
        ("dev", 0o40_755, b"", 0),
    ]);
    let found = lines(&one, &two);
    let expected =
        "\n  + dev (directory)\n  ~ init\n      mode: 0755 → 0700\n  ~ lib\n      target: usr/lib → lib64";
    assert!(found.starts_with("newc of ") && found.ends_with(expected), "{found}");
}

#[test]
fn what_no_member_shows_is_told_by_its_first_byte() {
    let one = newc_of(&[("init", 0o100_755, b"\0one", 0)]);
    let mut two = one.clone();
    // The last digit of the inode.
    two[13] = b'7';
    let found = lines(&one, &two);
    let first = "\n  what is looked at of all members is the same, but byte 0xd of the file differs\n";
    assert!(found.contains(first) && found.contains("\n  +00000000  "), "{found}");
}

#[test]
fn a_number_with_a_sign_is_no_number_of_an_archive() {
    let newc = newc_of(&[("init", 0o100_755, b"\0one", 0)]);
    for field in 0..13 {
        let mut signed = newc.clone();
        signed[6 + 8 * field] = b'+';
        let read = newc::members(&signed).is_some();
        // Numbers that nothing is taken from may be anything.
        assert_eq!(read, [0, 4, 7, 8, 9, 10, 12].contains(&field), "field {field}");
    }
    let mut header = tar::Header::new_ustar();
    header.set_path("a").unwrap();
    header.set_size(0);
    header.set_mtime(7);
    for field in [100, 108, 116, 124, 136] {
        let mut signed = header.clone();
        signed.as_mut_bytes()[field..field + 8].copy_from_slice(b"+000000\0");
        signed.set_cksum();
        assert!(tar(&[&signed.as_bytes()[..], &[0; 1024]].concat()).is_none(), "field at {field}");
    }
    // In base 256 the same byte is a part of a number.
    header.set_mtime(0x2b << 56);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mode(0o644);
    header.set_cksum();
    assert!(header.as_bytes()[136..148].contains(&b'+'));
    assert!(tar(&[&header.as_bytes()[..], &[0; 1024]].concat()).is_some());
}

#[test]
fn an_archive_behind_the_first_is_not_passed_over() {
    let one = newc_of(&[("init", 0o100_755, b"\0one", 0)]);
    let behind = |name: &str| [one.clone(), vec![0; 8], newc_of(&[(name, 0o100_755, b"", 0)])].concat();
    let found = differing(&behind("good"), &behind("evil"), &Bounds::default()).unwrap();
    assert!(matches!(found.detail, Detail::Bytes(_)), "{found:?}");
    let padded = differing(&one, &[one.clone(), vec![0; 400]].concat(), &Bounds::default()).unwrap();
    assert!(matches!(padded.detail, Detail::Members { rest: Some(_), .. }), "{padded:?}");
}

#[test]
fn a_sparse_file_of_a_terabyte_fills_no_memory() {
    let sparse = |time| {
        let mut header = tar::Header::new_gnu();
        header.set_path("bomb").unwrap();
        header.set_entry_type(tar::EntryType::GNUSparse);
        header.set_size(0);
        header.set_mode(0o644);
        header.set_mtime(time);
        header.set_uid(0);
        header.set_gid(0);
        let gnu = header.as_gnu_mut().unwrap();
        gnu.set_real_size(1 << 40);
        gnu.sparse[0].set_offset(1 << 40);
        gnu.sparse[0].set_length(0);
        header.set_cksum();
        [&header.as_bytes()[..], &[0; 1024]].concat()
    };
    let found = differing(&sparse(1), &sparse(2), &Bounds::default()).unwrap();
    assert!(matches!(found.detail, Detail::Bytes(_)), "{found:?}");
}

#[test]
fn what_is_unpacked_from_what_was_unpacked_counts_too() {
    let packed = |byte| gzip(&gzip(&[byte; 5000], 9), 9);
    let held = gzip(&[1; 5000], 9).len().max(gzip(&[2; 5000], 9).len()) as u64;
    let inside = |most| {
        let bounds = Bounds { unpacked: most, ..Bounds::default() };
        match differing(&packed(1), &packed(2), &bounds).unwrap().detail {
            Detail::Packed { inside, .. } => inside.unwrap().detail,
            other => panic!("{other:?}"),
        }
    };
    assert!(matches!(inside(held + 4999), Detail::Bytes(_)));
    assert!(matches!(inside(held + 5000), Detail::Packed { .. }), "{:?}", inside(held + 5000));
}

#[test]
fn of_many_members_the_first_are_looked_into() {
    let members = |content: &'static [u8]| tar_of(&["a", "b", "c"].map(|name| (name, content, 7)));
    let bounds = Bounds { contents: 2, ..Bounds::default() };
    let found = differing(&members(b"1\n"), &members(b"2\n"), &bounds).unwrap().lines(&bounds).join("\n");
    assert!(found.ends_with("  ~ c\n      content: 2 bytes, not looked into"), "{found}");
    assert_eq!(found.matches("+2").count(), 2, "{found}");
}

#[test]
fn damaged_archives_are_compared_as_bytes() {
    let tar = tar_of(&[("a", b"1\n", 7)]);
    let mut cut = newc_of(&[("a", 0o100_644, b"1", 0)]);
    cut.truncate(130);
    for whole in [gzip(&tar, 6), ar_of(&[("a.o", b"\0one", 0)]), newc_of(&[("a", 0o100_644, b"1", 0)]), tar] {
        let half = [&whole[..whole.len().min(100)], &[0xff; 200]].concat();
        let half = if whole[0] == b'a' { [&whole[..300], &[0xff; 500][..]].concat() } else { half };
        let found = differing(&whole, &half, &Bounds::default()).unwrap();
        assert!(matches!(found.detail, Detail::Bytes(_)), "{found:?}");
    }
    assert!(matches!(
        differing(&cut, &[cut.clone(), cut.clone()].concat(), &Bounds::default()).unwrap().detail,
        Detail::Bytes(_)
    ));
}

#[test]
fn a_file_that_unpacks_to_more_than_there_is_memory_for_is_not_unpacked() {
    let (one, two) = (gzip(&[0; 5000], 9), gzip(&[1; 5000], 9));
    let found = |most| differing(&one, &two, &Bounds { unpacked: most, ..Bounds::default() }).unwrap();
    assert!(matches!(found(5000).detail, Detail::Packed { .. }));
    assert!(matches!(found(4999).detail, Detail::Bytes(_)));
}

proptest::proptest! {
    #[test]
    fn no_bytes_stop_a_comparison(one: Vec<u8>, two: Vec<u8>, format in 0..6_usize) {
        let begin: [&[u8]; 6] =
            [b"\x1f\x8b\x08\0", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd", b"!<arch>\n", b"\x7fELF\x02\x01\x01", b"070701"];
        let (one, two) = ([begin[format], &one].concat(), [begin[format], &two].concat());
        let found = differing(&one, &two, &Bounds::default());
        proptest::prop_assert_eq!(found.is_none(), one == two);
    }
}
