// SPDX-License-Identifier: Apache-2.0 OR MIT
//! Zips that readers would take apart in several ways.

use std::io::{Cursor, Write as _};

use super::*;
use crate::go::{ModuleVersion, of_zip_within};

/// A module of these files, of one byte each.
fn zip(names: &[&str]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in names {
        let name = format!("a.example/b@v1.0.0/{name}");
        writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(b"x").unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Why a module is refused; nothing if it is not.
fn refusal(zip: &[u8]) -> Option<String> {
    let module = ModuleVersion::parse("a.example/b", "v1.0.0").unwrap();
    of_zip_within(Cursor::new(zip), &module, 100).err().map(|reason| reason.to_string())
}

/// Changes a number of the end record.
fn with(zip: &[u8], at: usize, change: impl Fn(u16) -> u16) -> Vec<u8> {
    let mut changed = zip.to_vec();
    let at = zip.len() - END_RECORD + at;
    changed[at..at + 2].copy_from_slice(&change(short(zip, at)).to_le_bytes());
    changed
}

fn assert_refused(zip: &[u8], why: &str) {
    let told = refusal(zip).unwrap_or_else(|| panic!("taken, though {why}"));
    assert!(told.contains(why), "{told}");
}

#[test]
fn a_zip_has_a_frame() {
    for names in [&[][..], &["go.mod"], &["go.mod", "b.go"]] {
        let zip = zip(names);
        assert_eq!(refusal(&zip), None);
        assert_eq!(Frame::read(&mut Cursor::new(&zip)).unwrap().entries, names.len());
    }
}

#[test]
fn a_file_hidden_behind_the_entries_that_are_counted_is_refused() {
    let two = zip(&["go.mod", "evil.go"]);
    let one = with(&with(&two, 8, |count| count - 1), 10, |count| count - 1);
    assert_refused(&one, "more than the entries that it counts");
    assert_refused(&with(&two, 10, |count| count - 1), "split");
}

#[test]
fn a_file_hidden_behind_the_size_of_the_directory_is_refused() {
    let two = zip(&["go.mod", "evil.go"]);
    let frame = Frame::read(&mut Cursor::new(&two)).unwrap();
    let entry = HEADER as u16 + "a.example/b@v1.0.0/evil.go".len() as u16;
    assert_eq!(usize::from(short(&two, two.len() - 10)), two.len() - END_RECORD - frame.directory as usize);
    let shorter = with(&two, 12, |size| size - entry);
    assert_refused(&with(&with(&shorter, 8, |_| 1), 10, |_| 1), "does not lie where");
}

#[test]
fn files_hidden_in_front_of_an_empty_directory_are_refused() {
    let one = zip(&["evil.go"]);
    let mut empty = one;
    let record = empty.len() - END_RECORD + 4;
    empty[record..].fill(0);
    assert_refused(&empty, "does not lie where");
}

#[test]
fn a_second_zip_in_front_or_behind_is_refused() {
    let (one, two) = (zip(&["go.mod"]), zip(&["evil.go", "go.mod"]));
    assert_refused(&[&two[..], &one].concat(), "does not lie where");
    // As a comment of the first one.
    let mut commented = with(&one, 20, |_| two.len() as u16);
    commented.extend_from_slice(&two);
    assert_refused(&commented, "does not lie where");
    assert_refused(&[&one[..], b"more"].concat(), "does not end with");
}

#[test]
fn a_name_that_comes_twice_is_refused() {
    let text = zip(&["b.go", "c.go"]);
    let mut twice = text.clone();
    for at in (0..text.len() - 4).filter(|at| &text[*at..*at + 4] == b"c.go") {
        twice[at] = b'b';
    }
    let told = refusal(&twice).expect("a file is there twice");
    assert!(told.contains("twice"), "{told}");
}

#[test]
fn an_entry_that_states_another_size_than_it_has_is_refused() {
    let one = zip(&["go.mod"]);
    let directory = Frame::read(&mut Cursor::new(&one)).unwrap().directory as usize;
    // Its size packed, then unpacked.
    let stated = |at: usize, size: u8| {
        let mut changed = one.clone();
        changed[directory + at] = size;
        changed
    };
    assert_refused(&stated(20, 0xff), "reaches into the directory");
    assert_refused(&stated(24, 2), "has 1 bytes, not 2");
}

#[test]
fn entries_that_are_not_there_are_refused() {
    let one = zip(&["go.mod"]);
    let more = with(&with(&one, 8, |_| 2), 10, |_| 2);
    assert_refused(&more, "cannot be read");
    assert_refused(&zip(&["go.mod"])[..20], "cannot be read");
    assert_refused(&with(&with(&one, 8, |_| u16::MAX), 10, |_| u16::MAX), "65535");
    let length = one.len();
    let mut long = one;
    let directory = Frame::read(&mut Cursor::new(&long)).unwrap().directory as usize;
    assert!(directory + HEADER < length);
    long[directory + 32] = 1;
    assert_refused(&long, "inside an entry");
}
